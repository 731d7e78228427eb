"""Screens as an agent's tracker takes them in."""
