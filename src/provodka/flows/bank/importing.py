"""One file of a bank into the store, page by page; the same bytes twice change nothing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from sqlalchemy import Connection, select

from provodka.connectors.client_bank.files import PAGE, Outline, StatementFile
from provodka.connectors.client_bank.values import Note
from provodka.connectors.crm_store import journal, quarantine
from provodka.connectors.crm_store.tables.clients import organization
from provodka.flows.bank.filing import Remarks, begin_file, end_file, known_file
from provodka.flows.bank.keeping import ORIGIN, STREAM, Keeping, Source
from provodka.flows.settings import HubSettings
from provodka.flows.work import Work
from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _

__all__ = ["Taken", "import_file"]


class Taken(Counter[str]):
    """What became of a file: `files`, `known_files`, `read`, `new`, `same`, `set_aside`.

    `notes` are the remarks on a file that was taken.
    """

    notes: tuple[Note, ...] = ()
    refused: Misunderstood | None = None


def import_file(work: Work, settings: HubSettings, path: Path, most: int = PAGE) -> Taken:
    """Take a file in; one that is no statement, or not of our accounts, is set aside whole.

    Pages of at most so many documents are stored in a transaction each; after a kill the file is
    taken again from its start, and what is stored already stays as it is. Raises
    `SystemUnavailable` where the file cannot be read or is changed meanwhile.
    """
    with StatementFile.open(path) as file:
        digest = file.digest()
        with work.begin() as connection:
            if known_file(connection, digest):
                return Taken(known_files=1)
        try:
            known = file.outline()
            _check_accounts(settings, path, known)
        except Misunderstood as error:
            return _refused(work, path, digest, error)
        source = _source(work, settings, path, digest, known)
        return _take(work, file, known, source, most)


def _take(work: Work, file: StatementFile, known: Outline, source: Source, most: int) -> Taken:
    taken, remarks, keeping = Taken(), Remarks(known), Keeping(source)
    for page in file.pages(known, most):
        remarks.add(page)
        with work.begin() as connection:
            journal.attribute(connection, ORIGIN)
            begin_file(connection, source, known)
            taken.update(keeping.keep(connection, page))
            if page.last:
                taken.notes = remarks.all()
                documents = taken["read"] - taken["set_aside"]
                end_file(connection, source, documents, taken["set_aside"], taken.notes)
    taken["files"] = 1
    return taken


def _check_accounts(settings: HubSettings, path: Path, known: Outline) -> None:
    accounts = settings.bank.numbers if settings.bank else frozenset()
    strange = known.accounts - accounts if accounts else frozenset()
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


def _source(work: Work, settings: HubSettings, path: Path, digest: str, known: Outline) -> Source:
    accounts = settings.bank.numbers if settings.bank else frozenset()
    with work.begin() as connection:
        inns = frozenset(_inns(connection))
    ours = accounts | known.accounts
    return Source(path.name, digest, known.accounts, ours, inns | {settings.company.inn})


def _inns(connection: Connection) -> list[str]:
    known = select(organization.c.inn).where(organization.c.inn.is_not(None))
    return [str(inn) for inn in connection.scalars(known)]


def _refused(work: Work, path: Path, digest: str, error: Misunderstood) -> Taken:
    payload = {"file": path.name, "digest": digest}
    with work.begin() as connection:
        journal.attribute(connection, ORIGIN)
        quarantine.set_aside(connection, STREAM, path.name, payload, error)
    taken = Taken(files=1, set_aside=1)
    taken.refused = error
    return taken
