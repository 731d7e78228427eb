"""A tool's process in its pane: brought up, and ended with all that it started."""
