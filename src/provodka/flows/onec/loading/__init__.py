"""The first load of a set: read and made ready in one process, written by another."""
