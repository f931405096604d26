"""The golden scenario «Ромашка» on a real store."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from tests.flow.trigger_company import Company


@pytest.fixture
def company(store: Engine) -> Company:
    return Company(store)


@pytest.mark.requirement("R19", "R20", "R32")
def test_a_new_deal_sends_the_letter_and_plans_a_call(company: Company) -> None:
    deal = company.deal()
    company.react()
    [letter] = company.letters()
    assert (letter.template, letter.recipient) == ("info_letter", "buyer@landysh.test")
    assert "ООО Ландыш" in letter.text
    assert letter.attachments == ["Как мы работаем.html"]
    [errand] = company.rows("SELECT * FROM hub.outbox")
    assert (errand.target, errand.operation, errand.document) == ("mail", "letter.send", letter.id)
    [task] = company.rows("SELECT * FROM crm.task")
    assert (task.subject, task.executor_id, task.deal_id) == (
        "Перезвонить клиенту", company.manager, deal,
    )  # fmt: skip
    assert task.due_at == datetime(2026, 11, 23, 13, tzinfo=UTC)


@pytest.mark.requirement("R21", "R23", "R24")
def test_a_posted_proposal_sets_revenue_moves_the_deal_and_plans_a_call(company: Company) -> None:
    deal = company.deal(stage="proposal")
    company.proposal(deal, "70000.50")
    company.react()
    [row] = company.rows("SELECT stage, expected_revenue::text AS revenue FROM crm.deal")
    assert (row.stage, row.revenue) == ("invoice", "70000.50")
    assert "Позвонить клиенту по коммерческому предложению" in company.tasks(deal)
    actions = company.rows("SELECT action FROM hub.effect ORDER BY at, key")
    assert {row.action for row in actions} >= {"SetField", "MoveStage", "CreateTask"}


@pytest.mark.requirement("R22")
@pytest.mark.parametrize(("amount", "letters"), [("100000.00", 0), ("100000.01", 1)])
def test_only_a_proposal_above_the_limit_alerts_the_head(
    company: Company, amount: str, letters: int
) -> None:
    company.proposal(company.deal(stage="proposal"), amount)
    company.react()
    assert len(company.letters("big_proposal")) == letters
    assert {row.recipient for row in company.letters("big_proposal")} <= {"head@romashka.test"}


def test_posting_the_same_proposal_again_does_nothing(company: Company) -> None:
    deal = company.deal(stage="proposal")
    proposal = company.proposal(deal, "150000.00")
    company.react()
    company.update("proposal", proposal, posted=False)
    company.react()
    company.update("proposal", proposal, posted=True)
    company.react()
    assert len(company.letters("big_proposal")) == 1
    assert company.stage(deal) == "invoice"


def test_a_changed_posted_proposal_only_updates_the_revenue(company: Company) -> None:
    deal = company.deal(stage="proposal")
    proposal = company.proposal(deal, "150000.00")
    company.react()
    company.update("proposal", proposal, amount=160000)
    company.react()
    [row] = company.rows("SELECT stage, expected_revenue::text AS revenue FROM crm.deal")
    assert (row.stage, row.revenue) == ("invoice", "160000.00")
    assert len(company.letters("big_proposal")) == 1


@pytest.mark.requirement("R25", "R26")
def test_an_invoice_on_a_proposal_is_sent_and_moves_the_deal(company: Company) -> None:
    deal = company.deal()
    invoice = company.invoice(deal, proposal_id=company.proposal(deal, posted=False))
    company.react()
    assert company.stage(deal) == "invoice"
    assert len(company.letters("invoice")) == 1
    assert "Проверить оплату счета" in company.tasks(deal)
    assert company.rows("SELECT document FROM hub.effect WHERE rule = 'invoice_issued'")[0] == (
        invoice,
    )


def test_an_invoice_never_moves_a_deal_back(company: Company) -> None:
    deal = company.deal(stage="shipment")
    company.invoice(deal, proposal_id=company.proposal(deal, posted=False))
    company.react()
    assert company.stage(deal) == "shipment"


@pytest.mark.requirement("R28")
@pytest.mark.parametrize("order", ["pay ship", "ship pay"])
@pytest.mark.parametrize("stepwise", [True, False])
def test_a_deal_is_won_when_paid_and_shipped_in_any_order(
    company: Company, order: str, stepwise: bool
) -> None:
    deal = company.deal(stage="invoice")
    invoice = company.invoice(deal)
    for step in order.split():
        if stepwise:
            company.react()
            assert company.stage(deal) != "won"
        getattr(company, step)(invoice)
    company.react()
    [row] = company.rows("SELECT stage, status, closed_at FROM crm.deal")
    assert (row.stage, row.status) == ("won", "won")
    assert row.closed_at is not None
    assert company.tasks(deal) == []


@pytest.mark.requirement("R28")
def test_a_payment_in_full_moves_the_deal_to_shipment(company: Company) -> None:
    deal = company.deal(stage="invoice")
    company.pay(company.invoice(deal))
    company.react()
    assert company.stage(deal) == "shipment"


@pytest.mark.requirement("R28")
def test_partial_payment_and_shipment_do_not_close(company: Company) -> None:
    deal = company.deal(stage="invoice")
    invoice = company.invoice(deal)
    company.ship(invoice)
    company.pay(invoice, "49999.99")
    company.react()
    assert company.stage(deal) == "invoice"
    company.pay(invoice, "0.01")
    company.react()
    assert company.stage(deal) == "won"


@pytest.mark.requirement("R28")
def test_every_invoice_of_the_deal_must_be_settled(company: Company) -> None:
    deal = company.deal(stage="invoice")
    first, second = company.invoice(deal), company.invoice(deal)
    company.pay(first)
    company.ship(first)
    company.react()
    assert company.stage(deal) == "shipment"
    company.update("invoice", second, posted=False)
    company.react()
    assert company.stage(deal) == "won"


@pytest.mark.requirement("R28")
def test_a_reversal_after_closing_alerts_and_does_not_reopen(company: Company) -> None:
    deal = company.deal(stage="invoice")
    invoice = company.invoice(deal)
    company.ship(invoice)
    payment = company.pay(invoice)
    company.react()
    company.update("payment", payment, "onec", posted=False)
    company.react()
    assert company.stage(deal) == "won"
    assert company.tasks(deal) == ["Разобраться, почему отменены документы завершенной сделки"]
    [letter] = company.letters("reversed_after_closing")
    assert letter.recipient == "head@romashka.test"


def test_moving_back_cancels_what_the_left_stage_entry_made_and_nobody_touched(
    company: Company,
) -> None:
    deal = company.deal(stage="proposal")
    company.proposal(deal)
    company.proposal(deal)
    company.react()
    touched, _other = company.rows(
        "SELECT id FROM crm.task WHERE rule = 'proposal_next_call' ORDER BY id"
    )
    company.update("task", touched.id, purpose="Спросить про объем")
    own = company.insert("task", subject="Своя", deal_id=deal, author_id=company.manager)
    company.update("deal", deal, stage="proposal")
    company.react()
    assert company.rows("SELECT status FROM crm.task WHERE id = :id", id=own)[0].status == "open"
    calls = company.rows(
        "SELECT status FROM crm.task WHERE rule = 'proposal_next_call' ORDER BY id"
    )
    assert [row.status for row in calls] == ["open", "cancelled"]


@pytest.mark.requirement("R6")
def test_a_task_whose_date_a_person_moved_keeps_it(company: Company) -> None:
    deal = company.deal()
    company.react()
    moved = datetime(2026, 12, 1, 7, tzinfo=UTC)
    company.execute("UPDATE crm.task SET due_at = :due", due=moved)
    company.proposal(deal)
    company.react()
    company.update("deal", deal, stage="lost", lost_reason="Дорого")
    company.react()
    [task] = company.rows("SELECT status, due_at FROM crm.task WHERE rule = 'call_back'")
    assert (task.status, task.due_at) == ("open", moved)


@pytest.mark.requirement("R6")
def test_a_moved_date_protects_a_task_also_when_its_journal_is_gone(company: Company) -> None:
    deal = company.deal()
    company.react()
    company.execute("UPDATE crm.task SET due_at = due_at + interval '1 day'")
    company.react()
    company.execute("DELETE FROM hub.delta WHERE kind = 'task'")
    company.update("deal", deal, stage="lost")
    company.react()
    assert company.tasks(deal) == ["Перезвонить клиенту"]


@pytest.mark.requirement("R93")
def test_entering_a_stage_again_acts_again(company: Company) -> None:
    deal = company.deal()
    company.react()
    company.update("deal", deal, stage="proposal")
    company.update("deal", deal, stage="info_letter")
    company.react()
    assert len(company.letters("info_letter")) == 2
