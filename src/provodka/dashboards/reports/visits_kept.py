"""Make `report.stage_visit` the visits that were built: write only what is not there already."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import OperationalError

from provodka.connectors.crm_store.tables.report import stage_visit

__all__ = ["COLUMNS", "keep"]

COLUMNS = ", ".join(stage_visit.columns.keys())
MANY = 10_000
"""From so many rows on, indexes made at once are cheaper than indexes kept up row by row."""
EMPTY = text("SELECT NOT EXISTS (SELECT FROM report.stage_visit)")
COUNTED = text("""
    SELECT count(*) AS visits, count(*) FILTER (WHERE visit = 1) AS deals FROM pg_temp.built
""")
ALONE = text("LOCK TABLE report.stage_visit IN ACCESS EXCLUSIVE MODE NOWAIT")
FOR_INDEXES = text("SELECT set_config('maintenance_work_mem', '256MB', true)")
UNKEYED = text("ALTER TABLE report.stage_visit DROP CONSTRAINT pk_stage_visit")
KEYED = text(
    "ALTER TABLE report.stage_visit ADD CONSTRAINT pk_stage_visit PRIMARY KEY (deal, visit)"
)


def _of(alias: str) -> str:
    return ", ".join(f"{alias}.{name}" for name in COLUMNS.split(", "))


ALL = f"INSERT INTO report.stage_visit ({COLUMNS}) SELECT {_of('b')} FROM pg_temp.built b"  # noqa: S608
SAME = f"({_of('b')}) IS NOT DISTINCT FROM ({_of('v')})"
GONE = text(f"""
    DELETE FROM report.stage_visit v WHERE NOT EXISTS (SELECT FROM pg_temp.built b
      WHERE b.deal = v.deal AND b.visit = v.visit AND {SAME})
""")  # noqa: S608
MISSING = text(f"""{ALL} WHERE NOT EXISTS (
      SELECT FROM report.stage_visit v WHERE v.deal = b.deal AND v.visit = b.visit)
""")


def keep(connection: Connection) -> Row[Any]:
    """Bring the kept table to the rows of `pg_temp.built`; counts their `visits` and `deals`.

    Those have the same columns; call inside the transaction that built them. Readers see the old
    rows until it commits, unless there are none: then they wait for the new ones.
    """
    built = connection.execute(COUNTED).one()
    if not connection.execute(EMPTY).scalar_one():
        connection.execute(GONE)
        connection.execute(MISSING)
    elif built.visits >= MANY and _alone(connection):
        _fill(connection)
    else:
        connection.execute(text(ALL))
    return built


def _alone(connection: Connection) -> bool:
    """Keep readers off the table, unless somebody reads it just now."""
    try:
        with connection.begin_nested():
            connection.execute(ALONE)
    except OperationalError:
        return False
    return True


def _fill(connection: Connection) -> None:
    """Write all rows first and make the indexes of them afterwards."""
    connection.execute(FOR_INDEXES)
    connection.execute(UNKEYED)
    for index in stage_visit.indexes:
        index.drop(connection)
    connection.execute(text(ALL))
    connection.execute(KEYED)
    for index in stage_visit.indexes:
        index.create(connection)
