"""Mailboxes: every letter is read once and laid on the right client."""
