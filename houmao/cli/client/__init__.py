"""The server as commands speak to it: calls, event streams, waiting."""
