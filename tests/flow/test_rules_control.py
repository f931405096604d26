"""Control without a scenario: what was forgotten is found, and said once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from tests.flow.trigger_company import Company

from provodka.trigger_rules.book import RULES, RuleBook

MONDAY = datetime(2026, 11, 23, 3, tzinfo=UTC)
MORNING = MONDAY + timedelta(hours=1, minutes=30)


@pytest.fixture
def company(store: Engine) -> Company:
    one = Company(store, RuleBook.load([RULES / "control.yaml"]), now=MONDAY)
    one.strike()
    return one


def deal(company: Company) -> UUID:
    return company.deal(kind="unstaged", scenario=None, stage=None)


def subjects(company: Company) -> list[str]:
    return [letter.subject for letter in company.letters()]


@pytest.mark.requirement("R31")
def test_a_talk_that_ends_without_a_next_one_asks_for_it_today(company: Company) -> None:
    key = deal(company)
    talk = company.insert(
        "interaction", deal_id=key, kind="meeting", direction="outgoing", status="planned",
        at=company.now,
    )  # fmt: skip
    company.react()
    company.update("interaction", talk, status="done")
    company.react()
    assert company.tasks(key) == ["Запланировать следующее взаимодействие"]


@pytest.mark.requirement("R31")
def test_a_talk_that_ends_with_a_next_one_planned_asks_for_nothing(company: Company) -> None:
    key = deal(company)
    company.insert("task", subject="Позвонить", deal_id=key, executor_id=company.manager)
    talk = company.insert(
        "interaction", deal_id=key, kind="meeting", direction="outgoing", status="planned",
        at=company.now,
    )  # fmt: skip
    company.react()
    company.update("interaction", talk, status="done")
    company.react()
    assert company.tasks(key) == ["Позвонить"]


@pytest.mark.requirement("R30", "R31")
def test_deals_without_a_next_step_are_told_of_every_morning_until_they_have_one(
    company: Company,
) -> None:
    key = deal(company)
    company.react()
    for morning in range(2):
        company.now = MORNING + timedelta(days=morning)
        company.strike()
        company.react()
        company.strike()
        company.react()
    assert len([one for one in subjects(company) if "нет следующего шага" in one]) == 2
    company.insert("task", subject="Позвонить", deal_id=key, executor_id=company.manager)
    company.now = MORNING + timedelta(days=2)
    company.strike()
    company.react()
    assert len([one for one in subjects(company) if "нет следующего шага" in one]) == 2


@pytest.mark.requirement("R95")
def test_a_deal_lost_without_a_reason_is_asked_about(company: Company) -> None:
    company.update("deal", deal(company), status="lost")
    company.update("deal", deal(company), status="lost", lost_reason="Дорого")
    company.react()
    assert len([one for one in subjects(company) if "почему проиграна" in one]) == 1
