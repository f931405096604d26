"""Keys, versions and marks of both sides, joined by the database: only what differs comes here.

1C orders references by how they are presented, so its order is not relied upon: what it lists is
copied into a temporary table as it comes, and one statement joins that with the bindings.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from psycopg import sql
from psycopg.rows import dict_row

from provodka.connectors.crm_store.engine import driver_of
from provodka.flows.onec.following.asking import constants
from provodka.flows.onec.following.listing import Listing
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.onec.stored import table_of
from provodka.flows.onec.sweeping.verdicts import Seen
from provodka.flows.onec.taking import stream_of
from provodka.mappings.compiled import Mapping

__all__ = ["differences", "not_merged"]

PAGE = 500
DIFFERENCES = """
    SELECT coalesce(t.key, b.external_key) AS key, b.document,
        t.key IS NOT NULL AS listed, b.external_key IS NOT NULL AS bound,
        d.id IS NOT NULL AS stored,
        t.version AS their_version, b.external_version AS our_version,
        coalesce(t.deleted, false) AS marked, d.deleted_at IS NOT NULL AS buried,
        EXISTS (SELECT FROM hub.parked p WHERE p.stream = {stream} AND p.external_key = t.key)
            AS parked,
        EXISTS (SELECT FROM hub.quarantine q WHERE q.stream = {stream} AND q.external_key = t.key
            AND q.state <> 'healed') AS set_aside
    FROM listed_keys t
    FULL JOIN (SELECT * FROM hub.binding WHERE system = {system} AND kind = {kind}) b
        ON b.external_key = t.key
    LEFT JOIN {table} d ON d.id = b.document
    WHERE (b.agreed_at IS NULL OR b.agreed_at < {asked}) AND {own}
      AND (t.key IS NULL OR b.external_key IS NULL OR d.id IS NULL
        OR b.external_version IS DISTINCT FROM t.version
        OR t.deleted <> (d.deleted_at IS NOT NULL))
"""


def differences(listed: Listing, mapping: Mapping, asked: datetime) -> Iterator[list[Seen]]:
    """Pages of the keys that do not look alike there and here.

    What both sides have agreed on since `asked` (by the database's clock, before the listing
    began) may be older in the listing than it is, and is left out.
    """
    driver = driver_of(listed.connection)
    query = _query(mapping, asked)
    with driver.transaction(), driver.cursor("differences", row_factory=dict_row) as cursor:
        cursor.execute(query)
        while page := cursor.fetchmany(PAGE):
            yield [Seen(**row) for row in page]


def _query(mapping: Mapping, asked: datetime) -> sql.Composed:
    table = table_of(mapping)
    return sql.SQL(DIFFERENCES).format(
        stream=sql.Literal(stream_of(mapping)),
        system=sql.Literal(SYSTEM),
        kind=sql.Literal(mapping.kind),
        table=sql.Identifier(str(table.schema), table.name),
        asked=sql.Literal(asked),
        own=_own(mapping),
    )


def _own(mapping: Mapping) -> sql.Composable:
    """Documents that only this mapping feeds; one that is not stored is told by its key alone."""
    parts: list[sql.Composable] = [not_merged(mapping)]
    for name, value in constants(mapping).items():
        same: Any = sql.SQL("(t.key IS NOT NULL OR d.{} = {})")
        parts.append(same.format(sql.Identifier(name), sql.Literal(value)))
    return sql.SQL(" AND ").join(parts)


def not_merged(mapping: Mapping) -> sql.Composable:
    """A client that was merged into another is nobody's counterpart any more."""
    merged = "merged_into_id" in table_of(mapping).columns
    return sql.SQL("d.merged_into_id IS NULL" if merged else "true")
