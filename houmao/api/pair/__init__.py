"""What published clients of `houmao-server` read, where it differs from the passive server."""
