"""Applying the rules: from the journal's deltas to effects, each exactly once."""
