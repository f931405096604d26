"""Noticing that a base has changed, before its data flows."""
