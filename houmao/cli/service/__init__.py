"""The server as a service of the user's own: the commands, and each manager that can keep it."""
