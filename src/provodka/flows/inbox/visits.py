"""Pages that visitors open become visits: pages close to each other in time are one visit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store import journal
from provodka.connectors.crm_store.inbox import Received
from provodka.connectors.crm_store.tables.reacting import visit as visits
from provodka.connectors.letter_tokens import message_of_token
from provodka.flows.hub import Hub
from provodka.flows.inbox.acquaintance import acquaint, host, known_client
from provodka.flows.settings.web import letter_secret

__all__ = ["came_from", "page_of", "take_visits"]

ROOM = 500
GOING_ON = text("""
    SELECT visit_id FROM hub.visitor
    WHERE site = :site AND visitor = :visitor AND seen_at > :since
""")
SEEN = text("""
    INSERT INTO hub.visitor AS known (site, visitor, visit_id, seen_at)
    VALUES (:site, :visitor, :visit, :at)
    ON CONFLICT (site, visitor) DO UPDATE SET
        visit_id = excluded.visit_id, seen_at = greatest(known.seen_at, excluded.seen_at)
""")
READER = text("SELECT client_id FROM crm.message WHERE id = :message AND direction = 'outgoing'")


def take_visits(
    connection: Connection, hub: Hub, rows: Sequence[Received]
) -> list[Mapping[str, Any]]:
    """Make visits of the pages of one site; says of each page which visit it belongs to."""
    counter = hub.settings.web.visits if hub.settings.web else None
    pause = timedelta(minutes=counter.pause_minutes if counter else 30)
    secret = letter_secret(hub.settings.web)
    journal.attribute(connection, "site")
    return [_take(connection, row, pause, secret) for row in rows]


def _take(
    connection: Connection, row: Received, pause: timedelta, secret: bytes | None
) -> Mapping[str, Any]:
    site, visitor = row.system, row.query["visitor"]
    reader = _reader(connection, row.query.get("token", ""), secret)
    if reader is not None:
        acquaint(connection, site, visitor, reader, "letter")
    given = {"site": site, "visitor": visitor}
    since = {"since": row.received_at - pause}
    visit = connection.execute(GOING_ON, given | since).scalar()
    if visit is None:
        visit = row.document
        _add(connection, row, known_client(connection, site, visitor))
    connection.execute(SEEN, given | {"visit": visit, "at": row.received_at})
    return {"visit": str(visit)}


def _add(connection: Connection, row: Received, client: UUID | None) -> None:
    told, site = row.query, host(row.system)
    new = insert(visits).values(
        id=row.document,
        client_id=client,
        visitor=told["visitor"],
        site=site,
        page=page_of(told.get("page") or row.headers.get("referer", "")),
        source=came_from(told, site),
        at=row.received_at,
    )
    connection.execute(new.on_conflict_do_nothing(index_elements=[visits.c.id]))


def _reader(connection: Connection, token: str, secret: bytes | None) -> UUID | None:
    """The client to whom the letter went that the visitor has come by."""
    letter = message_of_token(token, secret) if secret and token else None
    if letter is None:
        return None
    found: UUID | None = connection.execute(READER, {"message": letter}).scalar()
    return found


def page_of(address: str) -> str | None:
    """The path of a page; its parameters may hold what is nobody's business."""
    try:
        path = urlsplit(address).path
    except ValueError:
        return None
    return path[:ROOM] or None


def came_from(told: Mapping[str, str], own: str) -> str | None:
    """The campaign as its link names it, else the site that the visitor came from."""
    marks = [told[name] for name in ("utm_source", "utm_medium", "utm_campaign") if told.get(name)]
    if marks or told.get("source"):
        return " / ".join(marks or [told["source"]])[:ROOM]
    try:
        referrer = urlsplit(told.get("referrer", "")).hostname
    except ValueError:
        return None
    return referrer[:ROOM] if referrer and referrer != own.partition(":")[0] else None
