"""The months of the journal are made ahead; those that have ended need not be read again.

A change that comes when its month has not been made goes to a part for all such, and moves to its
month when that is made: nothing is ever refused for want of a month.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

__all__ = ["AHEAD", "LOCK", "keep_months", "patiently", "this_month"]

AHEAD = 2
"""How many months are made ahead of the present one."""
LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('journal:months', 0))")
PATIENCE = text("SET LOCAL lock_timeout = '5s'")
THIS = text("SELECT date_trunc('month', now() AT TIME ZONE 'UTC')::date")
LACKING = text("""
    SELECT wanted.month FROM (
        SELECT (CAST(:this AS date) + n * interval '1 month')::date AS month
        FROM generate_series(0, :ahead) n
        UNION
        SELECT date_trunc('month', o.at AT TIME ZONE 'UTC')::date FROM journal.delta_other o
    ) wanted
    WHERE to_regclass('journal.delta_' || to_char(wanted.month, 'YYYY_MM')) IS NULL
    ORDER BY 1
""")
MAKE = text("SELECT hub.make_month(:month)")
ENDED = text("""
    SELECT month FROM hub.delta_month
    WHERE until_xid IS NULL AND (month + interval '1 month') AT TIME ZONE 'UTC' <= now()
    ORDER BY 1
""")
END = text("SELECT hub.end_month(:month)")


def keep_months(engine: Engine, ahead: int = AHEAD) -> Counter[str]:
    """Make the months that are lacking and note those that have ended; counts `made`, `ended`.

    Each is a transaction of its own, and two hubs do it once. It waits a few seconds for whoever
    is using the journal at that moment; what it cannot have then is left to the next time, and
    counted as `busy`.
    """
    counts: Counter[str] = Counter()
    with engine.connect() as connection, connection.begin():
        lacking = _lacking(connection, ahead)
        ended = list(connection.scalars(ENDED))
    for month in lacking:
        with patiently(engine, counts) as connection:
            counts["made"] += bool(connection.execute(MAKE, {"month": month}).scalar())
    for month in ended:
        with patiently(engine, counts) as connection:
            connection.execute(END, {"month": month})
            counts["ended"] += 1
    return +counts


def this_month(connection: Connection) -> date:
    """The first day of the present month, in UTC, by the database's clock."""
    found: date = connection.execute(THIS).scalar_one()
    return found


@contextmanager
def patiently(engine: Engine, counts: Counter[str]) -> Iterator[Connection]:
    """A transaction that alone keeps the months; given up after a while if others use them."""
    try:
        with engine.begin() as connection:
            connection.execute(LOCK)
            connection.execute(PATIENCE)
            yield connection
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        counts["busy"] += 1


def _lacking(connection: Connection, ahead: int) -> list[date]:
    given = {"this": this_month(connection), "ahead": ahead}
    return list(connection.scalars(LACKING, given))
