"""Headless agents' turns and fan-outs."""
