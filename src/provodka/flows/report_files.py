"""A report as a file in letters: computed, kept, and queued for each address once."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store import outbox
from provodka.connectors.crm_store.outbox import Intent
from provodka.connectors.crm_store.tables.hub import outbox as errands
from provodka.connectors.crm_store.tables.letters import file, message_file
from provodka.connectors.crm_store.tables.talk import message
from provodka.dashboards.rendering import render
from provodka.dashboards.rendering.formatting import period_text
from provodka.dashboards.results import ReportResult
from provodka.flows.hub import Hub
from provodka.flows.mail.boxes import files_folder
from provodka.flows.mail.files import FileStore
from provodka.flows.reports import build_report
from provodka.foundation.i18n import _
from provodka.foundation.identifiers import uuid7

__all__ = ["ReportFile", "Wanted", "make_report_file", "queue_letters"]

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report that is to go out, over the days [since, until) of the company's zone."""

    report: str
    since: date
    until: date
    by: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    format: str = "xlsx"


@dataclass(frozen=True, slots=True)
class ReportFile:
    """The report's file, kept among the files of letters, and what the letter says with it."""

    subject: str
    text: str
    name: str
    content_type: str
    size: int
    sha256: str


def make_report_file(hub: Hub, wanted: Wanted) -> ReportFile:
    """Compute the report and keep its file; nothing is written into the store but its tables.

    Raises `ConfigurationError` for an unknown report, breakdown or filter.
    """
    period = _midnight(hub, wanted.since), _midnight(hub, wanted.until)
    result = build_report(hub, wanted.report, period, by=wanted.by, where=wanted.where)
    rendered = render(result, wanted.format)
    content = rendered.encode() if isinstance(rendered, str) else rendered
    digest = hashlib.sha256(content).hexdigest()
    FileStore(files_folder(hub)).keep(digest, lambda: io.BytesIO(content))
    return ReportFile(
        subject=f"{hub.settings.company.name}: {result.title}, {period_text(result)}",
        text=_text(result),
        name=f"{result.name}.{wanted.format}",
        content_type=TYPES[wanted.format],
        size=len(content),
        sha256=digest,
    )


def queue_letters(
    connection: Connection,
    made: ReportFile,
    addresses: Sequence[str],
    occasion: str,
    cause: tuple[int | None, int] = (None, 0),
) -> int:
    """Queue the letter to those who have none of this occasion yet; how many letters.

    `cause` is the change that led to it and how deep it is.
    """
    keys = {f"{occasion}:{address}": address for address in addresses}
    known = select(errands.c.key).where(errands.c.key.in_(keys))
    there = set(connection.scalars(known))
    new = {key: address for key, address in keys.items() if key not in there}
    for key, address in new.items():
        _queue(connection, made, address, key, cause)
    return len(new)


def _queue(
    connection: Connection, made: ReportFile, address: str, key: str, cause: tuple[int | None, int]
) -> None:
    new = uuid7()
    letter = {
        "id": new,
        "recipient": address,
        "subject": made.subject,
        "text": made.text,
        "attachments": [made.name],
    }
    connection.execute(message.insert().inline(), letter)
    attached = {"size": made.size, "content_type": made.content_type, "sha256": made.sha256}
    connection.execute(insert(file).values(**attached).on_conflict_do_nothing())
    connection.execute(
        message_file.insert().inline(),
        {"message_id": new, "number": 1, "name": made.name, **attached},
    )
    why, depth = cause
    outbox.enqueue(
        connection,
        Intent(key, "mail", "letter.send", "message", new, cause=why, depth=depth),
    )


def _midnight(hub: Hub, day: date) -> datetime:
    return datetime.combine(day, time(), hub.settings.zone)


def _text(result: ReportResult) -> str:
    """What the letter says itself: the period, how fresh, and whether it may be trusted."""
    lines = [f"{result.title}, {period_text(result)}.", _("Отчет во вложении.")]
    if not result.trusted:
        lines.append(_("Отчету нельзя доверять: проверка не сошлась."))
        lines += [f"{check.name}: {check.detail}" for check in result.checks if not check.ok]
    return "\n\n".join(lines) + "\n"
