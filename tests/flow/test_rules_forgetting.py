"""What rules remember goes in time, and never what they still need."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from tests.flow.trigger_company import Company

from provodka.connectors.crm_store import rule_memory
from provodka.flows.hub import Hub
from provodka.flows.journal_months import tend_journal
from provodka.flows.settings import Journal
from provodka.flows.triggers.forgetting import forget_old
from provodka.trigger_rules.book import RuleBook

RULES = """
scenario:
  code: two
  name: Два
  stages:
    - {code: first, name: Первый}
    - {code: second, name: Второй}
    - {code: won, name: Успех, kind: won}
    - {code: lost, name: Отказ, kind: lost}
  always_planned: {subject: Связаться}
rules:
  - name: stuck
    title: Застряла
    when: {stage_stayed: second, longer_than: {hours: 2}}
    at_most: {times: 1, per: deal, within: {months: 12}}
    do: [{notify: {to: head, subject: Застряла, text: Застряла}}]
  - name: often
    title: Раз в день
    when: {manual: ping}
    at_most: {times: 1, per: deal, within: {days: 1}}
    do: [{create_task: {subject: Раз}}]
  - name: late
    title: Через полгода
    when: {stage_stayed: second, longer_than: {hours: 3}}
    do:
      - create_task: {subject: Напомнить}
        after: {months: 6}
"""
START = datetime(2026, 1, 12, 9, tzinfo=UTC)
HALF_A_YEAR = timedelta(days=150)


@pytest.fixture
def company(store: Engine, tmp_path: Path) -> Company:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES, encoding="utf-8")
    one = Company(store, RuleBook.load([path]), now=START)
    one.strike()
    return one


def stuck_deal(company: Company) -> UUID:
    """A deal that has stayed at its stage, and the rules know it."""
    deal = company.deal(scenario="two", stage="second", stage_entered_at=START)
    company.now = START + timedelta(hours=5)
    company.strike()
    company.react()
    company.execute("UPDATE crm.signal SET created_at = :now", now=company.now)
    company.react()
    return deal


def forget(company: Company, months: int = 3) -> Counter[str]:
    return forget_old(company.engine, company.book, company.calendar, company.now, months)


def left(company: Company, table: str) -> int:
    return int(company.rows(f"SELECT count(*) FROM {table}")[0][0])


def test_what_is_old_and_settled_goes(company: Company) -> None:
    deal = stuck_deal(company)
    company.update("deal", deal, stage="won")
    company.react()
    company.now += HALF_A_YEAR
    assert forget(company) == Counter(signals=2, waits=1)
    assert left(company, "crm.signal") == left(company, "hub.waiting") == 0
    assert forget(company) == Counter()


def test_a_term_whose_signal_is_gone_is_not_said_again(company: Company) -> None:
    deal = stuck_deal(company)
    company.execute("UPDATE hub.waiting SET state = 'cancelled', settled_at = :at", at=START)
    told = len(company.letters())
    company.now += HALF_A_YEAR
    assert forget(company)["signals"] == 2
    company.strike()
    company.react()
    assert left(company, "crm.signal") == 0
    assert (company.stage(deal), len(company.letters())) == ("second", told)


def test_a_term_that_passes_later_is_said_as_ever(company: Company) -> None:
    stuck_deal(company)
    company.now += HALF_A_YEAR
    forget(company)
    company.deal(scenario="two", stage="second", stage_entered_at=company.now)
    company.now += timedelta(hours=2, minutes=30)
    assert company.strike() == Counter(signals=1)


def test_a_firing_stays_as_long_as_its_cap_counts_it(company: Company) -> None:
    stuck_deal(company)
    company.now += HALF_A_YEAR
    forget(company)
    assert [row.rule for row in company.rows("SELECT rule FROM hub.firing")] == ["stuck"]
    company.now += timedelta(days=300)
    assert forget(company)["firings"] == 1


def test_a_firing_that_no_cap_counts_any_more_goes(company: Company) -> None:
    deal = stuck_deal(company)
    company.execute(
        "INSERT INTO hub.firing (rule, document, occurrence, deal_id, at)"
        " VALUES ('often', :deal, 'x', :deal, :at), ('gone_rule', :deal, 'x', :deal, :at)",
        deal=deal,
        at=START,
    )
    company.now += HALF_A_YEAR
    assert forget(company)["firings"] == 2
    assert [row.rule for row in company.rows("SELECT rule FROM hub.firing")] == ["stuck"]


def test_what_an_action_waits_for_stays(company: Company) -> None:
    stuck_deal(company)
    company.now += HALF_A_YEAR
    assert forget(company) == Counter()
    assert left(company, "hub.waiting WHERE state = 'waiting'") == 1
    assert left(company, "crm.signal") == 2


def test_what_was_set_aside_stays(company: Company) -> None:
    company.execute("UPDATE crm.employee SET email = NULL")
    stuck_deal(company)
    company.execute("UPDATE hub.waiting SET state = 'cancelled', settled_at = :at", at=START)
    assert company.set_aside()
    company.now += HALF_A_YEAR
    assert forget(company)["signals"] == 1
    assert left(company, "crm.signal") == 1


def test_what_the_rules_have_not_read_yet_stays(company: Company) -> None:
    stuck_deal(company)
    company.execute("UPDATE hub.waiting SET state = 'cancelled', settled_at = :at", at=START)
    company.execute("UPDATE hub.delta SET at = :at", at=START)
    company.execute("DELETE FROM hub.cursor WHERE stream = 'triggers'")
    company.now += HALF_A_YEAR
    assert forget(company)["signals"] == 0
    assert left(company, "crm.signal") == 2


def test_who_forgot_is_in_the_journal(company: Company) -> None:
    stuck_deal(company)
    company.execute("UPDATE hub.waiting SET state = 'cancelled', settled_at = :at", at=START)
    company.now += HALF_A_YEAR
    forget(company)
    query = "SELECT DISTINCT origin FROM hub.delta WHERE kind = 'signal' AND op = 'delete'"
    found: list[Any] = company.rows(query)
    assert [row.origin for row in found] == [rule_memory.ORIGIN]


def test_the_journals_keeper_lets_go_of_it_when_the_settings_say_so(hub: Hub) -> None:
    with hub.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO hub.firing (rule, document, occurrence, at)"
                " VALUES ('gone_rule', hub.uuid7(), 'x', now() - interval '5 months')"
            )
        )
    assert tend_journal(hub)["firings_dropped"] == 0
    journal = Journal(keep_rules_months=3)
    keeping = replace(hub, settings=hub.settings.model_copy(update={"journal": journal}))
    assert tend_journal(keeping)["firings_dropped"] == 1
