"""Old months leave the journal, whole and oldest first, once nobody has to read them any more.

What is still decided by stays: everything about the kinds that reports look back on, and about
documents that a person has corrected. It moves to a part of its own, before all the months.
"""

from __future__ import annotations

import gzip
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Engine, Row, text

from provodka.connectors.crm_store.engine import driver_of
from provodka.connectors.crm_store.partitions import patiently, this_month

__all__ = [
    "LOOKED_BACK_ON",
    "Archived",
    "Held",
    "Overdue",
    "Reader",
    "archived",
    "drop_old",
    "held",
    "overdue",
]

LOOKED_BACK_ON = ("deal", "client", "employee", "department")
"""Kinds whose whole history reports are built from."""
LEAST = 2
"""The present month and the one before it always stay."""
OLDEST = text("""
    SELECT m.month FROM hub.delta_month m
    WHERE m.dropped_at IS NULL AND m.month < :before
      AND m.until_xid < pg_snapshot_xmin(pg_current_snapshot())
      AND NOT EXISTS (SELECT FROM hub.delta_month e
                      WHERE e.until_xid IS NULL AND e.month < m.month)
      AND to_regclass('journal.delta_' || to_char(m.month, 'YYYY_MM')) IS NOT NULL
    ORDER BY 1
""")
BEFORE = text("SELECT (CAST(:this AS date) - make_interval(months => :months))::date")
CURSORS = text("SELECT stream, position FROM hub.cursor WHERE position ? 'xid' AND position ? 'id'")
UNREAD = """
    SELECT EXISTS (SELECT FROM {part} WHERE (xid, id) > (CAST(:xid AS text)::xid8, :id)
        AND (kind = ANY(:kinds) OR :all))
"""
UNSETTLED = """
    SELECT
      (SELECT count(*) FROM hub.outbox o WHERE o.state IN ('waiting', 'sending', 'unsure')
         AND o.cause <= newest.id) AS errands,
      (SELECT count(*) FROM hub.quarantine q WHERE q.stream = 'triggers' AND q.state <> 'healed'
         AND q.external_key ~ '^[0-9]+$' AND q.external_key::bigint <= newest.id) AS aside
    FROM (SELECT max(id) AS id FROM {part}) newest
"""
CHOSEN = """
    CREATE TEMP TABLE kept_deltas ON COMMIT DROP AS
    SELECT d.* FROM {part} d WHERE d.kind = ANY(%(kinds)s) OR (d.kind, d.document) IN (
        SELECT kind, document FROM {part} WHERE {by_hand}
        UNION SELECT kind, document FROM {kept} WHERE {by_hand})
"""
BY_HAND = "op = 'update' AND (origin LIKE 'person:%%' OR origin LIKE 'sql:%%')"
MADE = """
    CREATE TABLE journal.delta_kept (LIKE hub.delta INCLUDING DEFAULTS INCLUDING CONSTRAINTS
        INCLUDING STORAGE INCLUDING COMPRESSION INCLUDING COMMENTS);
    COMMENT ON TABLE journal.delta_kept IS
        'Изменения из убранных месяцев, по которым еще решают: их читают отчеты и правила';
    CREATE TRIGGER reopen_month BEFORE INSERT ON journal.delta_kept
        FOR EACH ROW EXECUTE FUNCTION hub.reopen_month();
    ALTER TABLE journal.delta_kept ENABLE ALWAYS TRIGGER reopen_month
"""
DROPPED = text("""
    UPDATE hub.delta_month
    SET dropped_at = now(), changes = :changes, kept = :kept, file = :file,
        archived_at = CASE WHEN CAST(:file AS text) IS NOT NULL THEN now() END
    WHERE month = :month
""")
ARCHIVED = text("""
    SELECT month, changes, kept, file, dropped_at FROM hub.delta_month
    WHERE dropped_at IS NOT NULL ORDER BY month
""")


@dataclass(frozen=True, slots=True)
class Archived:
    """A month that has left the journal; `file` is empty if it went without an archive."""

    month: date
    changes: int
    kept: int
    file: str
    dropped_at: datetime


@dataclass(frozen=True, slots=True)
class Reader:
    """A stream that reads the journal from its beginning, and the kinds it reads, if not all."""

    stream: str
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """Why a month may not go: who has not read it, what still refers to its changes."""

    readers: tuple[str, ...] = ()
    errands: int = 0
    aside: int = 0

    def __bool__(self) -> bool:
        return bool(self.readers or self.errands or self.aside)


@dataclass(frozen=True, slots=True)
class Overdue:
    """Months old enough to go that may not: how many, the oldest, and why that one stays."""

    months: int
    oldest: date
    held: Held


def drop_old(
    engine: Engine, months: int, readers: Sequence[Reader], folder: Path | None
) -> tuple[Counter[str], Mapping[date, Held]]:
    """Let go of what is older than so many months, the present one among them, at least two.

    `readers` must have read a month before it goes, whether they have begun or not; whoever else
    has a cursor in the journal must have too. With a `folder` a month is first written there,
    whole, as `2026-01.csv.gz`. Counts `dropped` months, `changes` and
    `kept`; `busy` if the journal was in use. The other value tells what holds the oldest month.
    """
    counts: Counter[str] = Counter()
    with engine.connect() as connection:
        oldest = _old_enough(connection, months)
    for month in oldest:
        reasons = Held()
        with patiently(engine, counts) as connection:
            reasons = held(connection, month, readers)
            if not reasons:
                _drop(connection, month, folder, counts)
        if reasons or counts["busy"]:
            return +counts, {month: reasons} if reasons else {}
    return +counts, {}


