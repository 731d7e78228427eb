"""Why an agent is said to be what it is said to be."""
