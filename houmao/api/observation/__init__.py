"""What was read off an agent's screen, in the shapes that several resources share."""
