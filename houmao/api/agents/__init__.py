"""Live agents and what they are doing."""
