"""Commands about mail: the root, one agent's mail, and which mailbox an agent has."""
