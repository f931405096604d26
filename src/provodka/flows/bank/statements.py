"""What the commands do with statements: files taken in and decided, or only rehearsed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from provodka.connectors.client_bank.values import Note
from provodka.connectors.crm_store import locks
from provodka.connectors.crm_store.tables.papers import invoice
from provodka.flows.bank.importing import Taken, import_file
from provodka.flows.bank.persons import Wish, assign, dismiss
from provodka.flows.bank.watching import TAKING_FILES, decide_waiting
from provodka.flows.hub import Hub
from provodka.flows.insight.plan import read_plan
from provodka.flows.insight.planned import Plan
from provodka.flows.onec.pulling import TAKING
from provodka.flows.work import Rehearsal, Work
from provodka.foundation.errors import ProvodkaError, SystemUnavailable

__all__ = ["FileDone", "Imported", "decide_by_person", "import_files"]


@dataclass(frozen=True, slots=True)
class FileDone:
    """What became of one file; `error` if it could not be read or was refused whole."""

    path: Path
    counts: Counter[str]
    notes: tuple[Note, ...] = ()
    error: ProvodkaError | None = None

    @property
    def unread(self) -> bool:
        """Whether the file could not even be read."""
        return isinstance(self.error, SystemUnavailable)


@dataclass
class Imported:
    """All files of a command, what was decided, and the plan if it was a rehearsal."""

    files: list[FileDone] = field(default_factory=list)
    decided: Counter[str] = field(default_factory=Counter)
    plan: Plan | None = None

    @property
    def set_aside(self) -> int:
        """How many documents and files wait in quarantine."""
        return sum(one.counts["set_aside"] for one in self.files)

    @property
    def failed(self) -> bool:
        """Whether a file could not be read."""
        return any(one.unread for one in self.files)

    def plain(self) -> dict[str, Any]:
        """For machines."""
        found: dict[str, Any] = {
            "files": [
                {
                    "file": str(one.path),
                    "counts": one.counts,
                    "notes": [
                        {"line": note.line, "code": note.code, "text": note.text}
                        for note in one.notes
                    ],
                    "error": str(one.error) if one.error else None,
                }
                for one in self.files
            ],
            "decided": self.decided,
        }
        return found | ({"plan": self.plan} if self.plan else {})


def import_files(hub: Hub, files: Sequence[Path], *, plan: bool = False) -> Imported:
    """Take files in, each in its own transaction, and decide about every receipt that waits.

    A file that cannot be read does not stop the others. With `plan` nothing stays.
    """
    done = Imported()
    with locks.alone(hub.engine, TAKING_FILES, wait=True), _work(hub, plan=plan) as work:
        for path in files:
            done.files.append(_taken(hub, work, path))
        done.decided = decide_waiting(hub, work)
        if isinstance(work, Rehearsal):
            done.plan = read_plan(work.connection)
    return done


@contextmanager
def _work(hub: Hub, *, plan: bool) -> Iterator[Work]:
    if not plan:
        yield hub.engine
        return
    with Rehearsal.on(hub.engine) as rehearsal:
        yield rehearsal


def _taken(hub: Hub, work: Work, path: Path) -> FileDone:
    try:
        taken: Taken = import_file(work, hub.settings, path)
    except SystemUnavailable as error:
        return FileDone(path, Counter(), (), error)
    return FileDone(path, taken, taken.notes, taken.refused)


def decide_by_person(
    hub: Hub, number: int, wishes: Sequence[Wish], who: str
) -> list[dict[str, str]]:
    """Put a person's decision down: these invoices, or with none, that it pays for no invoice.

    Returns the invoices' numbers and sums. Raises `DocumentError`, `Refused`.
    """
    by, now = f"person:{who}", hub.clock()
    with locks.alone(hub.engine, TAKING, wait=True), hub.engine.begin() as connection:
        if not wishes:
            dismiss(connection, number, by, now)
            return []
        laid = assign(connection, number, wishes, by, hub.settings.zone, now)
        chosen = [one for one, _amount in laid]
        found = select(invoice.c.id, invoice.c.number).where(invoice.c.id.in_(chosen))
        names = {row.id: row.number for row in connection.execute(found)}
        return [{"number": names[one], "amount": f"{amount:.2f}"} for one, amount in laid]
