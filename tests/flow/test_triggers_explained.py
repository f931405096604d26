"""Why rules acted and why not: told with the values that they saw, by the version that acted."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine
from tests.flow.test_triggers_failing import health
from tests.flow.test_triggers_time import company, deal, rewritten
from tests.flow.trigger_company import Company

from provodka.flows.triggers.explaining import Explained, Told, explain
from provodka.flows.triggers.publishing import register
from provodka.foundation.errors import ConfigurationError

RULES = """
rules:
  - name: big
    title: Крупная
    when: {document_changed: deal, field: amount}
    if: deal.amount > 100 and (deal.source ?? "") == "site" and deal.open_tasks == 1
    do: [{create_task: {subject: %s}}]
  - name: small
    title: Мелкая
    when: {document_changed: deal, field: amount}
    if: deal.amount < 10 and deal.open_tasks > 5
    do: [{create_task: {subject: Мелкая}}]
  - name: closed
    title: Закрыта
    when: {deal_closed: lost}
    do: [{create_task: {subject: Закрыта}}]
"""
OTHER_FIELD = "изменилось не то поле или не то значение"


@pytest.fixture
def acted(store: Engine, tmp_path: Path) -> tuple[Company, UUID]:
    """A deal about which a rule has acted once; it has changed much since."""
    one = company(store, tmp_path, RULES % "Первое")
    key = deal(one, source="site", amount=5)
    one.react()
    one.update("deal", key, amount=500)
    one.react()
    one.update("deal", key, source="call")
    one.update("client", one.client, name="ООО Ромашка")
    one.execute("UPDATE crm.task SET status = 'done'")
    one.react()
    return one, key


def told(one: Company, what: str, rule: str = "") -> Explained:
    with one.engine.connect() as connection:
        return explain(connection, one.book, one.calendar, what, rule)


def of(found: Explained, rule: str) -> Told:
    told = [each for occasion in found.occasions for each in occasion.rules if each.rule == rule]
    [only] = [each for each in told if each.why_not != OTHER_FIELD]
    return only


def test_a_rule_that_acted_is_told_with_what_it_saw_then(acted: tuple[Company, UUID]) -> None:
    one, key = acted
    big = of(told(one, str(key)), "big")
    assert big.fired
    assert [(clause.holds, dict(clause.values)) for clause in big.clauses] == [
        (True, {"deal.amount": 500}),
        (True, {"deal.source": "site"}),
        (True, {"deal.open_tasks": 1}),
    ]
    assert [done.action for done in big.done] == ["CreateTask"]


def test_a_rule_that_did_not_act_is_told_with_its_false_clauses(
    acted: tuple[Company, UUID],
) -> None:
    one, key = acted
    small = of(told(one, str(key)), "small")
    assert (small.fired, small.missing, small.near) == (False, 2, False)
    one.execute("UPDATE crm.task SET status = 'done'")
    one.update("deal", key, amount=200, source="site")
    one.react()
    last = told(one, str(key), "big").occasions[-1]
    [big] = last.rules
    assert (big.fired, big.near) == (False, True)
    assert [clause.text for clause in big.clauses if not clause.holds] == ["deal.open_tasks == 1"]


def test_an_effect_is_explained_by_its_key_with_the_version_that_acted(
    acted: tuple[Company, UUID], tmp_path: Path
) -> None:
    one, _key = acted
    [row] = one.rows("SELECT key, rule_version FROM hub.effect WHERE rule = 'big'")
    rewritten(one, tmp_path, RULES.replace("> 100", "> 1000") % "Второе")
    with one.engine.begin() as connection:
        register(connection, one.book, at_once=True)
    [occasion] = told(one, row.key).occasions
    [big] = occasion.rules
    assert (big.rule, big.version, big.fired) == ("big", row.rule_version, True)
    assert big.version != one.book.named["big"].version


def test_a_rule_whose_event_has_not_come_is_told_with_what_it_waits_for(
    acted: tuple[Company, UUID],
) -> None:
    one, key = acted
    assert told(one, str(key)).silent == {"closed": ("deal_closed lost",)}
    with pytest.raises(ConfigurationError) as refused:
        told(one, str(key), "bigg")
    assert "big" in refused.value.expected


def test_what_was_set_aside_is_told_as_trouble(store: Engine, tmp_path: Path) -> None:
    rules = """
rules:
  - name: greet
    title: Сообщение
    when: {document_changed: deal, field: amount}
    do: [{send_message: {to: client, by: sms, text: Здравствуйте}}]
"""
    one = company(store, tmp_path, rules)
    key = deal(one)
    one.update("deal", key, amount=7)
    one.react()
    assert health(one) is not None
    one.update("client", one.client, phone="+79990000001")
    greet = of(told(one, str(key)), "greet")
    assert (greet.fired, greet.done, greet.trouble) == (True, (), "пусто: client.phone")


OF_PAPERS = """
rules:
  - name: dear
    title: Дорогое КП
    when: proposal_posted
    if: proposal.amount > 100
    do: [{create_task: {subject: Дорогое}}]
  - name: paid
    title: Поступили деньги
    when: payment_posted
    if: payment.amount > 100
    do: [{create_task: {subject: Деньги}}]
  - name: called
    title: Позвонил
    when: call_incoming
    do: [{create_task: {subject: Звонок}}]
"""


def test_a_deal_is_asked_about_rules_of_its_papers_too(store: Engine, tmp_path: Path) -> None:
    one = company(store, tmp_path, OF_PAPERS)
    key = deal(one)
    one.proposal(key, "99.00")
    one.pay(one.invoice(key, "500.00"), "500.00")
    one.react()
    dear = of(told(one, str(key), "dear"), "dear")
    assert (dear.fired, [clause.values for clause in dear.clauses]) == (
        False, [{"proposal.amount": 99}],
    )  # fmt: skip
    assert of(told(one, str(key), "paid"), "paid").fired
    assert told(one, str(key), "called").silent == {"called": ("call_incoming",)}
