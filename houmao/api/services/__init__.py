"""What routes call: the ways of requests, turns and launches to their hosts, and waiting."""
