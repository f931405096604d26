"""Long-running operations: background jobs that a client starts and asks about.

A job is run once it is due and outlives a restart of the sandbox. How long it seems to take is
up to the switches: so many seconds until it is run, so many answers "Active" afterwards.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid4

from provodka.sandbox.soap.envelope import SoapFault
from provodka.sandbox.storage.database import Database

_log = logging.getLogger(__name__)
ACTIVE, COMPLETED, FAILED, CANCELED = "Active", "Completed", "Failed", "Canceled"
_TABLES = """
CREATE TABLE IF NOT EXISTS job (
    id TEXT PRIMARY KEY, service TEXT NOT NULL, kind TEXT NOT NULL, plan TEXT NOT NULL,
    peer TEXT NOT NULL, part_size TEXT NOT NULL, message TEXT NOT NULL, status TEXT NOT NULL,
    error TEXT NOT NULL, file TEXT NOT NULL, parts INTEGER NOT NULL, polls INTEGER NOT NULL,
    due REAL NOT NULL) WITHOUT ROWID;
"""
_COLUMNS = "id, service, kind, plan, peer, part_size, message, status, error, file, parts"


@dataclass(frozen=True, slots=True)
class Job:
    """One background job: what it is to do, and what has come of it.

    `kind` is `prepare` or `put`; `part_size` in kilobytes; `message` the name of a message that
    was put; `file` and `parts` are what a prepared message is offered as.
    """

    id: str
    service: str
    kind: str
    plan: str
    peer: str
    part_size: Decimal = Decimal(0)
    message: str = ""
    status: str = ACTIVE
    error: str = ""
    file: str = ""
    parts: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a job that was carried out has given."""

    file: str = ""
    parts: int = 0


class JobFailed(Exception):
    """A job ends in state Failed with this text."""


Steps = Generator[None, None, Outcome]
Work = Callable[[Job], Steps]


def _nothing(_job: Job) -> Steps:
    yield
    return Outcome()


class Jobs:
    """The background jobs of one base; `work` carries one out in steps or raises `JobFailed`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.work: Work = _nothing
        database.connection.executescript(_TABLES)

    def start(self, job: Job, *, polls: int, seconds: float) -> Job:
        """Remember a new job under a fresh identifier; `seconds` from now it is due."""
        values = (
            *(job.service, job.kind, job.plan, job.peer, str(job.part_size), job.message),
            *(job.status, job.error, job.file, job.parts),
        )
        identifier = str(uuid4())
        self._database.run(
            f"INSERT INTO job ({_COLUMNS}, polls, due) "  # noqa: S608
            "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            identifier,
            *values,
            polls,
            time.time() + seconds,
        )
        return self._find(identifier) or job

    async def run_due(self) -> float | None:
        """Carry out what is due; gives the seconds until the next job is, None if there is none.

        Other requests are answered between the steps of a job.
        """
        sql = "SELECT id, due FROM job WHERE status = ? ORDER BY due"
        for identifier, due in self._database.rows(sql, ACTIVE):
            wait = float(due) - time.time()
            if wait > 0:
                return wait
            job = self._find(identifier)
            if job is not None:
                await self._run(job)
        return None

    async def _run(self, job: Job) -> None:
        outcome, status, error = Outcome(), COMPLETED, ""
        steps = self.work(job)
        try:
            while True:
                next(steps)
                await asyncio.sleep(0)
        except StopIteration as done:
            outcome = done.value
        except JobFailed as failure:
            status, error = FAILED, str(failure)
        except Exception:
            _log.exception("a job failed: %s", job.kind)
            status, error = FAILED, "Внутренняя ошибка, см. журнал песочницы"
        self._database.run(
            "UPDATE job SET status = ?, error = ?, file = ?, parts = ? WHERE id = ?",
            status,
            error,
            outcome.file,
            outcome.parts,
            job.id,
        )

    def ask(self, name: str) -> Job | None:
        """How a job stands, counting the question; None if nobody knows it.

        `SoapFault` for a name that is no identifier at all.
        """
        try:
            identifier = str(UUID(name.strip()))
        except ValueError:
            raise SoapFault("Неверный формат уникального идентификатора") from None
        found = self._find(identifier)
        if found is None:
            return None
        rows = self._database.rows("SELECT polls FROM job WHERE id = ?", identifier)
        if found.status == ACTIVE or rows[0][0] <= 0:
            return found
        self._database.run("UPDATE job SET polls = polls - 1 WHERE id = ?", identifier)
        return Job(found.id, found.service, found.kind, found.plan, found.peer)

    def listed(self) -> list[Job]:
        """All jobs there ever were, in no particular order."""
        rows = self._database.rows("SELECT id FROM job")
        return [job for job in (self._find(row[0]) for row in rows) if job is not None]

    def _find(self, identifier: str) -> Job | None:
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM job WHERE id = ?", identifier)  # noqa: S608
        if not rows:
            return None
        names = _COLUMNS.split(", ")
        values = dict(zip(names, rows[0], strict=True))
        return Job(**values | {"part_size": Decimal(values["part_size"])})
