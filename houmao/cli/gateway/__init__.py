"""The commands that speak with an agent's gateway."""
