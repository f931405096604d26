"""Who has deleted, who has undeleted: the mark of deletion, agreed on three ways like any field.

The agreed state is kept in the snapshot under `MARK`. A snapshot that lacks it is of a document
that both sides last saw alive; `False` there is a person's word that the deletion here stands,
whatever has been changed there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

__all__ = ["MARK", "Verdict", "agree_on_mark", "insisted", "was_deleted", "with_mark"]

MARK = "deleted_at"
Verdict = Literal["same", "take", "send", "ask"]
"""Both alike; ours follows theirs; theirs follows ours; a person is asked."""


def agree_on_mark(
    agreed: bool, ours: bool, theirs: bool, *, writes: bool = True, changed: bool = False
) -> Verdict:
    """What is to be done about a mark of deletion that both last saw as `agreed`.

    The side that changed it has the word. What was deleted here while its fields were `changed`
    there is asked about. Where the hub does not write, the other side has the last word.
    """
    if ours == theirs:
        return "same"
    if theirs != agreed or not writes:
        return "take"
    return "ask" if ours and changed else "send"


def was_deleted(snapshot: Any) -> bool:
    """Whether both sides have agreed that the document is deleted."""
    return isinstance(snapshot, Mapping) and snapshot.get(MARK) is True


def insisted(snapshot: Any) -> bool:
    """Whether a person has said that the deletion here stands."""
    return isinstance(snapshot, Mapping) and snapshot.get(MARK) is False


def with_mark(snapshot: Any, deleted: bool) -> dict[str, Any]:
    """A snapshot that remembers the mark of deletion on which both sides agree."""
    known = {name: value for name, value in (snapshot or {}).items() if name != MARK}
    return known | {MARK: True} if deleted else known
