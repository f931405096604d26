"""Documents that are not what both sides last agreed on: changed here, and not sent.

The database compares each document with its agreed snapshot, some thousands a time in the order
in which they were made. What differs there is decided upon by the very reconciliation that a pull
makes, with the snapshot in place of the base's document, whose version is the agreed one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from threading import Event
from typing import Any
from uuid import UUID

from psycopg import sql
from sqlalchemy import Connection, Date, DateTime, Engine, Table, Text, select
from sqlalchemy.dialects import postgresql

from provodka.connectors.crm_store import bindings, conflicts
from provodka.connectors.crm_store.engine import driver_of
from provodka.connectors.crm_store.tables.clients import client
from provodka.flows.onec.following.asking import constants
from provodka.flows.onec.following.listing import Listing
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.onec.stored import load, part_table, table_of
from provodka.flows.onec.sweeping.comparing import not_merged
from provodka.flows.onec.sweeping.errands import SENT
from provodka.flows.onec.sweeping.verdicts import Drift
from provodka.mappings.compiled import Mapping
from provodka.mappings.reconcile import Reconciled, reconcile

__all__ = ["Suspects", "judged", "suspects"]

RANGE = 5000
BOUND = """
    WITH bound AS MATERIALIZED (
        SELECT d.id, {differ} AS differs {parts} FROM {table} d
        JOIN hub.binding b ON b.document = d.id AND b.system = {system} AND b.kind = {kind}
        CROSS JOIN LATERAL json_to_record(b.snapshot) s ({types})
        WHERE d.id > {after} AND d.id <= {upto} AND b.agreed_at < {asked}
            AND d.deleted_at IS NULL AND b.snapshot IS NOT NULL AND {own})
    SELECT id FROM bound WHERE differs
"""
LINES = """
    UNION SELECT coalesce(o.owner, t.owner) FROM (
        SELECT b.id AS owner, e.key::int AS line, s.* FROM bound b,
            json_each(CASE json_typeof(b.{part}) WHEN 'object' THEN b.{part} END) e,
            json_to_record(e.value) s ({types})) t
    FULL JOIN (SELECT l.{owner} AS owner, l.line, {columns} FROM {lines} l
        WHERE l.{owner} > {after} AND l.{owner} <= {upto}) o USING (owner, line)
    WHERE (o.owner IS NULL OR t.owner IS NULL OR {differ})
        AND coalesce(o.owner, t.owner) IN (SELECT id FROM bound WHERE {part} IS NOT NULL)
"""
NEVER_SENT = """
    SELECT d.id FROM {table} d
    WHERE d.id > {after} AND d.id <= {upto} AND d.deleted_at IS NULL AND d.posted AND {own}
        AND NOT EXISTS (SELECT FROM hub.binding b
            WHERE b.document = d.id AND b.system = {system} AND b.kind = {kind})
"""
FIRST = UUID(int=0)
Range = tuple[UUID, UUID]


class Suspects:
    """Keys of documents that are to be looked at more closely, 16 bytes each."""

    def __init__(self) -> None:
        self._keys = bytearray()

    def add(self, keys: Iterable[UUID]) -> None:
        """Remember some."""
        self._keys += b"".join(key.bytes for key in keys)

    def pages(self, size: int) -> Iterator[list[UUID]]:
        """So many at a time."""
        for start in range(0, len(self._keys), 16 * size):
            page = bytes(self._keys[start : start + 16 * size])
            yield [UUID(bytes=page[at : at + 16]) for at in range(0, len(page), 16)]


def suspects(engine: Engine, mapping: Mapping, asked: datetime, stopping: Event) -> Suspects:
    """Documents that their agreed snapshot does not fit in any field, or that never were sent.

    A snapshot that was agreed on since `asked` is not looked at.
    """
    found = Suspects()
    for part in _ranges(engine, mapping):
        if stopping.is_set():
            break
        with engine.connect() as connection:
            found.add(_changed_here(connection, mapping, part, asked))
            found.add(_never_sent(connection, mapping, part))
    return found


def _ranges(engine: Engine, mapping: Mapping) -> Iterator[Range]:
    """The documents' keys in parts of some thousands: after the first up to the second."""
    table = table_of(mapping)
    after = FIRST
    while True:
        rest = select(table.c.id).where(table.c.id > after).order_by(table.c.id)
        with engine.connect() as connection:
            upto = connection.execute(rest.offset(RANGE - 1).limit(1)).scalar()
            last = (
                upto
                or connection.execute(
                    select(table.c.id).order_by(table.c.id.desc()).limit(1)
                ).scalar()
            )
        if last is None or last <= after:
            return
        yield after, last
        after = last


def _changed_here(
    connection: Connection, mapping: Mapping, part: Range, asked: datetime
) -> list[UUID]:
    """Documents of a range that their agreed snapshot does not fit, in any field."""
    given = _given(mapping, part)
    head = _columns(table_of(mapping), mapping.columns)
    parts = [one.name for one in mapping.parts]
    head["types"] += sql.SQL("").join(
        sql.SQL(", {} json").format(sql.Identifier(one)) for one in parts
    )
    listed = sql.SQL("").join(sql.SQL(", s.{}").format(sql.Identifier(one)) for one in parts)
    query = sql.SQL(BOUND).format(**given, **head, asked=sql.Literal(asked), parts=listed)
    for one in mapping.parts:
        lines = part_table(mapping, one.name)
        query += sql.SQL(LINES).format(
            **given,
            **_columns(lines, one.columns, ours="o", theirs="t", snapshot=False),
            part=sql.Identifier(one.name),
            owner=sql.Identifier(f"{mapping.kind}_id"),
            lines=_named(lines),
            columns=sql.SQL(", ").join(sql.Identifier("l", name) for name in one.columns),
        )
    return _ids(connection, query)


