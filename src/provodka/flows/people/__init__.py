"""People: how they are let in, what is known of a client as a person, and its erasure."""
