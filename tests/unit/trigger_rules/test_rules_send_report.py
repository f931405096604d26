"""The action that sends reports: what it offers, its periods, and its mistakes at load."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from provodka.dashboards.reports.catalog import reports
from provodka.foundation.errors import ConfigurationError
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.known_reports import REPORTS, Period, days_of
from provodka.trigger_rules.unproduced import Connected, unproduced

RULE = """\
rules:
  - name: results
    title: Итоги
    when: {schedule: organization, cron: '0 9 1 * *'}
    do:
      - send_report: {%s}
"""


def loaded(tmp_path: Path, body: str) -> RuleBook:
    path = tmp_path / "rules.yaml"
    path.write_text(RULE % body, encoding="utf-8")
    return RuleBook.load([path])


def test_rules_offer_every_report_with_its_breakdowns_and_filters() -> None:
    told = {name: (one.breakdowns, one.filters) for name, one in reports().items()}
    assert {name: (one.by, one.where) for name, one in REPORTS.items()} == told


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("today", (date(2026, 3, 1), date(2026, 3, 2))),
        ("yesterday", (date(2026, 2, 28), date(2026, 3, 1))),
        ("this_week", (date(2026, 2, 23), date(2026, 3, 2))),
        ("last_week", (date(2026, 2, 16), date(2026, 2, 23))),
        ("last_month", (date(2026, 2, 1), date(2026, 3, 1))),
        ("this_quarter", (date(2026, 1, 1), date(2026, 3, 2))),
        ("last_quarter", (date(2025, 10, 1), date(2026, 1, 1))),
        ("last_year", (date(2025, 1, 1), date(2026, 1, 1))),
    ],
)
def test_a_period_in_words_is_these_days(period: Period, expected: tuple[date, date]) -> None:
    assert days_of(period, date(2026, 3, 1)) == expected


@pytest.mark.parametrize(
    ("body", "code", "column"),
    [
        ("report: vins, to: head", "unknown_report", 23),
        ("report: wins, by: hour, to: head", "unknown_breakdown", 37),
        ("report: wins, where: {courier: Я}, to: head", "unknown_filter", 45),
        ("report: wins, where: {manager: '{{ x'}, to: head", "template_syntax", 45),
        ("report: wins, to: [head, employee]", "unknown_recipient", 48),
    ],
)
def test_a_mistake_is_told_with_its_line_and_column(
    tmp_path: Path, body: str, code: str, column: int
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        loaded(tmp_path, body)
    assert caught.value.code == code
    place = caught.value.place
    assert place is not None
    assert (place.line, place.column) == (6, column)


@pytest.mark.parametrize("to", ["", "to: []", "to: [нигде]", "to: client", "period: last_decade"])
def test_a_report_for_nobody_or_of_no_time_is_refused(tmp_path: Path, to: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        loaded(tmp_path, f"report: wins, {to}")
    assert caught.value.place is not None
    assert caught.value.place.line == 6


def test_without_mail_it_is_said_that_no_report_can_go_out(tmp_path: Path) -> None:
    book = loaded(tmp_path, "report: wins, role: head")
    [warning] = unproduced(book, Connected())
    assert (warning.code, warning.found) == ("unknown_channel", "канал «mail» не подключен")
    assert list(unproduced(book, Connected(channels=["mail"]))) == []
