"""What differs between the store and the base of the sweep's benchmark, by documents' numbers.

Of every `EVERY` documents one has another version there, one another mark of deletion, and one
was changed here; the last `GONE` of the store are not in the base, and as many are there alone.
"""

from __future__ import annotations

from datetime import datetime

__all__ = ["EVERY", "FIRST_DATE", "GONE", "MARKED", "NEWER", "OURS", "WRITTEN_AGAIN", "expected"]

EVERY = 1000
NEWER, MARKED, OURS = 1, 2, 3
GONE = 1000
WRITTEN_AGAIN = 50_000_000
"""Added to a number for the version of a document that was written once more."""
FIRST_DATE = datetime.fromisoformat("2024-01-05T09:00:00")


def expected(documents: int) -> dict[str, dict[str, int]]:
    """What a sweep has to find, as it reports it; `documents` is a multiple of `EVERY`."""
    each = (documents - GONE) // EVERY
    return {
        "different": {"version": each},
        "extra": {"gone": GONE},
        "missing": {"new": GONE - GONE // EVERY},
        "not_sent": {"changed": each, "mark": each},
    }
