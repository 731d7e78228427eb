"""`houmao-mgr agents`, one file a command or a pair."""
