"""`houmao-mgr agents turn`: headless agents' turns."""
