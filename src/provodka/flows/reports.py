"""Report tables follow the journal: only what has changed is recomputed, and checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from provodka.dashboards.reports import answers, keeping
from provodka.dashboards.reports.behind import gathering
from provodka.dashboards.reports.catalog import reports, run
from provodka.dashboards.results import ReportQuery, ReportResult
from provodka.flows.hub import Hub
from provodka.foundation.i18n import speaking
from provodka.trigger_rules.calendars import Calendars

if TYPE_CHECKING:
    from provodka.dashboards.reports.keeping import Compared

__all__ = [
    "build_report",
    "calendars_of",
    "check_reports",
    "gather_lists",
    "rebuild_reports",
    "refresh_reports",
    "renew_answers",
]

KEPT_IN = "ru"
"""The language of `report.catalog`, which all readers share."""


def refresh_reports(engine: Engine) -> Counter[str]:
    """Bring the report tables up to the journal's end; counts `deltas`, `deals`, `versions`.

    What the tables say of themselves is Russian, as their comments are, whoever has asked.
    """
    with speaking(KEPT_IN), engine.begin() as connection:
        return keeping.refresh_all(connection)


def check_reports(engine: Engine, now: datetime, *, at_once: bool = False) -> Counter[str]:
    """Check all balances of all reports, once a day or at once; counts `checked`, `untrusted`."""
    with speaking(KEPT_IN), engine.begin() as connection:
        return keeping.check_all(connection, now, at_once=at_once)


def renew_answers(hub: Hub) -> Counter[str]:
    """Make the answers anew that people look at and that have aged, and those of first questions.

    Counts `answers` and `prepared`.
    """
    now, calendars = hub.clock(), calendars_of(hub)
    counts = answers.renew(hub.engine, now, calendars)
    return +(counts + answers.prepare(hub.engine, _first_questions(hub, calendars), now))


def gather_lists(hub: Hub) -> Counter[str]:
    """Gather the documents behind the numbers of answers; counts `lists`."""
    return +gathering.gather(hub.engine, hub.clock(), calendars_of(hub))


def _first_questions(hub: Hub, calendars: Calendars) -> dict[str, ReportQuery]:
    """What the page of each report asks when it is opened."""
    from provodka.dashboards.web.pages.reports.periods import days_of, midnight

    zone = hub.settings.zone
    _named, first, last = days_of({}, hub.clock().astimezone(zone).date())
    since, until = midnight(first, zone), midnight(last + timedelta(days=1), zone)
    return {
        name: ReportQuery(since, until, zone=zone, calendars=calendars if one.working else None)
        for name, one in reports().items()
    }


def rebuild_reports(engine: Engine, *, keep: bool) -> Compared:
    """Build the report tables anew and compare with what the refreshes had made.

    Nothing is kept of it unless told so: a check alone leaves the tables as they are.
    """
    same_journal = engine.execution_options(isolation_level="REPEATABLE READ")
    with speaking(KEPT_IN), same_journal.connect() as connection:
        compared = keeping.rebuild_all(connection)
        if keep:
            connection.commit()
        else:
            connection.rollback()
    return compared


def calendars_of(hub: Hub) -> Calendars:
    """The calendars that people work by: the company's and those of its files of rules."""
    return hub.book.calendars(hub.calendar)


def build_report(
    hub: Hub,
    name: str,
    period: tuple[datetime, datetime],
    *,
    as_of: datetime | None = None,
    by: str | None = None,
    where: Mapping[str, str] | None = None,
) -> ReportResult:
    """One report over a half-open period, after its tables were brought up to the journal."""
    known = reports().get(name.replace("-", "_"))
    calendars = calendars_of(hub) if known and known.working else None
    query = ReportQuery(
        *period, as_of=as_of, by=by, where=where or {}, zone=hub.settings.zone, calendars=calendars
    )
    refresh_reports(hub.engine)
    with hub.engine.connect() as connection:
        return run(connection, name, query)
