"""What actions of rules do on a real store, each by itself."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine
from tests.flow.trigger_company import FRIDAY, Company

from provodka.trigger_rules.book import RuleBook

HEAD = """
scenario:
  code: sales
  name: Продажи
  stages:
    - {code: first, name: Первый}
    - {code: second, name: Второй}
    - {code: third, name: Третий}
    - {code: won, name: Выиграна, kind: won}
    - {code: lost, name: Проиграна, kind: lost}
  always_planned: {subject: Связаться с клиентом}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def company(store: Engine, folder: Path, rules: str) -> Company:
    path = folder / "rules.yaml"
    path.write_text(HEAD + rules, encoding="utf-8")
    return Company(store, RuleBook.load([path]))


def deal(company: Company, **values: object) -> UUID:
    return company.deal(**{"scenario": "sales", "stage": "first", **values})


def robot(do: str, more: str = "") -> str:
    return f"robots:\n  - {{name: robot, title: Робот, stage: second, {more} do: [{do}]}}\n"


def enter_second(company: Company, key: UUID) -> None:
    company.update("deal", key, stage="second")
    company.react()


@pytest.mark.requirement("R51")
@pytest.mark.parametrize(("action", "kind"), [("plan_meeting", "meeting"), ("plan_call", "call")])
def test_a_robot_plans_a_talk_when_the_deal_enters_its_stage(
    store: Engine, folder: Path, action: str, kind: str
) -> None:
    one = company(store, folder, robot(f"{action}: {{subject: Показать образцы}}"))
    enter_second(one, deal(one))
    [task] = one.rows("SELECT kind, executor_id FROM crm.task WHERE rule = 'robot'")
    assert (task.kind, task.executor_id) == (kind, one.manager)


@pytest.mark.requirement("R51")
def test_a_copied_deal_has_the_same_items_and_is_a_deal_of_its_own(
    store: Engine, folder: Path
) -> None:
    one = company(store, folder, robot("copy_deal: {title: Повторная поставка}"))
    key = deal(one, amount=500)
    product = one.insert("product", name="Вода 19 л")
    one.execute(
        "INSERT INTO crm.deal_items (deal_id, line, product_id, quantity, price, amount)"
        " VALUES (:deal, 1, :product, 2, 250, 500)",
        deal=key,
        product=product,
    )
    enter_second(one, key)
    [copy] = one.rows("SELECT * FROM crm.deal WHERE id <> :id", id=key)
    assert (copy.title, copy.stage, copy.stage_entry) == ("Повторная поставка", "first", 1)
    assert (copy.responsible_id, copy.amount) == (one.manager, 500)
    [item] = one.rows("SELECT * FROM crm.deal_items WHERE deal_id = :id", id=copy.id)
    assert (item.product_id, item.amount) == (product, 500)
    one.react()
    assert len(one.rows("SELECT FROM crm.deal")) == 2


@pytest.mark.requirement("R51")
def test_an_archived_deal_is_a_tombstone_with_no_open_tasks(store: Engine, folder: Path) -> None:
    one = company(store, folder, robot("archive_deal: {reason: Некачественный лид}"))
    key = deal(one)
    one.insert("task", subject="Своя", deal_id=key, author_id=one.manager)
    enter_second(one, key)
    [row] = one.rows("SELECT deleted_at, lost_reason FROM crm.deal")
    assert row.deleted_at is not None
    assert row.lost_reason == "Некачественный лид"
    assert one.tasks(key) == []


@pytest.mark.requirement("R51")
def test_a_paused_deal_is_asked_for_no_next_step_until_its_time(
    store: Engine, folder: Path
) -> None:
    one = company(store, folder, robot("pause_deal: {length: {days: 30}}"))
    key = deal(one, stage="second")
    one.react()
    [row] = one.rows("SELECT paused_at, paused_until FROM crm.deal")
    assert row.paused_until == FRIDAY + timedelta(days=30)
    assert one.tasks(key) == []
    one.now = FRIDAY + timedelta(days=31)
    one.strike()
    one.react()
    [row] = one.rows("SELECT paused_at, paused_until FROM crm.deal")
    assert (row.paused_at, row.paused_until) == (None, None)
    assert one.tasks(key) == ["Связаться с клиентом"]


