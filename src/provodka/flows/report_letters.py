"""Reports that go out by mail on a schedule, each time once.

The letter, its file, its errand and the moment it was due are written in one transaction, and the
errand's key names that moment: however often this is run or killed, a report goes out once. What
was missed while the hub was away goes out once too, for the last time it was due.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

from sqlalchemy import Connection, text

from provodka.connectors.crm_store import cursors, journal
from provodka.flows.hub import Hub
from provodka.flows.report_files import Wanted, make_report_file, queue_letters
from provodka.flows.settings.report_letters import ReportLetter
from provodka.foundation.errors import ProvodkaError
from provodka.trigger_rules.cron import Cron
from provodka.trigger_rules.known_reports import Period, days_of

__all__ = ["last_period", "send_reports"]

ORIGIN = "reports"
LAST: dict[str, Period] = {"day": "yesterday", "week": "last_week", "month": "last_month"}
ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:stream, 0))")


def send_reports(hub: Hub) -> Counter[str]:
    """Queue every report that is due; counts `letters`.

    One that cannot be made holds up no other: what it raises is raised when all were tried, and
    it is tried again the next time.
    """
    counts: Counter[str] = Counter()
    failed: list[ProvodkaError] = []
    for wanted in hub.settings.report_letters:
        try:
            counts["letters"] += _send(hub, wanted)
        except ProvodkaError as error:
            failed.append(error)
    if failed:
        raise failed[0]
    return +counts


def last_period(period: str, today: date) -> tuple[date, date]:
    """The last whole day, week from Monday, or month before a day; the end does not belong."""
    return days_of(LAST[period], today)


def _send(hub: Hub, wanted: ReportLetter) -> int:
    """Queue one report if it is due; how many letters."""
    stream, zone = f"report_letter:{wanted.name}", hub.settings.zone
    now = hub.clock()
    due = _due(hub, wanted, stream, now)
    if due is None:
        return 0
    since, until = last_period(wanted.period, due.astimezone(zone).date())
    made = make_report_file(
        hub, Wanted(wanted.report, since, until, wanted.by, wanted.where, wanted.format)
    )
    with hub.engine.begin() as connection:
        connection.execute(ALONE, {"stream": stream})
        if _done(connection, stream) == due:
            return 0
        journal.attribute(connection, ORIGIN)
        queued = queue_letters(connection, made, wanted.to, f"{stream}:{due.isoformat()}")
        cursors.move(connection, stream, {"due": due.isoformat()})
    return queued


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
