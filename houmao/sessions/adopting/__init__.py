"""Taking over an agent that a person started in tmux, without touching it."""
