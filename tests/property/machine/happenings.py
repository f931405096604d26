"""What may happen besides people's work, and how much of it has been played."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

__all__ = [
    "AT_ONCE", "BOTH", "BUSY", "CIRCUMSTANCES", "DUE", "FAULTS",
    "PULL", "PUSH", "ROUNDS", "WORK", "Played",
]  # fmt: skip

PULL, PUSH = ("catalogs", "accounting"), ("invoices", "outbox")
WORK = {"pull": PULL, "push": PUSH, "pull and push": PULL + PUSH, "push and pull": PUSH + PULL}
FAULTS: dict[str, dict[str, Any]] = {
    "the answer to a write is lost": {"kind": "drop_after"},
    "a write is lost": {"kind": "drop_before", "method": "PATCH"},
    "the answer to a posting is lost": {"kind": "drop_after", "path": "/Post"},
    "a message is lost": {"kind": "drop_before", "path": "SelectChanges", "method": "POST"},
    "half of a message comes": {"kind": "half_page", "path": "SelectChanges", "method": "POST"},
    "the confirmation is lost": {"kind": "drop_before", "path": "NotifyChangesReceived"},
    "the answer to it is lost": {"kind": "drop_after", "path": "NotifyChangesReceived"},
    "a page is lost": {"kind": "drop_before", "method": "GET", "count": 3},
    "half of a page comes": {"kind": "half_page", "count": 3},
    "a page of a web server": {"kind": "html200", "count": 2},
    "the base breaks down": {"kind": "error500", "count": 2},
    "no licence": {"kind": "no_licence", "count": 2},
    "the base may only be read": {"kind": "unauthorized", "method": "PATCH", "count": None},
    "nothing may be entered": {"kind": "unauthorized", "method": "POST", "count": None},
}
BOTH = {
    "rename": ("renames_here", "renames_there"),
    "comment": ("comments_there", "comments_here"),
    "word a line": ("words_a_line_here", "words_a_line_there"),
    "delete and change": ("deletes_here", "comments_there"),
    "change and unpost": ("comments_here", "unposts_there"),
}
CIRCUMSTANCES = ("mended", "read_only", "disorder", "clock", "due")
DUE = text(
    "UPDATE hub.outbox SET due_at = now(), intent_at = intent_at - interval '1 hour'"
    " WHERE state IN ('waiting', 'sending', 'unsure')"
)
ROUNDS = 10
AT_ONCE = 3
BUSY = 12


@dataclass
class Played:
    """What has been played so far, for whoever wants figures."""

    steps: Counter[str] = field(default_factory=Counter)
    deaths: int = 0
    documents: int = 0
    examples: int = 0

    @property
    def total(self) -> int:
        """All steps."""
        return self.steps.total()
