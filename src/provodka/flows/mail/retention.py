"""Contents of attachments that have been kept long enough: erased where nothing needs them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import Connection, Engine, text

from provodka.connectors.crm_store import cursors
from provodka.flows.mail.files import FileStore

__all__ = ["erase_files"]

STREAM = "mail:files"
EVERY = timedelta(days=1)
PAGE = 500
IDLE = timedelta(hours=1)
"""A content that was kept or asked for so lately may be about to be written down."""
ALONE = text("LOCK TABLE hub.file IN SHARE ROW EXCLUSIVE MODE")
"""Whoever notes a file inserts into this table first, and is waited for."""
ERASE = text("""
    WITH old AS (
        SELECT f.sha256 FROM hub.file f
        WHERE f.stored_at < :before
          AND NOT EXISTS (SELECT FROM hub.document_file d WHERE d.sha256 = f.sha256)
          AND NOT EXISTS (
              SELECT FROM hub.message_file p JOIN crm.message m ON m.id = p.message_id
              WHERE p.sha256 = f.sha256 AND p.left_out IS NULL
                AND (coalesce(m.sent_at, m.created_at) >= :before OR m.needs_person
                     OR m.status IN ('queued', 'unsure')
                     OR EXISTS (SELECT FROM crm.deal d WHERE d.id = m.deal_id
                                AND d.status = 'open' AND d.deleted_at IS NULL)))
        LIMIT :page),
    told AS (
        UPDATE hub.message_file p SET left_out = 'expired' FROM old
        WHERE p.sha256 = old.sha256 AND p.left_out IS NULL)
    DELETE FROM hub.file f USING old WHERE f.sha256 = old.sha256 RETURNING f.sha256
""")
KNOWN = text("SELECT sha256 FROM hub.file WHERE sha256 = ANY(:names)")


def erase_files(engine: Engine, files: FileStore, keep: timedelta, now: datetime) -> Counter[str]:
    """Erase contents older than `keep`, once a day; counts `files_erased`.

    A letter keeps the name and size of what it carried. Nothing is erased that a document, a
    letter of an open deal, one that waits or a younger one refers to. Contents that no row knows,
    left by a process that died, go too.
    """
    counts: Counter[str] = Counter()
    if not _due(engine, now):
        return counts
    while True:
        with engine.begin() as connection:
            connection.execute(ALONE)
            given = {"before": now - keep, "page": PAGE}
            gone = connection.execute(ERASE, given).scalars().all()
        for name in gone:
            files.discard(name, now - IDLE)
        counts["files_erased"] += len(gone)
        if len(gone) < PAGE:
            break
    _clear(engine, files, now)
    with engine.begin() as connection:
        cursors.move(connection, STREAM, {"at": now.isoformat()})
    return +counts


def _due(engine: Engine, now: datetime) -> bool:
    with engine.connect() as connection:
        place = cursors.read(connection, STREAM)
    return place is None or now - datetime.fromisoformat(place["at"]) >= EVERY


def _clear(engine: Engine, files: FileStore, now: datetime) -> None:
    names = files.names()
    while page := list(islice(names, PAGE)):
        with engine.connect() as connection:
            for name in _unknown(connection, page):
                files.discard(name, now - EVERY)


def _unknown(connection: Connection, names: Collection[str]) -> Iterator[str]:
    known = set(connection.execute(KNOWN, {"names": list(names)}).scalars())
    return (name for name in names if name not in known)
