"""One receipt told by the bank and by 1C is one payment, whoever comes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.e2e.company import HEAD, Company, run, settle
from tests.e2e.neighbours import RECEIPTS, Neighbours
from tests.flow.bank_desk import receipt, statement

from provodka.flows.bank.persons import Wish, assign, dismiss
from provodka.flows.bank.watching import run_bank
from provodka.flows.hub import Hub
from provodka.flows.settings import Bank
from provodka.foundation.errors import Refused

EMPTY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def banking(hub: Hub, tmp_path: Path) -> Hub:
    """The hub with a folder of statements."""
    folder = tmp_path / "statements"
    folder.mkdir()
    bank = Bank.model_validate({"folder": str(folder)})
    return replace(hub, settings=hub.settings.model_copy(update={"bank": bank}))


@pytest.fixture
def billed(banking: Hub, company: Company) -> tuple[UUID, UUID, str]:
    """A deal, its invoice that is in 1C, and the invoice's number."""
    deal = company.deal()
    key = company.bill(deal, proposal_id=company.propose(deal))
    settle(banking)
    run(banking, "accounting")
    return deal, key, company.number(key)


def told_by_the_bank(hub: Hub, company: Company, paper: dict[str, Any], **said: str) -> None:
    """The statement of the day on which 1C's receipt was paid."""
    [client] = company.rows(
        "SELECT c.inn, c.name FROM crm.client c JOIN hub.binding b ON b.document = c.id"
        " WHERE b.external_key = :key", key=paper["Контрагент"],
    )  # fmt: skip
    day = date.fromisoformat(paper["ДатаВходящегоДокумента"][:10])
    document = receipt(
        paper["НомерВходящегоДокумента"],
        f"{Decimal(str(paper['СуммаДокумента'])):.2f}",
        Дата=f"{day:%d.%m.%Y}",
        ДатаПоступило=f"{day:%d.%m.%Y}",
        ПлательщикИНН=client.inn or "",
        Плательщик1=client.name,
        НазначениеПлатежа=paper["НазначениеПлатежа"],
        **said,
    )
    bank = hub.settings.bank
    assert bank is not None
    assert bank.folder is not None
    (bank.folder / f"{len(list(bank.folder.iterdir()))}.txt").write_bytes(statement([document]))
    run_bank(hub, hub.engine)


def paper(sandbox: Neighbours, done: dict[str, Any]) -> dict[str, Any]:
    [found] = [one for one in sandbox.rows(RECEIPTS) if one["Ref_Key"] == done["ref"]]
    return found


def payments(company: Company) -> list[Any]:
    return company.rows("SELECT * FROM crm.payment WHERE deleted_at IS NULL ORDER BY id")


def alerts(sandbox: Neighbours) -> int:
    return sum(
        times for (to, subject), times in sandbox.subjects().items()
        if to == HEAD and subject.startswith("Отменены документы")
    )  # fmt: skip


@pytest.mark.requirement("R28")
@pytest.mark.parametrize("bank_first", [True, False])
def test_whoever_comes_first_the_payment_is_one_and_the_invoice_paid_once(
    banking: Hub, company: Company, sandbox: Neighbours, billed: tuple[UUID, UUID, str],
    *, bank_first: bool,
) -> None:  # fmt: skip
    _deal, key, number = billed
    before = len(payments(company))
    done = sandbox.pay(number)
    if bank_first:
        told_by_the_bank(banking, company, paper(sandbox, done))
        assert company.invoice(key).paid_amount == company.invoice(key).amount
    run(banking, "accounting")
    if not bank_first:
        told_by_the_bank(banking, company, paper(sandbox, done))
    for _time in range(2):
        run(banking, "accounting", "bank")
    assert company.invoice(key).paid_amount == company.invoice(key).amount
    assert len(payments(company)) == before + 1
    [document] = company.rows("SELECT * FROM hub.bank_document")
    assert document.in_accounting
    [payment] = company.rows("SELECT * FROM crm.payment WHERE id = :id", id=document.payment_id)
    assert payment.number == done["number"]


@pytest.mark.requirement("R28")
def test_a_deal_is_won_by_the_banks_word_and_the_accountants_draft_does_not_take_it_back(
    banking: Hub, company: Company, sandbox: Neighbours, billed: tuple[UUID, UUID, str]
) -> None:
    deal, key, number = billed
    sandbox.ship(number)
    run(banking, "accounting")
    done = sandbox.pay(number)
    told_by_the_bank(banking, company, paper(sandbox, done))
    settle(banking, 2)
    assert company.stage(deal) == "won"
    sandbox.unpost(done)
    run(banking, "accounting")
    settle(banking, 2)
    assert company.invoice(key).paid_amount == company.invoice(key).amount
    assert alerts(sandbox) == 0
    assert len(company.rows("SELECT * FROM hub.bank_document WHERE NOT in_accounting")) == 1


