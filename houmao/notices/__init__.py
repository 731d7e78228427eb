"""What a person is told of agents without having asked, and by which rules. Pure."""
