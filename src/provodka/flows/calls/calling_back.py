"""Who was called back after a missed call, and when."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, text

__all__ = ["track"]

TRACK = text("""
    WITH touched AS (
        SELECT client_number, min(started_at) AS first, max(started_at) AS last
        FROM crm.call WHERE id = ANY(:ids) AND client_number IS NOT NULL GROUP BY 1),
    missed AS (
        SELECT m.id, m.client_number, coalesce(m.ended_at, m.started_at) AS ended,
               m.direction = 'incoming' AND m.outcome IN ('missed', 'abandoned')
               AND m.deleted_at IS NULL AS waits
        FROM touched t JOIN crm.call m ON m.client_number = t.client_number
            AND m.started_at BETWEEN t.first - CAST(:within AS interval) - interval '1 day'
                AND t.last
        WHERE m.called_back_id IS NOT NULL
            OR (m.direction = 'incoming' AND m.outcome IN ('missed', 'abandoned'))),
    answers AS (
        SELECT missed.id, back.id AS back_id, back.started_at
        FROM missed LEFT JOIN LATERAL (
            SELECT c.id, c.started_at FROM crm.call c
            WHERE missed.waits AND c.client_number = missed.client_number
                AND c.started_at >= missed.ended
                AND c.started_at <= missed.ended + CAST(:within AS interval)
                AND c.deleted_at IS NULL
                AND ((c.direction = 'outgoing' AND c.outcome <> 'failed')
                    OR (c.direction = 'incoming' AND c.outcome = 'answered'))
            ORDER BY c.started_at, c.id LIMIT 1) back ON true)
    UPDATE crm.call m SET called_back_at = a.started_at, called_back_id = a.back_id
    FROM answers a WHERE a.id = m.id
        AND (m.called_back_at, m.called_back_id) IS DISTINCT FROM (a.started_at, a.back_id)
""")


def track(connection: Connection, calls: Collection[UUID], within: timedelta) -> int:
    """Note on missed calls which of the calls that follow is the call-back; how many changed.

    A missed call is called back by the first outgoing call to its number that could be placed,
    or the first incoming one from it that was answered, no later than `within` after its end.
    `calls` are the rows that have been written; what is corrected there is corrected here.
    """
    if not calls:
        return 0
    return connection.execute(TRACK, {"ids": [*calls], "within": within}).rowcount
