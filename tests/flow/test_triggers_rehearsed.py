"""Rules rehearsed on the journal: the same answer as in life, and nothing written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.flow.trigger_company import Company

from provodka.flows.triggers.simulating.rehearsal import Rehearsal
from provodka.flows.triggers.simulating.replay import simulate
from provodka.foundation.identifiers import uuid7
from provodka.trigger_rules.book import RuleBook

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
DRAFT = """
rules:
  - name: proposal_alert
    title: КП дороже %s — руководителю
    when: proposal_posted
    if: proposal.amount > %s
    do: [{notify: {to: head, subject: КП, text: Дорого}}]
"""


WIDE = """
rules:
  - name: proposal_alert
    title: Из части условия
    when: proposal_posted
    if: proposal.amount > 100000 and (deal&.status ?? "") != "lost"
    do: [{notify: {to: head, subject: КП, text: Дорого}}]
  - name: invoice_paid
    title: Два события
    when: [invoice_paid, {event: invoice_changed, field: amount}]
    if: invoice.amount >= 150000.0
    do: [{notify: {to: head, subject: Счет, text: Оплачен}}]
  - name: done
    title: Сделано
    when: [task_done, {document_created: task}]
    if: task.status == "done" or (client&.kind ?? "") == "individual"
    do: [{notify: {to: head, subject: Задача, text: Сделана}}]
  - name: deep
    title: Длинная цепочка
    when: {document_deleted: payment}
    if: payment.amount > 10
    do: [{notify: {to: head, subject: Оплата, text: Удалена}}]
