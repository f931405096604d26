"""Clients by a telephone, by words of the name, by words of an address: each from an index."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.telephony.numbers import e164
from provodka.dashboards.insight.caller import caller_card
from provodka.dashboards.web.pages.visit import Visit

__all__ = ["MOST", "Found", "seek", "words_of"]

MOST = 20
FORMS = frozenset({"ооо", "оао", "зао", "пао", "ао", "ип", "нко", "мку", "мбу", "ул", "г", "д"})
"""Words that half of all names and addresses have: they are no help in finding one."""
WORDS = 6
SHORTEST = 2
WORD = re.compile(r"[^\W_]+")
BY_WORDS = text("""
    SELECT id FROM crm.client
    WHERE hub.words_of(name) @@ CAST(:words AS tsquery) AND deleted_at IS NULL
    LIMIT :most
""")
BY_ADDRESS = text("""
    SELECT p.client_id AS id FROM crm.delivery_point p
    JOIN crm.client c ON c.id = p.client_id AND c.deleted_at IS NULL
    WHERE hub.words_of(p.address) @@ CAST(:words AS tsquery) AND p.deleted_at IS NULL
    LIMIT :most
""")
SHOWN = text("""
    SELECT c.id, c.name, c.kind, c.phone,
      (SELECT p.address FROM crm.delivery_point p
       WHERE p.client_id = c.id AND p.deleted_at IS NULL ORDER BY p.of_client DESC, p.id LIMIT 1)
        AS address,
      (SELECT max(o.ordered_at) FROM crm.order o
       WHERE o.client_id = c.id AND o.deleted_at IS NULL) AS last_order
    FROM crm.client c WHERE c.id = ANY(:ids) ORDER BY c.name, c.id
""")


@dataclass(frozen=True, slots=True)
class Found:
    """What was found: `more` if there is more than is shown, `vague` if too little was said."""

    rows: Sequence[Any] = field(default=(), repr=False)
    more: bool = False
    vague: bool = False


def seek(visit: Visit, asked: str) -> Found:
    """Clients whose number, name or address this is; a name's and an address's words may be begun
    only.
    """
    connection = visit.connection
    number = e164(asked) if sum(sign.isdigit() for sign in asked) >= 7 else None
    if number:
        card = caller_card(connection, number)
        return _shown(connection, [one.id for one in card.clients])
    words = words_of(asked)
    if not words:
        return Found(vague=True)
    given = {"words": " & ".join(f"{word}:*" for word in words), "most": MOST + 1}
    ids: dict[UUID, None] = {}
    for query in (BY_WORDS, BY_ADDRESS):
        ids |= dict.fromkeys(connection.scalars(query, given))
    return _shown(connection, [*ids])


def words_of(asked: str) -> list[str]:
    """The words to look for, as the store keeps them; none if they say too little."""
    words = WORD.findall(asked.lower().replace("ё", "е"))[:WORDS]
    telling = [word for word in words if word not in FORMS]
    return telling if any(len(word) > SHORTEST for word in telling) else []


def _shown(connection: Connection, ids: Sequence[UUID]) -> Found:
    rows = connection.execute(SHOWN, {"ids": [*ids[:MOST]]}).all()
    return Found(rows, more=len(ids) > MOST)