@pytest.mark.requirement("R51", "R25")
def test_a_document_made_from_a_document_has_its_fields_and_lines(
    store: Engine, folder: Path
) -> None:
    rules = """
rules:
  - name: bill
    title: КП проведено — счет
    when: proposal_posted
    do: [{create_document: {kind: invoice, posted: true, set: {due_date: "d'2026-12-01'"}}}]
"""
    one = company(store, folder, rules)
    key = deal(one)
    product = one.insert("product", name="Вода 19 л")
    proposal = one.proposal(key, "500.00", posted=False)
    one.execute(
        "INSERT INTO crm.proposal_lines (proposal_id, line, product_id, quantity, price, amount)"
        " VALUES (:proposal, 1, :product, 2, 250, 500)",
        proposal=proposal,
        product=product,
    )
    one.update("proposal", proposal, posted=True)
    one.react()
    [invoice] = one.rows("SELECT * FROM crm.invoice")
    assert (invoice.proposal_id, invoice.deal_id, invoice.amount) == (proposal, key, 500)
    assert (invoice.posted, invoice.due_date) == (True, date(2026, 12, 1))
    [line] = one.rows("SELECT * FROM crm.invoice_lines WHERE invoice_id = :id", id=invoice.id)
    assert (line.product_id, line.quantity) == (product, 2)


@pytest.mark.requirement("R52", "R71")
def test_a_text_message_is_queued_for_its_own_channel_with_its_names_filled_in(
    store: Engine, folder: Path
) -> None:
    do = "send_message: {to: client, by: sms, text: 'Заказ {{ deal.number }} в пути'}"
    one = company(store, folder, robot(do))
    one.update("client", one.client, phone="+79990000001")
    key = deal(one, number="СД-7")
    enter_second(one, key)
    [message] = one.rows("SELECT * FROM crm.message WHERE channel = 'sms'")
    assert (message.recipient, message.text) == ("+79990000001", "Заказ СД-7 в пути")
    [errand] = one.rows("SELECT target, operation, document FROM hub.outbox WHERE target = 'sms'")
    assert tuple(errand) == ("sms", "message.send", message.id)


def test_a_missing_variable_of_a_text_is_an_error_with_its_name(
    store: Engine, folder: Path
) -> None:
    do = "send_message: {to: client, text: 'Заказ {{ deal.numer }}'}"
    one = company(store, folder, robot(do))
    one.update("client", one.client, phone="+79990000001")
    enter_second(one, deal(one))
    assert one.letters() == []
    [trouble] = one.set_aside()
    assert "numer" in trouble.found


@pytest.mark.requirement("R52")
def test_a_letter_in_a_thread_answers_the_deals_last_letter(store: Engine, folder: Path) -> None:
    do = "send_letter: {to: client, template: info_letter, reply_to: head, in_thread: true}"
    one = company(store, folder, robot(do))
    key = deal(one)
    one.insert(
        "message", direction="incoming", status="received", sender="buyer@landysh.test",
        deal_id=key, message_id="<1@landysh.test>",
    )  # fmt: skip
    enter_second(one, key)
    [letter] = one.letters("info_letter")
    assert letter.in_reply_to == "<1@landysh.test>"
    assert letter.reply_to == "head@romashka.test"


@pytest.mark.requirement("R53")
def test_an_audience_gets_only_hashes_and_each_once(store: Engine, folder: Path) -> None:
    one = company(store, folder, robot("add_to_audience: {audience: buyers}"))
    enter_second(one, deal(one))
    enter_second(one, deal(one))
    [row] = one.rows("SELECT * FROM hub.audience")
    assert (row.list, row.kind, len(row.hash)) == ("buyers", "email", 64)


def test_a_webhook_is_put_into_the_outbox_with_exact_values(store: Engine, folder: Path) -> None:
    do = "call_webhook: {to: warehouse, send: {number: deal.number, amount: deal.amount}}"
    one = company(store, folder, robot(do))
    enter_second(one, deal(one, number="СД-7", amount="10.10"))
    [errand] = one.rows("SELECT * FROM hub.outbox WHERE target = 'webhook:warehouse'")
    assert errand.operation == "webhook.call"
    assert errand.payload["values"]["number"] == "СД-7"
    assert str(errand.payload["values"]["amount"]) == "10.10"


def test_a_process_that_a_rule_starts_wakes_the_rules_that_wait_for_it(
    store: Engine, folder: Path
) -> None:
    rules = (
        robot("start_process: {process: samples}")
        + """
rules:
  - name: send_samples
    title: Процесс образцов
    when: {process_started: samples}
    do: [{create_task: {subject: Отправить образцы}}]
"""
    )
    one = company(store, folder, rules)
    key = deal(one)
    enter_second(one, key)
    assert "Отправить образцы" in one.tasks(key)
    [signal] = one.rows("SELECT name, about FROM crm.signal")
    assert tuple(signal) == ("process_started", key)