def _never_sent(connection: Connection, mapping: Mapping, part: Range) -> list[UUID]:
    """Posted documents of a range that have no counterpart there, of kinds that get one."""
    if mapping.kind != SENT or not mapping.writes:
        return []
    return _ids(connection, sql.SQL(NEVER_SENT).format(**_given(mapping, part)))


def judged(
    connection: Connection, mapping: Mapping, documents: Sequence[UUID], listed: Listing
) -> list[Drift]:
    """What is to be done about documents whose version is the agreed one: taken back, or sent.

    What waits for a person's decision, or is kept here because it cannot be sent, is no drift.
    """
    keys = [(mapping.kind, one) for one in documents]
    known = bindings.by_documents(connection, SYSTEM, keys)
    versions = listed.versions([one.external_key for one in known.values()])
    ours = load(connection, mapping, documents, lock=False)
    disputed = conflicts.open_fields(connection, documents)
    found: list[Drift] = []
    for (_kind, document), one in known.items():
        current = versions.get(one.external_key) == one.external_version
        if document not in ours or not current or not isinstance(one.snapshot, dict):
            continue
        agreed = _followed(connection, mapping, one.snapshot)
        waiting = disputed.get(document, set())
        decided = reconcile(
            agreed,
            ours[document],
            agreed,
            mapping.owners,
            sendable=mapping.sendable,
            disputed=waiting,
        )
        found += _drifts(mapping, one.external_key, document, decided)
    return found


def _drifts(mapping: Mapping, key: str, document: UUID, decided: Reconciled) -> Iterator[Drift]:
    if decided.take:
        yield Drift("different", "fields", key, document, tuple(decided.take))
    if decided.send and mapping.writes:
        yield Drift("not_sent", "changed", key, document, tuple(decided.send))


def _followed(connection: Connection, mapping: Mapping, snapshot: dict[str, Any]) -> dict[str, Any]:
    """The snapshot, with clients that were merged since replaced by those they lead to."""
    names = [
        pair.ours for pair in mapping.pairs if "reference" in pair.how and pair.argument == "client"
    ]
    clients = {snapshot[name] for name in names if snapshot.get(name)}
    if not clients:
        return snapshot
    merged = select(client.c.id, client.c.merged_into_id).where(
        client.c.id.in_([UUID(one) for one in clients]), client.c.merged_into_id.is_not(None)
    )
    led = {str(row.id): str(row.merged_into_id) for row in connection.execute(merged)}
    return snapshot | {
        name: led.get(snapshot[name], snapshot[name]) for name in names if snapshot.get(name)
    }


def _given(mapping: Mapping, part: Range) -> dict[str, sql.Composable]:
    after, upto = part
    own = [
        sql.SQL("d.{} = {}").format(sql.Identifier(name), sql.Literal(value))
        for name, value in constants(mapping).items()
    ]
    return {
        "table": _named(table_of(mapping)),
        "system": sql.Literal(SYSTEM),
        "kind": sql.Literal(mapping.kind),
        "after": sql.Literal(after),
        "upto": sql.Literal(upto),
        "own": sql.SQL(" AND ").join([not_merged(mapping), *own]),
    }


def _named(table: Table) -> sql.Identifier:
    return sql.Identifier(str(table.schema), table.name)


def _columns(
    table: Table, names: Sequence[str], *, ours: str = "d", theirs: str = "s", snapshot: bool = True
) -> dict[str, sql.Composed]:
    """How a snapshot is taken apart by the columns' types, and when it differs from the row.

    A field that a snapshot of a document lacks was never agreed on.
    """
    types = [
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(_type(table, name))) for name in names
    ]
    differ = []
    for name in names:
        left, right = (_cut(table, name, side) for side in (ours, theirs))
        one = sql.SQL("{} IS DISTINCT FROM {}").format(left, right)
        if snapshot:
            known = sql.SQL("b.snapshot -> {} IS NOT NULL").format(sql.Literal(name))
            one = sql.SQL("({} AND {})").format(one, known)
        differ.append(one)
    return {
        "types": sql.SQL(", ").join(types),
        "differ": sql.SQL("({})").format(sql.SQL(" OR ").join(differ)),
    }


def _type(table: Table, name: str) -> str:
    kind = table.c[name].type
    if isinstance(kind, DateTime):
        return "timestamptz"
    return str(kind.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]


def _cut(table: Table, name: str, side: str) -> sql.Composable:
    """A value as snapshots compare it: an empty text is nothing, a moment has whole seconds."""
    kind, column = table.c[name].type, sql.Identifier(side, name)
    if isinstance(kind, Text):
        return sql.SQL("nullif({}, '')").format(column)
    if isinstance(kind, DateTime) and not isinstance(kind, Date):
        return sql.SQL("date_trunc('second', {})").format(column)
    return column


def _ids(connection: Connection, query: sql.Composed) -> list[UUID]:
    with driver_of(connection).cursor() as cursor:
        return [row[0] for row in cursor.execute(query)]
