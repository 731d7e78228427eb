"""`houmao-mgr`: a package for each resource; `client` and `render` below, `main` above them."""
