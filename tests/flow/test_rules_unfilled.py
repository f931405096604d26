"""A check of rules tells of fields that nobody fills in, by the store's own documents."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.flow.trigger_company import Company

from provodka.flows.insight.unfilled import FEW, unfilled
from provodka.trigger_rules.book import RuleBook

RULES = """
rules:
  - name: by_source
    title: Только с сайта
    when: document_created: deal
    if: (deal.source ?? "") == "site"
    do: [{create_task: {subject: Перезвонить}}]
  - name: no_source
    title: Не с сайта
    when: document_created: deal
    if: (deal.source ?? "") != "site"
    do: [{create_task: {subject: Перезвонить}}]
  - name: asks_whether_empty
    title: Источник не указан
    when: document_created: deal
    if: deal.source == null
    do: [{create_task: {subject: Спросить}}]
  - name: writes
    title: СМС клиенту
    when: document_created: deal
    do:
      - send_message: {to: client, text: Спасибо}
      - create_task: {subject: Доставить, executor: courier, due_at: deal.delivery_at}
""".replace("document_created: deal", "{document_created: deal}")


@pytest.fixture
def company(store: Engine, tmp_path: Path) -> Company:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES, encoding="utf-8")
    return Company(store, RuleBook.load([path]))


def deals(company: Company, count: int) -> None:
    company.execute(
        "INSERT INTO crm.deal (title, client_id, kind) SELECT 'Поставка', :client, 'unstaged'"
        " FROM generate_series(1, :count)",
        client=company.client,
        count=count,
    )


def said(company: Company) -> list[str]:
    with company.engine.connect() as connection:
        return [str(one) for one in unfilled(connection, company.book)]


def test_a_field_that_no_document_has_is_warned_of_with_the_count(company: Company) -> None:
    deals(company, FEW + 5)
    told = said(company)
    by_source = [one for one in told if "rules.yaml:6:" in one]
    assert len(by_source) == 1
    assert "deal.source никто не заполняет: заполнено у 0 из 25" in by_source[0]
    assert "правило не сработает" in by_source[0]


def test_a_condition_that_holds_without_the_field_is_told_apart(company: Company) -> None:
    deals(company, FEW)
    [told] = [one for one in said(company) if "rules.yaml:11:" in one]
    assert "правило не сработает" not in told


def test_asking_whether_a_field_is_empty_needs_nobody_to_fill_it(company: Company) -> None:
    deals(company, FEW)
    assert not [one for one in said(company) if "rules.yaml:16:" in one]


def test_dates_that_an_action_needs_are_looked_at_too(company: Company) -> None:
    deals(company, FEW)
    assert any("deal.delivery_at" in one for one in said(company))


def test_one_filled_document_is_enough(company: Company) -> None:
    deals(company, FEW)
    company.execute(
        "UPDATE crm.deal SET source = 'site' WHERE id = (SELECT id FROM crm.deal LIMIT 1)"
    )
    assert not [one for one in said(company) if "deal.source" in one]


def test_nothing_is_concluded_of_a_few_documents(company: Company) -> None:
    deals(company, FEW - 1)
    assert said(company) == []
