"""What a person changed by hand stays, unless the field's owner says otherwise; both are told."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from tests.e2e.company import Company as Whole
from tests.e2e.company import run, settle
from tests.e2e.neighbours import CLIENTS, Neighbours
from tests.flow.trigger_company import Company

from provodka.connectors.crm_store.authors import last_changes
from provodka.dashboards.insight.trace import Change, trace
from provodka.flows.hub import Hub
from provodka.trigger_rules.book import RuleBook

RULE = """
scenario:
  code: romashka
  name: Ромашка
  stages:
    - {{code: info_letter, name: Письмо}}
    - {{code: won, name: Успех, kind: won}}
    - {{code: lost, name: Потеря, kind: lost}}
  always_planned: {{subject: Связаться, kind: call, due: {{working_days: 1}}}}
rules:
  - name: revenue
    title: Доход по КП
    when: proposal_posted
    do:
      - set_field: {{document: deal, field: expected_revenue, value: proposal.amount{over}}}
"""


def company_with(store: Engine, folder: Path, over: str = "") -> Company:
    file = folder / "rules.yaml"
    file.write_text(RULE.format(over=over), encoding="utf-8")
    return Company(store, book=RuleBook.load([file]))


def revenue(company: Company, deal: UUID) -> Any:
    [row] = company.rows("SELECT expected_revenue FROM crm.deal WHERE id = :id", id=deal)
    return row.expected_revenue


@pytest.mark.requirement("R6")
@pytest.mark.parametrize("hand", ["person:Котов", "sql:postgres"])
def test_a_rule_does_not_overwrite_what_a_person_corrected(
    store: Engine, tmp_path: Path, hand: str
) -> None:
    company = company_with(store, tmp_path)
    deal = company.deal()
    company.proposal(deal, "50000.00")
    company.react()
    assert revenue(company, deal) == Decimal(50000)
    company.update("deal", deal, hand, expected_revenue=Decimal(42000))
    company.proposal(deal, "90000.00")
    company.react()
    assert revenue(company, deal) == Decimal(42000)
    [skipped] = company.rows("SELECT made FROM hub.effect WHERE made->>'skipped' IS NOT NULL")
    assert skipped.made["skipped"] == "changed_by_hand"


def test_a_value_set_back_to_nothing_by_hand_stays_so(store: Engine, tmp_path: Path) -> None:
    company = company_with(store, tmp_path)
    deal = company.deal(expected_revenue=Decimal(1))
    company.update("deal", deal, expected_revenue=Decimal(0))
    company.proposal(deal)
    company.react()
    assert revenue(company, deal) == 0


def test_a_rule_fills_what_a_document_was_created_with_and_what_other_rules_wrote(
    store: Engine, tmp_path: Path
) -> None:
    company = company_with(store, tmp_path)
    deal = company.deal(expected_revenue=Decimal(1))
    company.update("deal", deal, title="Другое поле, исправленное рукой")
    for amount in ("50000.00", "60000.00"):
        company.proposal(deal, amount)
        company.react()
        assert revenue(company, deal) == Decimal(amount)


def test_a_rule_that_is_told_to_has_the_last_word(store: Engine, tmp_path: Path) -> None:
    company = company_with(store, tmp_path, over=", over_hand: true")
    deal = company.deal()
    company.update("deal", deal, expected_revenue=Decimal(42000))
    company.proposal(deal, "90000.00")
    company.react()
    assert revenue(company, deal) == Decimal(90000)


@pytest.fixture
def buyer(company: Whole) -> Any:
    return company.buyers[0]


def ref(company: Whole, key: UUID) -> str:
    return str(company.value("SELECT external_key FROM hub.binding WHERE document = :k", k=key))


def name(company: Whole, key: UUID) -> str:
    return str(company.value("SELECT full_name FROM crm.client WHERE id = :k", k=key))


@pytest.mark.requirement("R6")
def test_a_pull_leaves_a_hand_edit_and_takes_what_1c_changed_beside_it(
    hub: Hub, company: Whole, sandbox: Neighbours, buyer: Any
) -> None:
    company.execute("UPDATE crm.client SET full_name = 'По-нашему' WHERE id = :k", k=buyer.id)
    sandbox.patch(CLIENTS, ref(company, buyer.id), Description="Переименован там")
    run(hub, "catalogs")
    assert name(company, buyer.id) == "По-нашему"
    assert company.value("SELECT name FROM crm.client WHERE id = :k", k=buyer.id) == (
        "Переименован там"
    )
    settle(hub, 1)
    [there] = sandbox.rows(CLIENTS, f"Ref_Key eq guid'{ref(company, buyer.id)}'")
    assert there["НаименованиеПолное"] == "По-нашему"
    assert company.conflicts() == []


@pytest.mark.requirement("R6")
def test_a_change_there_of_what_was_edited_here_asks_and_overwrites_nothing(
    hub: Hub, company: Whole, sandbox: Neighbours, buyer: Any
) -> None:
    company.execute("UPDATE crm.client SET full_name = 'По-нашему' WHERE id = :k", k=buyer.id)
    sandbox.patch(CLIENTS, ref(company, buyer.id), НаименованиеПолное="По-ихнему")
    run(hub, "catalogs")
    settle(hub, 1)
    assert name(company, buyer.id) == "По-нашему"
    [there] = sandbox.rows(CLIENTS, f"Ref_Key eq guid'{ref(company, buyer.id)}'")
    assert there["НаименованиеПолное"] == "По-ихнему"
    assert [one.field for one in company.conflicts()] == ["full_name"]


def test_an_edit_from_before_the_last_comparison_gives_way_where_the_later_change_has_the_word(
    hub: Hub, company: Whole, sandbox: Neighbours, buyer: Any
) -> None:
    company.execute("UPDATE crm.client SET full_name = 'Давнее наше' WHERE id = :k", k=buyer.id)
    company.execute(
        "UPDATE hub.delta SET at = at - interval '2 hours' WHERE document = :k", k=buyer.id
    )
    sandbox.patch(CLIENTS, ref(company, buyer.id), НаименованиеПолное="Новое там")
    run(hub, "catalogs")
    assert name(company, buyer.id) == "Новое там"
    assert company.conflicts() == []
    with hub.engine.connect() as connection:
        story = trace(connection, str(buyer.id))
    told = [
        (node.origin, field.after)
        for node in story.roots
        if isinstance(node, Change)
        for entry in node.entries
        for field in entry.fields
        if field.field == "full_name"
    ]
    assert ("person:Котов", "Давнее наше") in told
    assert ("onec", "Новое там") in told


def test_a_field_that_1c_owns_follows_1c_and_the_history_shows_both(
    hub: Hub, company: Whole, sandbox: Neighbours
) -> None:
    product = company.rows("SELECT id, name FROM crm.product ORDER BY name")[0]
    company.execute("UPDATE crm.product SET name = 'Рукой' WHERE id = :k", k=product.id)
    sandbox.patch("Catalog_Номенклатура", ref(company, product.id), Description="Владелец 1С")
    run(hub, "catalogs")
    rows = company.rows(
        "SELECT origin, after->>'name' AS name FROM hub.delta WHERE document = :k ORDER BY id",
        k=product.id,
    )
    assert [tuple(row) for row in rows][1:] == [("person:Котов", "Рукой"), ("onec", "Владелец 1С")]


def test_a_field_that_only_comes_in_keeps_its_base_when_others_are_sent(
    hub: Hub, company: Whole, sandbox: Neighbours, buyer: Any
) -> None:
    key = ref(company, buyer.id)
    company.execute("UPDATE crm.client SET full_name = 'Отправлено' WHERE id = :k", k=buyer.id)
    settle(hub, 1)
    [row] = sandbox.rows(CLIENTS, f"Ref_Key eq guid'{key}'")
    lines = [
        line | {"Представление": "other@example.org", "АдресЭП": "other@example.org"}
        if line["Тип"] == "АдресЭлектроннойПочты" else line
        for line in row["КонтактнаяИнформация"]
    ]  # fmt: skip
    sandbox.patch(CLIENTS, key, КонтактнаяИнформация=lines)
    run(hub, "catalogs")
    assert company.conflicts() == []
    assert company.value("SELECT email FROM crm.client WHERE id = :k", k=buyer.id) == (
        "other@example.org"
    )


def test_who_changed_a_cell_is_told_by_its_line(hub: Hub, company: Whole) -> None:
    key = company.bill(company.deal())
    company.execute("UPDATE crm.invoice_lines SET price = 7", origin="person:Орлова")
    company.execute("UPDATE crm.invoice SET comment = 'x'", origin="onec")
    with hub.engine.connect() as connection:
        found = last_changes(connection, "invoice", key, but="onec")
    assert found["lines.1.price"].origin == "person:Орлова"
    assert found["lines.1.quantity"].origin == "person:Котов"
    assert found["comment"].origin == "person:Котов"
