"""What a write has left in the base, and what is said when that is not what was sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from provodka.foundation.errors import Difference, ReadBackMismatch
from provodka.foundation.i18n import _

__all__ = ["StoredDifferently", "Written", "said_of"]


@dataclass(frozen=True, slots=True)
class Written:
    """An object that is in the base now: its reference, its row as the base returned it.

    `found` is True when it was there already, made by an earlier attempt.
    """

    ref: UUID
    row: dict[str, Any]
    found: bool = False

    @property
    def version(self) -> str:
        """`DataVersion`: changes with every write in the base."""
        return str(self.row.get("DataVersion") or "")


class StoredDifferently(ReadBackMismatch):
    """The object is in the base, but not as it was sent; `written` says which it is."""

    def __init__(self, where: str, *, written: Written, **said: Any) -> None:
        super().__init__(where, **said)
        self.written = written


def said_of(changed: tuple[Difference, ...]) -> dict[str, Any]:
    """What an error says of fields that came back different."""
    return {
        "differences": changed,
        "found": _("сохранено не то, что отправлено: {fields}").format(fields=_listed(changed)),
        "next_step": _("сравните значения и исправьте документ в 1С или сопоставление"),
        "code": "stored_differently",
    }


def _listed(changed: tuple[Difference, ...]) -> str:
    names = ", ".join(one.field for one in changed[:5])
    rest = len(changed) - 5
    return names if rest <= 0 else _("{names} и ещё {rest}").format(names=names, rest=rest)
