"""Text that a spreadsheet must take for text, whatever it looks like."""

from __future__ import annotations

__all__ = ["harmless"]

DANGEROUS = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
CONTROL = frozenset("\t\r\n\0")
INVISIBLE = " \t\r\n\v\f\0\u00a0\u200b\ufeff"


def harmless(text: str) -> str:
    """The same text, with an apostrophe before what a spreadsheet would run as a formula.

    OWASP "CSV Injection": a cell that begins with = + - @, a tab or a line break, also behind
    spaces and in full-width forms.
    """
    begins = text.lstrip(INVISIBLE)[:1]
    return f"'{text}" if begins in DANGEROUS or text[:1] in CONTROL else text
