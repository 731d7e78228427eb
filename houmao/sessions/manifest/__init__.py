"""The session manifest: what is written in it, read back from it, and its file on disk."""
