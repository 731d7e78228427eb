"""Agents in the shape that managed-agent clients read."""
