"""The row of a taken file: begun with its first page, complete with its last.

Until then it carries the remark `unfinished`, by which whoever comes after a kill knows that the
file is to be taken again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, exists, select
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.client_bank.balances import Turnovers
from provodka.connectors.client_bank.files import Outline, Page
from provodka.connectors.client_bank.values import AccountSection, Note
from provodka.connectors.crm_store.tables.bank import bank_file
from provodka.flows.bank.keeping import Source
from provodka.foundation.i18n import _

__all__ = ["Remarks", "begin_file", "end_file", "known_file"]

UNFINISHED = "unfinished"
MOST = 1000


class Remarks:
    """What is odd in a file: the first thousand remarks, and all that are about its sums."""

    def __init__(self, known: Outline) -> None:
        self._turnovers = Turnovers(known.sections)
        self._found = list(known.header.notes)
        self._more = 0
        self._add(note for section in known.sections for note in section.notes)

    def add(self, page: Page) -> None:
        """Remember the remarks of one more page."""
        for document in page.documents:
            self._turnovers.add(document)
            self._add(document.notes)
        self._add(page.notes)

    def all(self) -> tuple[Note, ...]:
        """The remarks by line; how many were left out comes last."""
        found = sorted((*self._found, *self._turnovers.notes()), key=lambda note: note.line)
        if self._more:
            told = _("и еще замечаний: {count}").format(count=self._more)
            found.append(Note(0, "more_notes", told))
        return tuple(found)

    def _add(self, notes: Iterable[Note]) -> None:
        for note in notes:
            # Without a line it is about the whole file.
            if len(self._found) < MOST or not note.line:
                self._found.append(note)
            else:
                self._more += 1


def known_file(connection: Connection, digest: str) -> bool:
    """Whether a file with these bytes was taken before to its end, under whatever name."""
    unfinished = bank_file.c.notes.contains([{"code": UNFINISHED}])
    found = select(exists().where(bank_file.c.digest == digest, ~unfinished))
    return bool(connection.execute(found).scalar())


def begin_file(connection: Connection, source: Source, known: Outline) -> None:
    """Put down that a file is being taken; again changes nothing."""
    header = known.header
    told = _("принят не до конца: будет принят заново, когда встретится снова")
    connection.execute(
        insert(bank_file)
        .values(
            digest=source.digest,
            name=source.name,
            version=header.version,
            encoding=header.encoding,
            claimed=header.claimed,
            sender=header.sender,
            first_day=header.first_day,
            last_day=header.last_day,
            ended=known.ended,
            sections=[_plain_section(one) for one in known.sections],
            notes=[asdict(Note(0, UNFINISHED, told))],
            documents=0,
            set_aside=0,
        )
        .on_conflict_do_nothing()
    )


def end_file(
    connection: Connection, source: Source, documents: int, aside: int, notes: Iterable[Note]
) -> None:
    """Put down that a file is taken to its end: how many documents, what was odd."""
    connection.execute(
        bank_file.update()
        .where(bank_file.c.digest == source.digest)
        .values(documents=documents, set_aside=aside, notes=[asdict(note) for note in notes])
    )


def _plain_section(section: AccountSection) -> dict[str, Any]:
    fields = asdict(section)
    del fields["notes"]
    return fields