"""


@pytest.fixture
def company(store: Engine) -> Company:
    return Company(store)


def book(folder: Path, written: str) -> RuleBook:
    file = folder / "draft.yaml"
    file.write_text(written, encoding="utf-8")
    return RuleBook.load([file])


def rehearsed(company: Company, draft: RuleBook | None = None, page: int = 1000) -> Rehearsal:
    return simulate(company.engine, draft or company.book, company.calendar, LONG_AGO, page=page)


def lived(company: Company) -> None:
    """A deal from its first letter to its end, another one that is moved back and lost."""
    first, second = company.deal(), company.deal(title="Кулеры")
    company.react()
    proposal = company.proposal(first, "150000.00")
    company.proposal(second, "20000.00")
    company.react()
    invoice = company.invoice(first, "150000.00", proposal_id=proposal)
    company.react()
    company.pay(invoice, "150000.00")
    company.react()
    company.ship(invoice, "150000.00")
    company.update("deal", second, stage="info_letter")
    company.react()
    company.update("deal", second, stage="lost")
    company.react()


def test_the_rules_in_force_would_have_done_what_they_did(company: Company) -> None:
    lived(company)
    made = rehearsed(company)
    acted = {name for name, tally in made.tallies.items() if tally.would.total()}
    assert {
        "greet_client", "call_back", "proposal_alert", "invoice_issued", "invoice_paid",
        "deal_won", "tidy_tasks",
    } <= acted  # fmt: skip
    assert {
        name: (tally.more, tally.less)
        for name, tally in made.tallies.items()
        if tally.would != tally.did or tally.both != tally.would.total()
    } == {}


@pytest.mark.parametrize("page", [1, 3, 7])
def test_the_size_of_a_page_changes_nothing(company: Company, page: int) -> None:
    lived(company)
    assert rehearsed(company, page=page) == rehearsed(company)


def test_leaving_changes_out_in_sql_changes_no_answer(company: Company, tmp_path: Path) -> None:
    lived(company)
    reposted = company.proposal(company.deal(), "170000.00")
    company.update("proposal", reposted, posted=False)
    company.update("proposal", reposted, amount=Decimal(5), posted=True)
    company.execute("UPDATE crm.task SET status = 'done' WHERE status = 'open'")
    company.execute("UPDATE crm.payment SET deleted_at = now()")
    company.execute("UPDATE crm.invoice SET posted = false")
    for drafted in (company.book, book(tmp_path, WIDE), book(tmp_path, DRAFT % (10**6, 10**6))):
        for page in (4, 1000):
            made, all_ = (
                simulate(
                    company.engine, drafted, company.calendar, LONG_AGO, page=page, one_by_one=whole
                )
                for whole in (False, True)
            )
            assert replace(made, events=all_.events) == all_
            assert made.events <= all_.events
    assert made.events < all_.events
    assert all_.tallies["proposal_alert"].less


def test_a_document_made_in_parts_of_one_transaction_is_one_change(
    company: Company, tmp_path: Path
) -> None:
    deal = company.deal()
    with company.engine.begin() as connection:
        key = uuid7()
        for statement in (
            "INSERT INTO crm.proposal (id, number, date, client_id, deal_id, amount, posted)"
            " VALUES (:id, 'КП-9', now(), :client, :deal, 1, false)",
            "UPDATE crm.proposal SET posted = true WHERE id = :id",
            "UPDATE crm.proposal SET amount = 150000 WHERE id = :id",
        ):
            given = {"id": key, "client": company.client, "deal": deal}
            connection.execute(text(statement), given)
    draft = book(tmp_path, DRAFT % (100000, 100000))
    assert rehearsed(company, draft).tallies["proposal_alert"].would.total() == 1


def test_a_change_of_lines_alone_wakes_who_hears_of_changes(
    company: Company, tmp_path: Path
) -> None:
    invoice = company.invoice(company.deal(), "150000.00")
    product = company.insert("product", name="Вода 19 л")
    company.execute(
        "INSERT INTO crm.invoice_lines (invoice_id, line, product_id, quantity, price, amount)"
        " VALUES (:invoice, 1, :product, 1, 150000, 150000)",
        invoice=invoice,
        product=product,
    )
    draft = book(
        tmp_path,
        "rules:\n  - name: lines\n    title: Строки\n    when: invoice_changed\n"
        "    if: invoice.amount > 100000\n"
        "    do: [{notify: {to: head, subject: т, text: т}}]\n",
    )
    assert rehearsed(company, draft).tallies["lines"].would.total() == 1


def test_a_draft_is_compared_with_what_was_done_document_by_document(
    company: Company, tmp_path: Path
) -> None:
    deal = company.deal()
    company.react()
    small, big = (company.proposal(deal, amount) for amount in ("60000.00", "150000.00"))
    company.react()
    milder = rehearsed(company, book(tmp_path, DRAFT % (50000, 50000))).tallies["proposal_alert"]
    assert (milder.would.total(), milder.did.total(), milder.both) == (2, 1, 1)
    assert [one.document for one in milder.more] == [small]
    stricter = rehearsed(company, book(tmp_path, DRAFT % (10**6, 10**6))).tallies["proposal_alert"]
    assert [one.document for one in stricter.less] == [big]


def test_documents_are_seen_as_they_were_at_that_moment(company: Company, tmp_path: Path) -> None:
    deal = company.deal(amount=Decimal(100))
    company.proposal(deal, "1.00")
    company.update("deal", deal, amount=Decimal(900))
    company.update("client", company.client, kind="individual", name="Петрова Анна")
    draft = book(
        tmp_path,
        "rules:\n  - name: seen\n    title: Тогда\n    when: proposal_posted\n"
        '    if: (deal&.amount ?? 0) == 100 and (client&.name ?? "") == "ООО Ландыш"\n'
        "    do: [{notify: {to: head, subject: т, text: т}}]\n",
    )
    for page in (1, 1000):
        assert rehearsed(company, draft, page).tallies["seen"].would.total() == 1


def test_what_a_deal_had_then_is_counted_and_not_what_it_has_now(
    company: Company, tmp_path: Path
) -> None:
    deal = company.deal()
    company.proposal(deal)
    company.invoice(deal)
    company.proposal(deal)
    company.invoice(deal)
    draft = book(
        tmp_path,
        "rules:\n  - name: first\n    title: Счета еще нет\n    when: proposal_posted\n"
        "    if: (deal&.invoices_posted ?? 9) == 0\n"
        "    do: [{notify: {to: head, subject: т, text: т}}]\n",
    )
    for page in (1, 1000):
        assert rehearsed(company, draft, page).tallies["first"].would.total() == 1


def test_nothing_is_written(company: Company) -> None:
    lived(company)
    count = (
        "SELECT (SELECT count(*) FROM hub.delta), (SELECT count(*) FROM hub.effect),"
        " (SELECT count(*) FROM hub.outbox), (SELECT count(*) FROM hub.quarantine)"
    )
    before = company.rows(count)
    rehearsed(company)
    assert company.rows(count) == before


def test_letters_and_tasks_are_estimated_per_person(company: Company) -> None:
    deal = company.deal()
    company.proposal(deal, "150000.00")
    made = rehearsed(company)
    assert made.letters == {"клиенты": 1, "Громова Вера": 1}
    assert made.tasks == {"Лунин Олег": 2}


def test_an_unposted_and_reposted_document_counts_once(company: Company) -> None:
    proposal = company.proposal(company.deal(), "150000.00")
    for posted in (False, True):
        company.update("proposal", proposal, posted=posted)
    assert rehearsed(company).tallies["proposal_alert"].would.total() == 1


def test_a_cap_of_frequency_holds_in_rehearsal(company: Company, tmp_path: Path) -> None:
    deal = company.deal()
    for amount in (1, 2, 3):
        company.update("deal", deal, amount=Decimal(amount))
    draft = book(
        tmp_path,
        "rules:\n  - name: once\n    title: Раз в день\n"
        "    when: {document_changed: deal, field: amount}\n"
        "    at_most: {times: 2, per: deal, within: {days: 1}}\n"
        "    do: [{create_task: {subject: Проверить}}]\n",
    )
    assert rehearsed(company, draft).tallies["once"].would.total() == 2


def test_what_could_not_have_been_done_is_told_with_its_reason(company: Company) -> None:
    company.update("client", company.client, email=None)
    company.deal()
    tally = rehearsed(company).tallies["greet_client"]
    assert (tally.failed, tally.would.total()) == (1, 0)
    assert "client.email" in tally.troubles[0]


def test_a_moment_of_time_that_the_journal_never_saw_is_said_to_be_unknown(
    company: Company, tmp_path: Path
) -> None:
    company.deal()
    draft = book(
        tmp_path,
        "rules:\n  - name: late\n    title: Поздно\n"
        "    when: {event: task_overdue, longer_than: {days: 3}}\n"
        "    do: [{notify: {to: head, subject: т, text: т}}]\n",
    )
    assert rehearsed(company, draft).untold == ["late"]


def test_only_what_happened_since_the_date_counts_and_progress_is_told(company: Company) -> None:
    lived(company)
    told: list[tuple[int, int]] = []
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    made = simulate(company.engine, company.book, company.calendar, tomorrow)
    assert (made.deltas, made.events) == (0, 0)
    whole = simulate(
        company.engine, company.book, company.calendar, LONG_AGO, page=20,
        told=lambda read, all_: told.append((read, all_)),
    )  # fmt: skip
    assert told[-1] == (whole.deltas, whole.deltas)
    assert [read for read, _all in told] == sorted({read for read, _all in told})
