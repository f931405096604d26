"""Calls of strangers, laid on the client who has their number by now."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store import cursors, journal
from provodka.connectors.crm_store.journal import Delta, Position
from provodka.dashboards.insight.owners import owners_of
from provodka.flows.calls.linking import interactions
from provodka.flows.calls.storing import ONE_AT_A_TIME
from provodka.flows.work import Work

__all__ = ["link_calls_anew"]

STREAM = "calls:owners"
ORIGIN = "telephony"
AT_ONCE = 500
KINDS = ("client", "contact")
TELLING = frozenset({"phone", "merged_into_id", "client_id", "deleted_at"})
"""Fields of clients and contacts that say whose a number is."""
PHONES = text("""
    SELECT id AS document, phone FROM crm.client WHERE id = ANY(:keys) AND phone IS NOT NULL
    UNION ALL
    SELECT id, phone FROM crm.contact WHERE id = ANY(:keys) AND phone IS NOT NULL
    UNION ALL
    SELECT client_id, phone FROM crm.contact WHERE client_id = ANY(:keys) AND phone IS NOT NULL
""")
STRANGE = "client_id IS NULL AND direction <> 'internal' AND deleted_at IS NULL"
WAITING = text(f"""
    SELECT DISTINCT client_number FROM crm.call
    WHERE {STRANGE} AND client_number IS NOT NULL
      AND (CAST(:numbers AS text[]) IS NULL OR client_number = ANY(:numbers))
""")  # noqa: S608
LAY = text(f"""
    UPDATE crm.call c SET client_id = o.client, contact_id = o.contact, ambiguous = o.several
    FROM unnest(CAST(:numbers AS text[]), CAST(:clients AS uuid[]), CAST(:contacts AS uuid[]),
                CAST(:several AS boolean[])) AS o(number, client, contact, several)
    WHERE c.client_number = o.number AND {STRANGE}
      AND (c.client_id, c.contact_id, c.ambiguous)
          IS DISTINCT FROM (o.client, o.contact, o.several)
    RETURNING c.id, c.client_id
""")  # noqa: S608


def link_calls_anew(work: Work) -> Counter[str]:
    """Lay calls without a client on those who got their number since; counts `linked`.

    What has changed is read from the journal, and the change of a call names the change that led
    to it. The first time all calls without a client are looked at. A number that several clients
    have is not guessed: its calls are marked.
    """
    counts: Counter[str] = Counter()
    while True:
        with work.begin() as connection:
            place = Position.from_json(cursors.read(connection, STREAM))
            if place is None:
                counts["linked"] += _begin(connection)
                return +counts
            deltas = journal.read_deltas(connection, place, AT_ONCE, KINDS)
            if not deltas:
                return +counts
            counts["linked"] += _follow(connection, [one for one in deltas if _tells(one)])
            cursors.move(connection, STREAM, deltas[-1].position.to_json())


def _begin(connection: Connection) -> int:
    last = journal.latest(connection)
    if last is None:
        return 0
    cursors.move(connection, STREAM, last.to_json())
    waiting = connection.execute(WAITING, {"numbers": None}).scalars().all()
    return _lay(connection, waiting, None)


def _tells(delta: Delta) -> bool:
    before, after = delta.before or {}, delta.after or {}
    return not delta.part and any(before.get(name) != after.get(name) for name in TELLING)


def _follow(connection: Connection, deltas: Sequence[Delta]) -> int:
    causes = _numbers(connection, deltas)
    wanted = {number for numbers in causes.values() for number in numbers}
    if not wanted:
        return 0
    waiting = set(connection.execute(WAITING, {"numbers": [*wanted]}).scalars())
    by_key = {one.document: one for one in deltas}
    return sum(
        _lay(connection, numbers & waiting, by_key[document])
        for document, numbers in causes.items()
        if numbers & waiting
    )


def _numbers(connection: Connection, deltas: Iterable[Delta]) -> Mapping[UUID, set[str]]:
    """The numbers that each document has now."""
    found: dict[UUID, set[str]] = defaultdict(set)
    for document, phone in connection.execute(PHONES, {"keys": [d.document for d in deltas]}):
        found[document].add(phone)
    return found


def _lay(connection: Connection, numbers: Collection[str], cause: Delta | None) -> int:
    owners = owners_of(connection, numbers)
    if not owners:
        return 0
    connection.execute(ONE_AT_A_TIME)
    given = (cause.id, cause.depth + 1) if cause else (None, 0)
    journal.attribute(connection, ORIGIN, *given)
    sole = {number: found[0] if len(found) == 1 else None for number, found in owners.items()}
    rows = connection.execute(
        LAY,
        {
            "numbers": [*sole],
            "clients": [one.client if one else None for one in sole.values()],
            "contacts": [one.contact if one else None for one in sole.values()],
            "several": [one is None for one in sole.values()],
        },
    )
    laid = [row.id for row in rows if row.client_id is not None]
    interactions(connection, laid)
    return len(laid)
