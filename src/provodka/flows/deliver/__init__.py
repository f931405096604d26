"""Carry out what the outbox asks for: at least once, landing once."""
