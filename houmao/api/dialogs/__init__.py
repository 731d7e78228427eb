"""Open questions of agents, and their answers from afar."""
