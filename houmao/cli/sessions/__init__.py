"""Commands that work on sessions of this machine, with or without a server."""
