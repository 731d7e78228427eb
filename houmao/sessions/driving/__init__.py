"""The local driver: one agent observed and typed into by this process, without a server."""
