"""What reports over stages share: names as of the instant, calendars over the visits' days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from provodka.dashboards.reports.as_of import AsOf, group_labels
from provodka.dashboards.reports.funnel_tables import Words
from provodka.dashboards.reports.working_time import working_parameters

__all__ = ["calendar_parameters", "words_of"]


def words_of(
    connection: Connection, asked: AsOf, stages: Sequence[Row[Any]], groups: Iterable[str]
) -> Words:
    """Names of scenarios and stages, rows of `sql/stages.sql`, and of the groups."""
    return Words(
        {row.scenario: row.scenario_name for row in stages},
        {(row.scenario, row.stage): row.name for row in stages},
        group_labels(connection, asked, set(groups)),
    )


def calendar_parameters(connection: Connection, asked: AsOf) -> dict[str, Any]:
    """Working days from the first visit of all, or the first deal's birth, to the instant."""
    first: datetime | None = connection.execute(
        text("SELECT least(min(entered_at), min(deal_created_at)) FROM report.stage_visit")
    ).scalar()
    begins = min(first or asked.at, asked.at).date()
    return working_parameters(asked.query.working, begins, asked.at.date())
