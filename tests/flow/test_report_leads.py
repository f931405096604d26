"""Leads and proposals, counted on fingers over the seven deals."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import Engine
from tests.contract.dashboards.conftest import seven_deals
from tests.contract.dashboards.histories import day, key
from tests.flow.report_books import ask, tell, told_rows

pytestmark = pytest.mark.requirement("R109")


@pytest.fixture
def counted_leads(store: Engine) -> Engine:
    told = seven_deals()
    hour = 1 / 24
    # Born on the second. A draft, sent at noon of Monday the 12th, and sent once more later.
    told.put("proposal", 41, 2, deal_id=str(key(1)), sent_at=None)
    told.put("proposal", 41, 11 + 9 * hour, sent_at=day(11 + 9 * hour).isoformat())
    told.put("proposal", 41, 15, sent_at=day(15).isoformat())
    told.put("proposal", 42, 6, deal_id=str(key(3)), sent_at=None)
    told.put(
        "task",
        51,
        4,
        subject="Перезвонить",
        status="open",
        deal_id=str(key(4)),
        due_at=day(8).isoformat(),
    )
    tell(store, told)
    return store


def test_a_lead_lost_before_it_was_qualified_competes(counted_leads: Engine) -> None:
    result = ask(counted_leads, "leads", 20)
    assert result.trusted
    [row] = told_rows(result.table("conversion"))
    # Born on days 1, 1, 2, 3, 4; on the offer after 2, 2 and 0 days; lost after 4; one waits.
    assert (row["qualified"], row["lost"], row["n_censored"], row["overdue"]) == (3, 1, 1, 1)
    assert row["share"] == (3, 5)
    assert row["within_1"] == Decimal("0.00")


def test_an_earlier_instant_knows_only_what_had_happened(counted_leads: Engine) -> None:
    [row] = told_rows(ask(counted_leads, "leads", 3.5).table("conversion"))
    assert (row["leads"], row["qualified"], row["n_censored"]) == (4, 1, 3)
    assert row["overdue"] == 0


def test_the_first_sending_counts_in_working_hours(counted_leads: Engine) -> None:
    [row] = told_rows(ask(counted_leads, "leads", 20).table("proposal"))
    assert (row["proposed"], row["sent"], row["n_censored"], row["without"]) == (2, 1, 1, 3)
    # From the holidays until noon of the first working day: three hours from nine o'clock.
    assert row["median"] == Decimal("3.00")
    assert row["p90"] is None


def test_an_unsent_draft_has_no_time_yet(counted_leads: Engine) -> None:
    [row] = told_rows(ask(counted_leads, "leads", 10).table("proposal"))
    assert (row["proposed"], row["sent"], row["median"]) == (2, 0, None)
