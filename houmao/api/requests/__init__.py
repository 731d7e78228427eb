"""Prompts, interrupts, stops, and how they went."""
