"""Which documents of ours are on their way already, and which were refused for good."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store import bindings, cursors
from provodka.flows.onec.documents import load_paper
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.onec.sweeping.verdicts import Drift
from provodka.flows.onec.watching import STREAM
from provodka.mappings.compiled import Mapping

__all__ = ["SENT", "never_went", "stuck"]

ERRANDS = text("""
    SELECT w.document, o.state, EXISTS (
        SELECT FROM hub.delta d WHERE d.document = w.document AND d.origin <> :system
        AND (d.xid, d.id) > (CAST(:xid AS text)::xid8, :id)) AS unread
    FROM unnest(CAST(:documents AS uuid[])) w (document)
    LEFT JOIN LATERAL (SELECT q.state FROM hub.outbox q
        WHERE q.target = :system AND q.document = w.document
        ORDER BY q.id DESC LIMIT 1) o ON true
""")
SENT = "invoice"
"""What the hub writes there by itself; other kinds are written once they are bound."""
ON_ITS_WAY = frozenset({"waiting", "sending", "unsure"})


def never_went(
    connection: Connection, mapping: Mapping, documents: Sequence[UUID]
) -> Iterator[Drift]:
    """Those of the documents that are ready to be sent and have no counterpart there."""
    if mapping.kind != SENT or not mapping.writes:
        return
    bound = bindings.by_documents(connection, SYSTEM, [(mapping.kind, one) for one in documents])
    for document in documents:
        if (mapping.kind, document) in bound:
            continue
        paper = load_paper(connection, SYSTEM, mapping, document)
        if paper is not None and not paper.not_ready():
            yield Drift("not_sent", "never", "", document)


def stuck(connection: Connection, drifts: Sequence[Drift]) -> list[Drift]:
    """The drifts without what will be sent in its time; `refused` where the base would not have it.

    A change that the journal's reader has not come to yet is not late.
    """
    unsent = [one.document for one in drifts if one.what == "not_sent"]
    if not unsent:
        return list(drifts)
    place = cursors.read(connection, STREAM) or {"xid": 0, "id": 0}
    given = {"system": SYSTEM, "documents": unsent, "xid": str(place["xid"]), "id": place["id"]}
    states = {row.document: row for row in connection.execute(ERRANDS, given)}
    left = []
    for one in drifts:
        known = states.get(one.document) if one.what == "not_sent" else None
        if known is None:
            left.append(one)
        elif known.state == "dead":
            left.append(replace(one, why="refused"))
        elif known.state not in ON_ITS_WAY and not known.unread:
            left.append(one)
    return left
