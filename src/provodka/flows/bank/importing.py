"""One file of a bank into the store, in one transaction; the same bytes twice change nothing."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

from sqlalchemy import Connection, select

from provodka.connectors.client_bank.reader import read_file
from provodka.connectors.client_bank.values import Statement
from provodka.connectors.crm_store import journal, quarantine
from provodka.connectors.crm_store.tables.clients import organization
from provodka.flows.bank.keeping import STREAM, Source, keep, known_file
from provodka.flows.settings import HubSettings
from provodka.flows.work import Work
from provodka.foundation.errors import Misunderstood, SystemUnavailable
from provodka.foundation.i18n import _

__all__ = ["ORIGIN", "Taken", "digest_of", "import_file"]

ORIGIN = "bank"
CHUNK = 1 << 20


class Taken(Counter[str]):
    """What became of a file: `files`, `known_files`, `read`, `new`, `same`, `set_aside`.

    `statement` is the file as it was understood; None if it was known or refused.
    """

    statement: Statement | None = None
    refused: Misunderstood | None = None


def import_file(work: Work, settings: HubSettings, path: Path) -> Taken:
    """Take a file in; one that is no statement, or not of our accounts, is set aside whole.

    Raises `SystemUnavailable` where the file cannot be read.
    """
    digest = digest_of(path)
    with work.begin() as connection:
        if known_file(connection, digest):
            return Taken(known_files=1)
        journal.attribute(connection, ORIGIN)
        try:
            statement = read_file(path)
            source = _source(connection, settings, path, digest, statement)
        except Misunderstood as error:
            return _refused(connection, path, digest, error)
        taken = Taken(keep(connection, source, statement))
        taken["files"] = 1
        taken.statement = statement
        return taken


def digest_of(path: Path) -> str:
    """A digest of a file's bytes. Raises `SystemUnavailable`."""
    digest = hashlib.blake2b(digest_size=20)
    try:
        with path.open("rb") as handle:
            while chunk := handle.read(CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise SystemUnavailable(
            str(path),
            found=_("файл не читается: {reason}").format(reason=error.strerror),
            expected=_("файл выписки, доступный на чтение"),
            next_step=_("проверьте путь и права на файл"),
            code="bank_file_unreadable",
        ) from error
    return digest.hexdigest()


def _source(
    connection: Connection,
    settings: HubSettings,
    path: Path,
    digest: str,
    statement: Statement,
) -> Source:
    accounts = settings.bank.numbers if settings.bank else frozenset()
    strange = statement.accounts - accounts if accounts else frozenset()
    if strange:
        raise Misunderstood(
            str(path),
            found=_("выписка по счету, которого нет в настройках: {accounts}").format(
                accounts=", ".join(sorted(strange))
            ),
            expected=_("счета из bank.accounts"),
            next_step=_("добавьте счет в bank.accounts, если он наш, и примите файл снова"),
            code="foreign_account",
        )
    known = connection.scalars(select(organization.c.inn).where(organization.c.inn.is_not(None)))
    return Source(path.name, digest, accounts, frozenset({settings.company.inn, *known}))


def _refused(connection: Connection, path: Path, digest: str, error: Misunderstood) -> Taken:
    payload = {"file": path.name, "digest": digest}
    quarantine.set_aside(connection, STREAM, path.name, payload, error)
    taken = Taken(files=1, set_aside=1)
    taken.refused = error
    return taken
