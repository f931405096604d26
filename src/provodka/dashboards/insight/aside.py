"""Documents set aside, a page at a time, the latest first; their payloads are read one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

__all__ = ["Aside", "Reason", "Whole", "aside_page", "reasons", "whole"]

COUNTED = 10_000
PAGE = text("""
    SELECT stream, external_key, code, place, found, expected, next_step, mapping_version, state,
           first_seen, last_seen, times,
           CASE WHEN stream IN ('triggers', 'push:onec') THEN payload->>'kind' END AS kind,
           CASE WHEN stream IN ('triggers', 'push:onec') THEN (payload->>'document')::uuid END
             AS document
    FROM hub.quarantine
    WHERE state <> 'healed' AND (CAST(:stream AS text) = '' OR stream = :stream)
      AND (CAST(:code AS text) = '' OR code = :code)
      AND (CAST(:seen AS timestamptz) IS NULL
           OR (last_seen, stream, external_key, code) < (:seen, :before_stream, :key, :before_code))
    ORDER BY last_seen DESC, stream DESC, external_key DESC, code DESC LIMIT :limit
""")
REASONS = text("""
    SELECT stream, code, count(*) AS count
    FROM (SELECT stream, code FROM hub.quarantine WHERE state <> 'healed' LIMIT :counted) q
    GROUP BY stream, code ORDER BY stream, code
""")
WHOLE = text("""
    SELECT code, payload, place, found, expected, next_step, mapping_version, first_seen, last_seen,
           times, state
    FROM hub.quarantine WHERE stream = :stream AND external_key = :key ORDER BY last_seen DESC
""")


@dataclass(frozen=True, slots=True)
class Aside:
    """One document and why; `kind` and `document` where it is the hub's own."""

    stream: str
    external_key: str
    code: str
    place: str
    found: str
    expected: str
    next_step: str
    mapping_version: str
    state: str
    first_seen: datetime
    last_seen: datetime
    times: int
    kind: str | None
    document: UUID | None


@dataclass(frozen=True, slots=True)
class Reason:
    """How many documents of a stream were set aside under a code."""

    stream: str
    code: str
    count: int


@dataclass(frozen=True, slots=True)
class Whole:
    """A document as it came, with one reason; `state` is healed once it was taken."""

    code: str
    payload: Any
    place: str
    found: str
    expected: str
    next_step: str
    mapping_version: str
    first_seen: datetime
    last_seen: datetime
    times: int
    state: str


def aside_page(
    connection: Connection, limit: int, *, stream: str = "", code: str = "", after: Aside | None
) -> Sequence[Aside]:
    """The next documents after one of the page before."""
    given = {
        "stream": stream,
        "code": code,
        "limit": limit,
        "seen": after.last_seen if after else None,
        "before_stream": after.stream if after else "",
        "key": after.external_key if after else "",
        "before_code": after.code if after else "",
    }
    return [Aside(**row._mapping) for row in connection.execute(PAGE, given)]


def reasons(connection: Connection) -> Sequence[Reason]:
    """Streams and codes to choose from."""
    return [Reason(*row) for row in connection.execute(REASONS, {"counted": COUNTED})]


def whole(connection: Connection, stream: str, key: str) -> Sequence[Whole]:
    """A document with all reasons for which it was ever set aside, the latest first."""
    rows = connection.execute(WHOLE, {"stream": stream, "key": key})
    return [Whole(**row._mapping) for row in rows]
