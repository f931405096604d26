"""Who signed in, saw, exported and did what: written beside the deed, only added to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select

from provodka.connectors.crm_store.tables.people import audit, person

__all__ = [
    "ENTERED",
    "EXPORTED",
    "LEFT",
    "REFUSED",
    "SAW",
    "STOOD_IN",
    "Noted",
    "erase",
    "listed",
    "note",
    "without_searches",
]

ENTERED = "entered"
REFUSED = "refused"
LEFT = "left"
SAW = "saw"
EXPORTED = "exported"
STOOD_IN = "stood_in"
ADDRESS = "address"
KEY = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
PLAIN = re.compile(rf"{KEY}|\d{{4}}-\d\d(?:-\d\d)?|\d{{1,6}}|[a-z][a-z_]{{0,30}}")
LONG_NUMBER = re.compile(r"(?<![0-9a-f-])\d{7,}(?![0-9a-f-])")
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Noted:
    """One line; `login` and `name` are empty if nobody is known to have done it."""

    id: int
    at: datetime
    person: UUID | None
    login: str
    name: str
    what: str
    kind: str
    document: UUID | None
    detail: Mapping[str, str]


def note(
    connection: Connection,
    person: UUID | None,
    what: str,
    kind: str = "",
    document: UUID | None = None,
    detail: Mapping[str, str] = NOTHING,
) -> None:
    """Write a line in the caller's transaction.

    `what` is one of the constants of this module, or `did:<action>`; `kind` is a page or the kind
    of a document. `detail` must hold no personal data, for it outlives the erasure of a person;
    of an `address` in it, what was searched for is left out here.
    """
    kept = {
        name: without_searches(text) if name == ADDRESS else text for name, text in detail.items()
    }
    connection.execute(
        insert(audit).values(person_id=person, what=what, kind=kind, document=document, detail=kept)
    )


def without_searches(address: str) -> str:
    """An address of a page with only those of its parameters that can name nobody.

    Keys, days, short numbers and Latin words in lower case stay.
    """
    path, _mark, query = address.partition("?")
    kept = [(name, value) for name, value in parse_qsl(query) if PLAIN.fullmatch(value)]
    return LONG_NUMBER.sub("…", unquote(path)) + (f"?{urlencode(kept)}" if kept else "")


def listed(
    connection: Connection,
    *,
    login: str | None = None,
    document: UUID | None = None,
    what: str | None = None,
    limit: int = 50,
) -> Sequence[Noted]:
    """The latest lines, newest first."""
    columns = (audit.c.id, audit.c.at, audit.c.person_id, person.c.login, person.c.name)
    query = select(*columns, audit.c.what, audit.c.kind, audit.c.document, audit.c.detail)
    joined = query.select_from(audit.outerjoin(person, person.c.id == audit.c.person_id))
    for column, wanted in (
        (person.c.login, login),
        (audit.c.document, document),
        (audit.c.what, what),
    ):
        if wanted is not None:
            joined = joined.where(column == wanted)
    rows = connection.execute(joined.order_by(audit.c.id.desc()).limit(limit))
    return [_noted(tuple(row)) for row in rows]


def _noted(row: Sequence[Any]) -> Noted:
    number, at, who, login, name, *rest = row
    return Noted(number, at, who, login or "", name or "", *rest)


def erase(connection: Connection, before: datetime) -> int:
    """Let go of what is older than a moment, at least 30 days ago; how many lines there were."""
    return connection.execute(delete(audit).where(audit.c.at < before)).rowcount
