"""Launches and how they went."""
