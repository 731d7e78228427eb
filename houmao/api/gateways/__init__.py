"""An agent's gateway as the server hands calls on to it."""
