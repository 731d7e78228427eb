"""The machines whose agents are told of here: which there are, and how one is forgotten."""
