"""Reports that go out by mail on a schedule, each time once.

The letter, its file, its errand and the moment it was due are written in one transaction, and the
errand's key names that moment: however often this is run or killed, a report goes out once. What
was missed while the hub was away goes out once too, for the last time it was due.
"""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store import cursors, journal, outbox
from provodka.connectors.crm_store.outbox import Intent
from provodka.connectors.crm_store.tables.letters import file, message_file
from provodka.connectors.crm_store.tables.talk import message
from provodka.dashboards.rendering import render
from provodka.dashboards.rendering.formatting import period_text
from provodka.dashboards.results import ReportResult
from provodka.flows.hub import Hub
from provodka.flows.mail.boxes import files_folder
from provodka.flows.mail.files import FileStore
from provodka.flows.reports import build_report
from provodka.flows.settings.report_letters import ReportLetter
from provodka.foundation.i18n import _
from provodka.foundation.identifiers import uuid7
from provodka.trigger_rules.cron import Cron

__all__ = ["last_period", "send_reports"]

ORIGIN = "reports"
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
}
ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:stream, 0))")


def send_reports(hub: Hub) -> Counter[str]:
    """Queue every report that is due; counts `letters`."""
    counts: Counter[str] = Counter()
    for wanted in hub.settings.report_letters:
        counts["letters"] += _send(hub, wanted)
    return +counts


def last_period(period: str, today: date) -> tuple[date, date]:
    """The last whole day, week from Monday, or month before a day; the end does not belong."""
    if period == "day":
        return today - timedelta(days=1), today
    if period == "week":
        monday = today - timedelta(days=today.weekday())
        return monday - timedelta(days=7), monday
    first = today.replace(day=1)
    return (first - timedelta(days=1)).replace(day=1), first


def _send(hub: Hub, wanted: ReportLetter) -> int:
    """Queue one report if it is due; how many letters."""
    stream, zone = f"report_letter:{wanted.name}", hub.settings.zone
    now = hub.clock()
    due = _due(hub, wanted, stream, now)
    if due is None:
        return 0
    since, until = last_period(wanted.period, due.astimezone(zone).date())
    period = _midnight(hub, since), _midnight(hub, until)
    result = build_report(hub, wanted.report, period, by=wanted.by, where=wanted.where)
    rendered = render(result, wanted.format)
    content = rendered.encode() if isinstance(rendered, str) else rendered
    digest = hashlib.sha256(content).hexdigest()
    FileStore(files_folder(hub)).keep(digest, lambda: io.BytesIO(content))
    with hub.engine.begin() as connection:
        connection.execute(ALONE, {"stream": stream})
        if _done(connection, stream) == due:
            return 0
        journal.attribute(connection, ORIGIN)
        attached = {
            "name": f"{result.name}.{wanted.format}",
            "content_type": TYPES[wanted.format],
            "size": len(content),
            "sha256": digest,
        }
        for address in wanted.to:
            _queue(connection, hub, result, address, f"{stream}:{due.isoformat()}", attached)
        cursors.move(connection, stream, {"due": due.isoformat()})
    return len(wanted.to)


def _due(hub: Hub, wanted: ReportLetter, stream: str, now: datetime) -> datetime | None:
    """When the report was due last and has not gone out; a new one begins with its next time."""
    with hub.engine.begin() as connection:
        after = _done(connection, stream)
        if after is None:
            cursors.move(connection, stream, {"due": now.isoformat()})
            return None
    return Cron.parse(wanted.at).last(after, now, hub.settings.zone)


def _done(connection: Connection, stream: str) -> datetime | None:
    stored = cursors.read(connection, stream)
    return datetime.fromisoformat(stored["due"]) if stored else None


def _midnight(hub: Hub, day: date) -> datetime:
    return datetime.combine(day, time(), hub.settings.zone)


def _queue(
    connection: Connection,
    hub: Hub,
    result: ReportResult,
    address: str,
    occasion: str,
    attached: dict[str, Any],
) -> None:
    key = uuid7()
    letter = {
        "id": key,
        "recipient": address,
        "subject": f"{hub.settings.company.name}: {result.title}, {period_text(result)}",
        "text": _text(result),
        "attachments": [attached["name"]],
    }
    connection.execute(message.insert().inline(), letter)
    known = insert(file).values(
        sha256=attached["sha256"], size=attached["size"], content_type=attached["content_type"]
    )
    connection.execute(known.on_conflict_do_nothing())
    connection.execute(message_file.insert().inline(), {"message_id": key, "number": 1, **attached})
    outbox.enqueue(
        connection,
        Intent(
            key=f"{occasion}:{address}",
            target="mail",
            operation="letter.send",
            kind="message",
            document=key,
        ),
    )


def _text(result: ReportResult) -> str:
    """What the letter says itself: the period, how fresh, and whether it may be trusted."""
    lines = [f"{result.title}, {period_text(result)}.", _("Отчет во вложении.")]
    if not result.trusted:
        lines.append(_("Отчету нельзя доверять: проверка не сошлась."))
        lines += [f"{check.name}: {check.detail}" for check in result.checks if not check.ok]
    return "\n\n".join(lines) + "\n"
