"""Letters whose client was not known when they came: found later, or named by a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store import journal
from provodka.flows.mail.consequences import show

__all__ = ["link_anew", "link_by_hand"]

NEWEST_DEAL = """
    (SELECT d.id FROM crm.deal d WHERE d.client_id = {client} AND d.status = 'open'
     AND d.deleted_at IS NULL ORDER BY d.created_at DESC, d.id DESC LIMIT 1)
"""
FOUND_SINCE = text(f"""
    WITH waiting AS (
        SELECT id, lower(sender) AS address FROM crm.message
        WHERE needs_person AND linked_by IN ('unknown', 'ambiguous') AND direction = 'incoming'
          AND channel = 'mail' AND deleted_at IS NULL),
    owners AS (
        SELECT lower(o.email) AS address, c.id AS client FROM crm.client o
        JOIN crm.client c ON c.id = coalesce(o.merged_into_id, o.id)
        WHERE (o.deleted_at IS NULL OR o.merged_into_id IS NOT NULL)
          AND c.deleted_at IS NULL AND c.merged_into_id IS NULL
          AND lower(o.email) IN (SELECT address FROM waiting)
        UNION
        SELECT lower(t.email), t.client_id
        FROM crm.contact t JOIN crm.client c ON c.id = t.client_id
        WHERE t.deleted_at IS NULL AND c.deleted_at IS NULL AND c.merged_into_id IS NULL
          AND lower(t.email) IN (SELECT address FROM waiting)),
    sure AS (
        SELECT w.id, min(o.client::text)::uuid AS client
        FROM waiting w JOIN owners o USING (address)
        GROUP BY w.id HAVING count(DISTINCT o.client) = 1)
    UPDATE crm.message m SET client_id = s.client, linked_by = 'address', needs_person = false,
        deal_id = {NEWEST_DEAL.format(client="s.client")}
    FROM sure s WHERE m.id = s.id RETURNING m.id
""")  # noqa: S608
BY_HAND = text(f"""
    UPDATE crm.message m SET client_id = :client, linked_by = :by, needs_person = false,
        deal_id = {NEWEST_DEAL.format(client=":client")}
    WHERE m.deleted_at IS NULL AND (m.id = :letter OR (
        m.client_id IS NULL AND m.needs_person AND m.thread_key <> ''
        AND m.thread_key = (SELECT thread_key FROM crm.message WHERE id = :letter)))
    RETURNING m.id
""")  # noqa: S608


def link_anew(connection: Connection) -> Counter[str]:
    """Lay letters of strangers on the clients that have their addresses by now.

    Letters that several clients might have written are laid when one of them is left.
    """
    journal.attribute(connection, "mail")
    found = list(connection.execute(FOUND_SINCE).scalars())
    show(connection, found)
    return Counter(linked=len(found))


def link_by_hand(connection: Connection, letter: UUID, client: UUID, who: str) -> Sequence[UUID]:
    """Lay a letter, and what waits of its thread, on the client that a person has named.

    `who` is the journal's origin, ``person:name``. Returns the letters that were laid.
    """
    journal.attribute(connection, who)
    given = {"letter": letter, "client": client, "by": who}
    found = list(connection.execute(BY_HAND, given).scalars())
    show(connection, found)
    return found
