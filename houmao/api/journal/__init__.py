"""What an agent's own journal tells: its last answer, and what that took."""
