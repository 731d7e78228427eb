"""The HTTP API: one package for each resource, `http` and `services` below them, `app` above all."""
