"""Whose money has come, and for which invoice: a score with its reasons, or a question."""
