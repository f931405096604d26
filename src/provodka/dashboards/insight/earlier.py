"""What of a document's history has left the store: told, rather than shown as if it never was."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from provodka.connectors.crm_store.journal import Delta
from provodka.connectors.crm_store.retention import Archived, archived
from provodka.foundation.i18n import _

__all__ = ["Archived", "earlier_than", "told"]


def earlier_than(connection: Connection, deltas: Sequence[Delta]) -> tuple[Archived, ...]:
    """The months that hold what came before a document's deltas (in their order); maybe none.

    A history that begins with the document's creation has nothing before it.
    """
    if any(not delta.part and delta.op == "insert" for delta in deltas):
        return ()
    first = f"{deltas[0].at:%Y-%m}" if deltas else None
    gone = archived(connection)
    return tuple(one for one in gone if first is None or f"{one.month:%Y-%m}" <= first)


def told(earlier: Sequence[Archived]) -> str:
    """The same in one sentence; empty if nothing has left."""
    if not earlier:
        return ""
    first, last = earlier[0], earlier[-1]
    period = f"{first.month:%m.%Y}"
    if last is not first:
        period = _("{first}—{last}").format(first=period, last=f"{last.month:%m.%Y}")
    if not any(one.file for one in earlier):
        return _("более ранняя история ({period}) убрана {date}, архива нет").format(
            period=period, date=f"{last.dropped_at:%d.%m.%Y}"
        )
    return _("более ранняя история ({period}) сдана в архив {date}: {files}").format(
        period=period,
        date=f"{last.dropped_at:%d.%m.%Y}",
        files=", ".join(one.file for one in earlier if one.file),
    )
