"""The server itself and the hosts it knows."""
