"""Starting an agent in a tmux session of its own, from its definition to its record."""