RELATED = """
rules:
  - name: bottles
    title: Тара физлицу — позвонить
    when: {stage_entered: second}
    if: >-
      deal.client.kind == "individual" and "returnable" in deal.items.kinds
      and (deal.responsible&.department&.name ?? "") == "Отдел доставки"
    do: [{create_task: {subject: Тара}}]
  - name: billed
    title: Счет физлица
    when: invoice_posted
    if: invoice.lines.count == 0 and (invoice.deal&.client&.kind ?? "") == "individual"
    do: [{create_task: {subject: Счет}}]
"""


@pytest.mark.parametrize("kind", ["individual", "legal_entity"])
def test_conditions_see_related_documents_and_sections_of_the_store(
    store: Engine, folder: Path, kind: str
) -> None:
    one = company(store, folder, RELATED)
    one.update("client", one.client, kind=kind)
    department = one.insert("department", name="Отдел доставки")
    one.update("employee", one.manager, department_id=department)
    key = deal(one)
    product = one.insert("product", name="Бутыль", kind="returnable")
    one.execute(
        "INSERT INTO crm.deal_items (deal_id, line, product_id, quantity, price, amount)"
        " VALUES (:deal, 1, :product, 2, 250, 500)",
        deal=key,
        product=product,
    )
    enter_second(one, key)
    one.invoice(key)
    one.react()
    assert one.set_aside() == []
    made = {"Тара", "Счет"} & set(one.tasks(key))
    assert made == ({"Тара", "Счет"} if kind == "individual" else set())


TRIGGER = """
triggers:
  - {name: came, title: Позвонил, when: call_incoming, move_to: third%s}
"""


@pytest.mark.requirement("R49", "R50", "R55")
@pytest.mark.parametrize(
    ("more", "stage"), [("", "third"), (", may_skip: false", "first"), (", if: '1 > 2'", "first")]
)
def test_a_trigger_moves_the_open_deals_of_the_client_past_stages_if_it_may(
    store: Engine, folder: Path, more: str, stage: str
) -> None:
    one = company(store, folder, TRIGGER % more)
    first, second = deal(one), deal(one)
    closed = deal(one, stage="lost")
    one.insert(
        "call", source="office", call_key="1", direction="incoming", client_id=one.client,
        started_at=FRIDAY,
    )  # fmt: skip
    one.react()
    assert [one.stage(key) for key in (first, second, closed)] == [stage, stage, "lost"]


CALLED = """
rules:
  - name: any_call
    title: Звонок кому угодно
    when: call_missed
    do: [{notify: {to: head, subject: Пропущен, text: '{{ client.name }}'}}]
"""
CALLED_IN_SCENARIO = """
rules:
  - name: call_of_deal
    title: Звонок по сделке
    when: call_missed
    do: [{create_task: {subject: Перезвонить}}]
"""


@pytest.mark.requirement("R55")
def test_an_event_of_a_client_is_one_for_plain_rules_and_one_a_deal_for_a_scenarios(
    store: Engine, folder: Path
) -> None:
    one = company(store, folder, CALLED_IN_SCENARIO)
    plain = folder / "plain.yaml"
    plain.write_text(CALLED, encoding="utf-8")
    one.book = RuleBook.load([folder / "rules.yaml", plain])
    deals = [deal(one), deal(one)]
    one.insert(
        "call", source="office", call_key="1", direction="incoming", outcome="missed",
        client_id=one.client, started_at=FRIDAY,
    )  # fmt: skip
    one.react()
    assert [letter.text for letter in one.letters()] == ["ООО Ландыш"]
    assert [one.tasks(key).count("Перезвонить") for key in deals] == [1, 1]


@pytest.mark.requirement("R55")
@pytest.mark.parametrize("ordered", [True, False])
def test_a_visit_after_an_order_is_a_return(store: Engine, folder: Path, ordered: bool) -> None:
    one = company(store, folder, CALLED_IN_SCENARIO.replace("call_missed", "return_visit"))
    key = deal(one)
    one.invoice(key, posted=ordered, date=FRIDAY)
    one.insert("visit", client_id=one.client, site="shop", at=FRIDAY + timedelta(days=2))
    one.react()
    assert ("Перезвонить" in one.tasks(key)) is ordered
