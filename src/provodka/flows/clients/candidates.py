"""The list of clients that may be one: kept up from the journal, so that only changes cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, exists, or_, select, text

from provodka.connectors.crm_store import cursors, journal, locks
from provodka.connectors.crm_store.engine import dump_json
from provodka.connectors.crm_store.journal import Position
from provodka.connectors.crm_store.merge import Json, append
from provodka.connectors.crm_store.tables.clients import client
from provodka.connectors.crm_store.tables.merging import duplicate, duplicate_key
from provodka.flows.clients.cards import cards, concerned
from provodka.flows.clients.parting import parted
from provodka.mappings.duplicates.cards import Features, read_card
from provodka.mappings.duplicates.finding import CROWD, Candidate, blocks_of, keys, pairs
from provodka.mappings.duplicates.scoring import Reason

__all__ = ["listed", "refresh"]

STREAM = "duplicates"
KINDS = ("client", "contact", "delivery_point")
PAGE = 2_000
SHARED = text("""
    SELECT k.key, array_agg(k.client_id) AS clients FROM hub.duplicate_key k
    WHERE k.key = ANY(:keys) GROUP BY k.key HAVING count(*) BETWEEN 2 AND :crowd
""")


def refresh(engine: Engine) -> Counter[str]:
    """Compare whoever is new or changed since the last time, all clients the first time.

    Counts `compared` clients. Cursor and candidates move in one transaction; if somebody else
    is at it, nothing is done.
    """
    counts: Counter[str] = Counter()
    with locks.alone(engine, STREAM) as mine:
        while mine:
            with engine.begin() as connection:
                position = Position.from_json(cursors.read(connection, STREAM))
                if position is None:
                    counts["compared"] += _all_anew(connection)
                    break
                deltas = journal.read_deltas(connection, position, PAGE, KINDS)
                if not deltas:
                    break
                changed = concerned(connection, [delta.id for delta in deltas])
                counts["compared"] += _again(connection, changed)
                cursors.move(connection, STREAM, deltas[-1].position.to_json())
    return counts


def listed(connection: Connection, least: int, limit: int) -> list[dict[str, Any]]:
    """Candidates of at least so many points, the likeliest first, with names and reasons.

    Those of whom a person has said that they are not one are not among them.
    """
    one, other, pairs = client.alias("one"), client.alias("other"), parted()
    said = exists().where(pairs.c.first == duplicate.c.first, pairs.c.second == duplicate.c.second)
    rows = connection.execute(
        select(duplicate, one.c.name.label("first_name"), other.c.name.label("second_name"))
        .join(one, (one.c.id == duplicate.c.first) & one.c.deleted_at.is_(None))
        .join(other, (other.c.id == duplicate.c.second) & other.c.deleted_at.is_(None))
        .where(duplicate.c.score >= least, ~said)
        .order_by(duplicate.c.score.desc(), duplicate.c.first, duplicate.c.second)
        .limit(limit)
    )
    return [dict(row._mapping) | {"reasons": _told(row.reasons)} for row in rows]


def _told(reasons: Iterable[dict[str, str]]) -> list[dict[str, Any]]:
    known = [Reason(one["code"], one["what"]) for one in reasons]
    return [{"code": one.code, "points": one.points, "text": one.text} for one in known]


def _all_anew(connection: Connection) -> int:
    # The place first: what commits meanwhile is compared again the next time.
    place = journal.latest(connection) or Position(0, 0)
    features = [read_card(card) for card in cards(connection)]
    for table in (duplicate, duplicate_key):
        connection.execute(table.delete())
    _keep_keys(connection, features)
    _keep(connection, pairs(features, blocks_of(features)))
    cursors.move(connection, STREAM, place.to_json())
    return len(features)


def _again(connection: Connection, changed: Collection[UUID]) -> int:
    these = sorted(changed)
    connection.execute(duplicate_key.delete().where(duplicate_key.c.client_id.in_(these)))
    connection.execute(
        duplicate.delete().where(or_(duplicate.c.first.in_(these), duplicate.c.second.in_(these)))
    )
    mine = [read_card(card) for card in cards(connection, these)]
    _keep_keys(connection, mine)
    wanted = sorted({key for one in mine for key in keys(one)})
    shared = connection.execute(SHARED, {"keys": wanted, "crowd": CROWD}).all()
    others = {one for row in shared for one in row.clients} - {one.client for one in mine}
    features = [*mine, *(read_card(card) for card in cards(connection, others))]
    places = {one.client: place for place, one in enumerate(features)}
    blocks = {row.key: [places[one] for one in row.clients if one in places] for row in shared}
    _keep(connection, pairs(features, blocks, about=len(mine)))
    return len(mine)


def _keep_keys(connection: Connection, features: Sequence[Features]) -> None:
    rows = ((one.client, key) for one in features for key in keys(one))
    append(connection, duplicate_key, ("client_id", "key"), rows)


def _keep(connection: Connection, found: Iterator[Candidate]) -> None:
    rows = ((one.first, one.second, one.score, Json(dump_json(one.reasons))) for one in found)
    append(connection, duplicate, ("first", "second", "score", "reasons"), rows)
