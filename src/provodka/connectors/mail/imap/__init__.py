"""A mailbox over IMAP4rev1, read and never changed: folders are opened with EXAMINE alone.

`session` speaks, `answers` understands what was said, `folder` says what is new, changed and
gone since a known state, `fetching` brings letters in bounded pieces, `idling` waits.
"""