@pytest.mark.requirement("R28")
def test_a_posting_that_accounting_takes_back_is_taken_back_here_too(
    banking: Hub, company: Company, sandbox: Neighbours, billed: tuple[UUID, UUID, str]
) -> None:
    _deal, key, number = billed
    done = sandbox.pay(number)
    told_by_the_bank(banking, company, paper(sandbox, done))
    run(banking, "accounting")
    sandbox.unpost(done)
    run(banking, "accounting", "bank")
    assert company.invoice(key).paid_amount == 0


def test_a_receipt_that_names_no_invoice_in_1c_keeps_the_one_that_was_found(
    banking: Hub, company: Company, sandbox: Neighbours, billed: tuple[UUID, UUID, str]
) -> None:
    _deal, key, number = billed
    done = sandbox.pay(number)
    told_by_the_bank(banking, company, paper(sandbox, done))
    rows = [row | {"СчетНаОплату_Key": EMPTY} for row in paper(sandbox, done)["РасшифровкаПлатежа"]]
    sandbox.patch(RECEIPTS, done["ref"], РасшифровкаПлатежа=rows)
    for _time in range(2):
        run(banking, "accounting", "bank")
    assert company.invoice(key).paid_amount == company.invoice(key).amount
    assert company.conflicts() == []


def test_an_invoice_is_filled_in_also_when_1c_came_first(
    banking: Hub, company: Company, sandbox: Neighbours, billed: tuple[UUID, UUID, str]
) -> None:
    _deal, key, number = billed
    done = sandbox.pay(number)
    rows = [row | {"СчетНаОплату_Key": EMPTY} for row in paper(sandbox, done)["РасшифровкаПлатежа"]]
    sandbox.patch(RECEIPTS, done["ref"], РасшифровкаПлатежа=rows)
    run(banking, "accounting")
    assert company.invoice(key).paid_amount == 0
    told_by_the_bank(banking, company, paper(sandbox, done))
    assert company.invoice(key).paid_amount == company.invoice(key).amount
    sandbox.patch(RECEIPTS, done["ref"], Комментарий="проверено")
    run(banking, "accounting", "bank")
    assert company.invoice(key).paid_amount == company.invoice(key).amount


def test_a_receipt_that_1c_has_on_another_client_is_joined_and_counted_once(
    banking: Hub, company: Company, sandbox: Neighbours, billed: tuple[UUID, UUID, str]
) -> None:
    _deal, key, number = billed
    before = len(payments(company))
    done = sandbox.pay(number)
    told_by_the_bank(banking, company, paper(sandbox, done))
    mine = paper(sandbox, done)["Контрагент"]
    others = company.rows(
        "SELECT external_key FROM hub.binding WHERE kind = 'client' AND external_key <> :mine",
        mine=mine,
    )
    sandbox.patch(
        RECEIPTS,
        done["ref"],
        Контрагент=others[0].external_key,
        Контрагент_Type="StandardODATA.Catalog_Контрагенты",
    )
    run(banking, "accounting", "bank")
    assert len(payments(company)) == before + 1
    assert company.invoice(key).paid_amount == company.invoice(key).amount
    [document] = company.rows("SELECT * FROM hub.bank_document")
    assert document.decided_by == "onec"


def test_what_the_accountant_has_laid_out_is_changed_in_1c_alone(
    banking: Hub, company: Company, sandbox: Neighbours, billed: tuple[UUID, UUID, str]
) -> None:
    deal, key, number = billed
    client = company.value("SELECT client_id FROM crm.deal WHERE id = :deal", deal=deal)
    other = company.bill(company.deal(client_id=client), "90000.00")
    told_by_the_bank(banking, company, paper(sandbox, sandbox.pay(number)))
    run(banking, "accounting")
    [document] = company.rows("SELECT * FROM hub.bank_document")
    wish = [Wish(company.number(other))]
    zone, now = banking.settings.zone, banking.clock()
    with pytest.raises(Refused, match="в 1С"), banking.engine.begin() as connection:
        assign(connection, document.id, wish, "person:Котов", zone, now)
    with pytest.raises(Refused, match="в 1С"), banking.engine.begin() as connection:
        dismiss(connection, document.id, "person:Котов", now)
    assert company.invoice(key).paid_amount == company.invoice(key).amount
    assert company.invoice(other).paid_amount == 0
