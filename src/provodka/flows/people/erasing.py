"""Erasing a person (152-ФЗ, art. 14 and 21): rehearsed first, then done whole or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store import journal
from provodka.connectors.crm_store.people_erasures import certify
from provodka.connectors.crm_store.people_files import forget_files
from provodka.connectors.crm_store.people_subject import Subject
from provodka.connectors.crm_store.people_sweep import Mentioned, clean, mentions
from provodka.connectors.crm_store.people_wiping import (
    documents_of,
    forget_echoes,
    forget_keys,
    prepare,
    wipe,
)
from provodka.connectors.crm_store.retention import archived
from provodka.flows.hub import Hub
from provodka.flows.mail.boxes import files_folder
from provodka.flows.mail.files import FileStore
from provodka.flows.people.archived import Archives

__all__ = ["ORIGIN", "Erased", "erase"]

ORIGIN = "erasure"
"""Who changed, in the journal, for what remains to be said there."""
ARCHIVES = "archives"
CONTENTS = "files"
ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended('person:erase', 0))")


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased, or would be: rows by table, lines of archives, contents of files.

    `shared` names kinds of traits that somebody else has too, which were left where only they
    point to the person. `certificate` is None for a rehearsal, and where there was nothing.
    """

    at: datetime
    documents: Mapping[str, int]
    counts: Mapping[str, int]
    shared: Sequence[str] = ()
    certificate: UUID | None = None
    client: UUID | None = field(default=None)


def erase(
    hub: Hub,
    subject: Subject,
    *,
    by: str,
    basis: str = "",
    apply: bool = False,
    client: UUID | None = None,
) -> Erased:
    """Erase everything that is held about a person, or, without `apply`, only count it.

    Sums, dates and links of documents stay, without the person. The whole store is read first, in
    a transaction that writes nothing: whoever reads the journal waits for those that write. What
    is outside the database goes before the other one ends, so whoever is killed in between
    repeats it, and finds everything that is still there.
    """
    with hub.engine.connect() as connection:
        documents = documents_of(connection, subject)
        mentioned = mentions(connection, subject.traits)
        archives = _archives(connection, documents, subject)
    lines = archives.clean() if apply else archives.count()
    with hub.engine.connect() as connection, connection.begin() as transaction:
        connection.execute(ALONE)
        prepare(connection)
        journal.attribute(connection, ORIGIN)
        counts, orphans = _erased(connection, subject, documents, mentioned)
        counts += Counter({ARCHIVES: lines, CONTENTS: len(orphans)})
        done = +counts
        number = None
        if apply:
            _remove(hub, orphans)
            number = certify(connection, client, by, basis, done)
        else:
            transaction.rollback()
    return Erased(
        at=hub.clock(),
        documents={kind: len(keys) for kind, keys in documents.items()},
        counts=done,
        shared=[name for name in subject.shared.__slots__ if getattr(subject.shared, name)],
        certificate=number,
        client=client,
    )


def _erased(
    connection: Connection,
    subject: Subject,
    documents: Mapping[str, Collection[UUID]],
    mentioned: Sequence[Mentioned],
) -> tuple[Counter[str], Sequence[str]]:
    rows, orphans = forget_files(connection, documents)
    counts = Counter({"hub.message_file": rows})
    counts += forget_keys(connection, subject, documents)
    counts += wipe(connection, documents)
    counts += clean(connection, subject.traits, mentioned)
    forget_echoes(connection)
    return counts, orphans


def _archives(
    connection: Connection, documents: Mapping[str, Collection[UUID]], subject: Subject
) -> Archives:
    files = [Path(month.file) for month in archived(connection) if month.file]
    keys = {str(key) for of_kind in documents.values() for key in of_kind}
    return Archives(files, keys, subject.traits)


def _remove(hub: Hub, hashes: Sequence[str]) -> None:
    store = FileStore(files_folder(hub))
    for sha256 in hashes:
        store.path(sha256).unlink(missing_ok=True)
