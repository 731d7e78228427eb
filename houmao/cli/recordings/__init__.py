"""An agent's screens recorded into a case, and cases replayed."""
