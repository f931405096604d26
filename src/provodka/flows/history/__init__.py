"""History of older programs, from CSV and XLSX: shown first, then taken in, each row once."""

__all__ = ["ORIGIN"]

ORIGIN = "history"
"""Who changed, in the journal: rules pass it by, because what it tells of is over."""
