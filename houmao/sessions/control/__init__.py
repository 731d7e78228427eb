"""What an operator does to a running session beside prompting it."""
