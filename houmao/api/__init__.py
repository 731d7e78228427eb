"""The HTTP API: a package for each resource; `http` and `services` below, `app` above them."""
