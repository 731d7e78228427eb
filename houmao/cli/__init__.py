"""`houmao-mgr`: a package for each resource, single commands beside it, `client` and `render` below."""
