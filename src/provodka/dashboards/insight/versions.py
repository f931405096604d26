"""Every version of one document: what changed, who did it and why, from the journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store.journal import Delta
from provodka.dashboards.insight.changes import Entry, folded, whole_op
from provodka.dashboards.insight.earlier import Archived, earlier_than
from provodka.dashboards.insight.finding import find_document
from provodka.dashboards.insight.titles import Key, reference_kind, titles
from provodka.foundation.errors import DocumentError
from provodka.foundation.i18n import _

__all__ = ["History", "Version", "Why", "history", "history_of"]

READ = text("""
    SELECT id, xid::text AS xid, at, kind, document, part, op, before, after, origin, cause, depth
    FROM hub.delta WHERE document = :document AND kind = :kind ORDER BY id
""")
CAUSES = text("SELECT id, kind, document, origin FROM hub.delta WHERE id = ANY(:ids)")
MERGES = text("""
    SELECT t.xid, m.id, t.xid::xid8 IS NOT DISTINCT FROM m.undone_xid AS undone
    FROM unnest(CAST(:xids AS text[])) t (xid)
    JOIN hub.client_merge m ON t.xid::xid8 IN (m.xid, m.undone_xid)
""")
MESSAGES = text("""
    SELECT s.xid::text AS xid, m.number
    FROM hub.exchange_step s JOIN hub.exchange_message m ON m.id = s.message_id
    WHERE s.xid IN (SELECT unnest(CAST(:xids AS text[]))::xid8)
""")


@dataclass(frozen=True, slots=True)
class Why:
    """The reason of a change: `sort` is rule, sync, merge, unmerge, person or program.

    `name` is the rule, the system or the person; `number` that of the merge, or of the message
    of the other system; `cause` the delta that led to it, of the document `kind` `document`.
    """

    sort: str
    name: str
    number: int | None = None
    cause: int | None = None
    kind: str | None = None
    document: UUID | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """The document after one transaction: `number` from 1, and the fields that became other."""

    number: int
    at: datetime
    op: str
    origin: str
    why: Why
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class History:
    """All versions, oldest first; `names` are titles of documents that they refer to, by key.

    `earlier` are the months with the versions before them that have left the store.
    """

    kind: str
    document: UUID
    title: str
    versions: tuple[Version, ...]
    names: Mapping[str, str]
    earlier: tuple[Archived, ...] = ()


def history(connection: Connection, kind: str, what: str) -> History:
    """The versions of the document that `what` names, as in `find_document`.

    Raises `AmbiguousMatch` or `DocumentError`.
    """
    key = find_document(connection, f"{kind}:{what}")
    if key is None:
        raise DocumentError(
            _("Документ «{what}»").format(what=what),
            found=_("отложен или ждет родителя, в хабе его еще нет"),
            expected=_("документ, который хаб принял"),
            next_step=_("посмотрите, что с ним: provodka trace {what}").format(what=what),
            code="not_taken",
        )
    return history_of(connection, key)


def history_of(connection: Connection, key: Key) -> History:
    """The same of a document whose key is known."""
    rows = connection.execute(READ, {"kind": key[0], "document": key[1]})
    deltas = [Delta(**{**row._mapping, "xid": int(row.xid)}) for row in rows]
    reasons = _Reasons(connection, deltas)
    changes = ((group, folded(group)) for group in _by_transaction(deltas))
    told = [(group, entries) for group, entries in changes if entries]
    versions = tuple(
        Version(number, group[0].at, whole_op(entries), group[0].origin, reasons.of(group), entries)
        for number, (group, entries) in enumerate(told, start=1)
    )
    named = titles(connection, _mentioned(key, versions))
    names = {str(document): title for (_kind, document), title in named.items() if title}
    return History(*key, named.get(key, ""), versions, names, earlier_than(connection, deltas))


def _by_transaction(deltas: Iterable[Delta]) -> list[list[Delta]]:
    """What one author did for one reason in one transaction is one version."""
    groups = groupby(deltas, key=lambda delta: (delta.xid, delta.origin, delta.cause))
    return [list(group) for _key, group in groups]


class _Reasons:
    """Why each transaction changed the document; everything is read at once."""

    def __init__(self, connection: Connection, deltas: Sequence[Delta]) -> None:
        xids = {"xids": sorted({str(delta.xid) for delta in deltas})}
        ids = {"ids": sorted({delta.cause for delta in deltas if delta.cause is not None})}
        self.causes = {row.id: row for row in connection.execute(CAUSES, ids)}
        self.merges = {int(row.xid): row for row in connection.execute(MERGES, xids)}
        self.messages = {int(row.xid): row.number for row in connection.execute(MESSAGES, xids)}

    def of(self, group: Sequence[Delta]) -> Why:
        first = group[0]
        sort, name = _author(first.origin)
        number = self.messages.get(first.xid)
        merge = self.merges.get(first.xid)
        if merge is not None:
            sort, number = ("unmerge" if merge.undone else "merge"), merge.id
        cause = self.causes.get(first.cause)
        if cause is None:
            return Why(sort, name, number, first.cause)
        return Why(sort, name, number, first.cause, cause.kind, cause.document)


def _author(origin: str) -> tuple[str, str]:
    sort, _colon, name = origin.partition(":")
    if sort in ("rule", "person"):
        return sort, name
    return ("program", name) if sort == "sql" else ("sync", sort)


def _mentioned(key: Key, versions: Iterable[Version]) -> set[Key]:
    found = {key}
    for version in versions:
        if version.why.kind and version.why.document:
            found.add((version.why.kind, version.why.document))
        for entry in version.entries:
            for change in entry.fields:
                kind = reference_kind(key[0], entry.part, change.field)
                sides: tuple[Any, ...] = (change.before, change.after)
                found |= {(kind, UUID(side)) for side in sides if kind and side}
    return found
