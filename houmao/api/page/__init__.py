"""The page that shows the fleet in a browser."""