def overdue(connection: Connection, months: int, readers: Sequence[Reader]) -> Overdue | None:
    """What `drop_old` would have to leave where it is; `None` if nothing holds anything."""
    old = _old_enough(connection, months)
    reasons = held(connection, old[0], readers) if old else Held()
    return Overdue(len(old), old[0], reasons) if reasons else None


def _old_enough(connection: Connection, months: int) -> list[date]:
    return list(connection.scalars(OLDEST, {"before": _before(connection, months)}))


def held(connection: Connection, month: date, readers: Sequence[Reader]) -> Held:
    """What a month is still needed for."""
    places = {row.stream: row.position for row in connection.execute(CURSORS)}
    named = {one.stream: one for one in readers}
    everyone = named | {name: Reader(name) for name in places.keys() - named.keys()}
    behind = [
        name
        for name, one in sorted(everyone.items())
        if _unread(connection, month, one, places.get(name) or {"xid": 0, "id": 0})
    ]
    left = connection.execute(text(UNSETTLED.format(part=_part(month)))).one()
    return Held(tuple(behind), left.errands, left.aside)


def _unread(connection: Connection, month: date, reader: Reader, place: Mapping[str, Any]) -> bool:
    given = {"xid": str(place["xid"]), "id": place["id"], "kinds": list(reader.kinds)}
    query = text(UNREAD.format(part=_part(month)))
    return bool(connection.execute(query, given | {"all": not reader.kinds}).scalar())


def archived(connection: Connection) -> list[Archived]:
    """The months that have left the journal, oldest first."""
    return [_archived(row) for row in connection.execute(ARCHIVED)]


def _archived(row: Row[Any]) -> Archived:
    return Archived(row.month, row.changes or 0, row.kept or 0, row.file or "", row.dropped_at)


def _before(connection: Connection, months: int) -> date:
    given = {"this": this_month(connection), "months": max(months, LEAST) - 1}
    found: date = connection.execute(BEFORE, given).scalar_one()
    return found


def _part(month: date) -> str:
    return f"journal.delta_{month:%Y_%m}"


def _drop(connection: Connection, month: date, folder: Path | None, counts: Counter[str]) -> None:
    """Archive, keep what is decided by, drop: in one transaction, the journal locked at its end."""
    part = _part(month)
    connection.exec_driver_sql(f"LOCK TABLE {part} IN SHARE MODE")
    changes = int(connection.exec_driver_sql(f"SELECT count(*) FROM {part}").scalar_one())
    file = _archive(connection, part, folder / f"{month:%Y-%m}.csv.gz") if folder else None
    kept = _keep(connection, part, month)
    told = {"month": month, "changes": changes, "kept": kept, "file": file and str(file)}
    connection.execute(DROPPED, told)
    counts += Counter(dropped=1, changes=changes, kept=kept)


def _keep(connection: Connection, part: str, month: date) -> int:
    """Put what is kept of a month, and whatever else is older than its end, before the months."""
    run = connection.exec_driver_sql
    there = bool(run("SELECT to_regclass('journal.delta_kept') IS NOT NULL").scalar())
    kept = "journal.delta_kept" if there else part
    chosen = CHOSEN.format(part=part, kept=kept, by_hand=BY_HAND)
    count = run(chosen, {"kinds": list(LOOKED_BACK_ON)}).rowcount
    until = run(f"SELECT (DATE '{month}' + interval '1 month') AT TIME ZONE 'UTC'").scalar_one()
    run("LOCK TABLE hub.delta IN ACCESS EXCLUSIVE MODE")
    if there:
        run("ALTER TABLE hub.delta DETACH PARTITION journal.delta_kept")
    else:
        run(MADE)
    run("INSERT INTO journal.delta_kept SELECT * FROM kept_deltas")
    run(
        "WITH strays AS (DELETE FROM journal.delta_other WHERE at < %(until)s RETURNING *)"
        " INSERT INTO journal.delta_kept SELECT * FROM strays",
        {"until": until},
    )
    run(f"ALTER TABLE hub.delta DETACH PARTITION {part}")
    run(f"DROP TABLE {part}")
    run(
        "ALTER TABLE hub.delta ATTACH PARTITION journal.delta_kept"
        f" FOR VALUES FROM (MINVALUE) TO ('{until.isoformat()}')"
    )
    return int(count)


def _archive(connection: Connection, part: str, file: Path) -> Path:
    """The month as CSV with a header, gzipped; there whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    statement = f"COPY (SELECT * FROM {part} ORDER BY xid, id) TO STDOUT (FORMAT csv, HEADER)"
    with (
        _appearing(file) as output,
        driver_of(connection).cursor() as cursor,
        cursor.copy(statement.encode()) as copy,
    ):
        for chunk in copy:
            output.write(chunk)
    return file


@contextmanager
def _appearing(file: Path) -> Iterator[IO[bytes]]:
    """A gzipped file that takes its name when it is complete and on the disk."""
    partial = file.with_name(f"{file.name}.partial")
    with partial.open("wb") as raw:
        with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
            yield packed  # type: ignore[misc]
        raw.flush()
        os.fsync(raw.fileno())
    partial.rename(file)
