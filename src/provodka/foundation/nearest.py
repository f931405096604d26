"""What a misspelt name was probably meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from provodka.foundation.i18n import _

__all__ = ["nearest"]

LISTED = 12


def nearest(name: str, known: Collection[str]) -> str:
    """The closest known name as a hint for a person, or the names to choose from.

    Capitals do not count; a long list is cut to its first twelve names.
    """
    by_folded = {one.casefold(): one for one in known}
    close = difflib.get_close_matches(name.casefold(), by_folded, n=1)
    if close:
        return _("возможно, «{name}»").format(name=by_folded[close[0]])
    listed = sorted(known)
    tail = ", …" if len(listed) > LISTED else ""
    return ", ".join(listed[:LISTED]) + tail
