"""What CAO's own tools ask for: sessions, terminals and their inboxes."""
