"""Reports go out by mail when they are due, each time once."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from pydantic import ValidationError
from sqlalchemy import Engine, text

from provodka.flows.hub import Hub
from provodka.flows.report_letters import last_period, send_reports
from provodka.flows.reports import refresh_reports
from provodka.flows.settings import HubSettings
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.located_yaml import parse_yaml

MONDAY = datetime(2026, 11, 23, 4, 5, tzinfo=UTC)
SETTINGS: dict[str, Any] = {
    "company": {"name": "Ромашка", "inn": "7707083893", "zone": "Asia/Yekaterinburg"},
    "mail": {"sender": "hub@romashka.example", "smtp": {"host": "127.0.0.1"}},
    "report_letters": [
        {
            "name": "недельный",
            "report": "calls",
            "to": ["head@romashka.example", "owner@romashka.example"],
        }
    ],
}


@pytest.fixture
def posted(store: Engine, tmp_path: Path) -> Hub:
    """A hub whose clock stands before nine o'clock of a Monday in Yekaterinburg."""
    settings = HubSettings.model_validate(SETTINGS)
    source = parse_yaml("company: {}", Path("hub.yaml"))
    before = MONDAY - timedelta(minutes=30)
    return Hub(settings, source, tmp_path, store, None, None, None, clock=lambda: before)


def letters(store: Engine) -> list[tuple[str, str, str]]:
    query = text(
        "SELECT m.recipient, m.subject, f.sha256 FROM crm.message m"
        " JOIN hub.message_file f ON f.message_id = m.id"
        " JOIN hub.outbox o ON o.document = m.id AND o.target = 'mail' ORDER BY 1"
    )
    with store.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_a_report_goes_out_once_when_it_is_due(posted: Hub, store: Engine) -> None:
    assert send_reports(posted) == {}
    due = replace(posted, clock=lambda: MONDAY)
    assert send_reports(due) == {"letters": 2}
    assert send_reports(due) == {}
    [(first, subject, digest), (second, *_rest)] = letters(store)
    assert (first, second) == ("head@romashka.example", "owner@romashka.example")
    assert subject == "Ромашка: Звонки, с 16.11.2026 по 22.11.2026"
    content = (posted.home / "files" / digest[:2] / digest).read_bytes()
    assert "Звонки" in load_workbook(io.BytesIO(content)).sheetnames


def test_what_was_missed_goes_out_once_for_the_last_time_it_was_due(
    posted: Hub, store: Engine
) -> None:
    send_reports(posted)
    late = replace(posted, clock=lambda: MONDAY + timedelta(days=16))
    assert send_reports(late) == {"letters": 2}
    assert send_reports(late) == {}
    assert {subject for _to, subject, _file in letters(store)} == {
        "Ромашка: Звонки, с 30.11.2026 по 06.12.2026"
    }


def test_a_report_that_is_not_to_be_trusted_says_so_in_its_letter(
    posted: Hub, store: Engine
) -> None:
    send_reports(posted)
    refresh_reports(store)
    with store.begin() as connection:
        connection.execute(
            text("UPDATE report.catalog SET trusted = false, why_not = 'Баланс: 5 и 6'")
        )
    send_reports(replace(posted, clock=lambda: MONDAY))
    with store.connect() as connection:
        [told, _second] = connection.scalars(text("SELECT text FROM crm.message"))
    assert "нельзя доверять" in told
    assert "Баланс: 5 и 6" in told


def test_a_letter_that_cannot_be_made_holds_up_no_other(posted: Hub, store: Engine) -> None:
    [good] = posted.settings.report_letters
    bad = good.model_copy(update={"name": "плохой", "where": {"operator": "Никто"}})
    both = posted.settings.model_copy(update={"report_letters": (bad, good)})
    send_reports(replace(posted, settings=both))
    due = replace(posted, settings=both, clock=lambda: MONDAY)
    for _time in range(2):
        with pytest.raises(ConfigurationError, match="Никто"):
            send_reports(due)
        assert len(letters(store)) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"report": "cals"},
        {"to": []},
        {"to": ["Иванов"]},
        {"by": "courier"},
        {"where": {"stage": "x"}},
        {"at": "завтра"},
    ],
)
def test_a_letter_that_could_never_be_made_is_refused_at_the_start(wrong: dict[str, Any]) -> None:
    [right] = SETTINGS["report_letters"]
    with pytest.raises(ValidationError):
        HubSettings.model_validate({**SETTINGS, "report_letters": [{**right, **wrong}]})


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("day", (date(2026, 2, 28), date(2026, 3, 1))),
        ("week", (date(2026, 2, 16), date(2026, 2, 23))),
        ("month", (date(2026, 2, 1), date(2026, 3, 1))),
    ],
)
def test_a_period_is_the_last_whole_one(period: str, expected: tuple[date, date]) -> None:
    assert last_period(period, date(2026, 3, 1)) == expected
