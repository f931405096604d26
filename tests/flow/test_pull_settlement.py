"""Payments and shipments come back from accounting and close deals: all of them, or not at all."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from tests.e2e.company import HEAD, Company, run, settle
from tests.e2e.neighbours import INVOICES, Neighbours

from provodka.flows.hub import Hub


@pytest.fixture
def order(hub: Hub, company: Company) -> tuple[Any, str]:
    """A deal whose invoice is in 1C, and the invoice's number."""
    run(hub, "accounting")
    deal = company.deal()
    key = company.bill(deal, proposal_id=company.propose(deal))
    settle(hub)
    return deal, company.number(key)


def back(hub: Hub) -> None:
    run(hub, "accounting")
    settle(hub, 2)


@pytest.mark.requirement("R28")
@pytest.mark.parametrize(
    "acts", sorted(set(itertools.permutations(["pay 0.4", "pay", "ship 0.4", "ship"])))[::4]
)
def test_a_deal_is_won_with_the_last_document_in_whatever_order_they_come(
    hub: Hub, company: Company, sandbox: Neighbours, order: tuple[Any, str], acts: tuple[str, ...]
) -> None:
    deal, number = order
    done = []
    for step in acts:
        act, _space, share = step.partition(" ")
        if sandbox.tried(act, number, share or None):
            done.append(act)
        back(hub)
        whole = {"pay", "ship"} <= {one for one in acts[: acts.index(step) + 1] if " " not in one}
        assert (company.stage(deal) == "won") == whole
    assert company.value("SELECT status FROM crm.deal WHERE id = :deal", deal=deal) == "won"


@pytest.mark.requirement("R28")
def test_everything_in_one_page_closes_the_deal_too(
    hub: Hub, company: Company, sandbox: Neighbours, order: tuple[Any, str]
) -> None:
    deal, number = order
    for act in ("pay", "ship"):
        assert sandbox.tried(act, number, None)
    back(hub)
    assert company.stage(deal) == "won"


@pytest.mark.requirement("R28")
@pytest.mark.parametrize("act", ["pay", "ship"])
def test_a_part_closes_nothing(
    hub: Hub, company: Company, sandbox: Neighbours, order: tuple[Any, str], act: str
) -> None:
    deal, number = order
    whole = "ship" if act == "pay" else "pay"
    sandbox.tried(whole, number, None)
    sandbox.tried(act, number, "0.6")
    for _time in range(2):
        back(hub)
    assert company.stage(deal) != "won"
    [row] = company.rows("SELECT * FROM crm.invoice WHERE number = :number", number=number)
    parts = {row.paid_amount, row.shipped_amount}
    assert parts == {row.amount, row.amount * 6 / 10}


@pytest.mark.requirement("R28")
@pytest.mark.parametrize("act", ["pay", "ship"])
def test_taking_back_after_closing_alerts_the_head_once_and_reopens_nothing(
    hub: Hub, company: Company, sandbox: Neighbours, order: tuple[Any, str], act: str
) -> None:
    deal, number = order
    paid, shipped = sandbox.pay(number), sandbox.ship(number)
    back(hub)
    assert company.stage(deal) == "won"
    sandbox.unpost(paid if act == "pay" else shipped)
    for _time in range(2):
        back(hub)
    assert company.stage(deal) == "won"
    alerts = [one for (to, one), times in sandbox.subjects().items() for _n in range(times)
              if to == HEAD and one.startswith("Отменены документы")]  # fmt: skip
    assert len(alerts) == 1
    [row] = company.rows("SELECT * FROM crm.invoice WHERE number = :number", number=number)
    assert 0 in (row.paid_amount, row.shipped_amount)


@pytest.mark.requirement("R27", "R28")
def test_an_invoice_unposted_in_1c_does_not_count_and_is_not_fought_over(
    hub: Hub, company: Company, sandbox: Neighbours, order: tuple[Any, str]
) -> None:
    _deal, number = order
    sandbox.unpost({"set": INVOICES, "ref": sandbox.invoice(number)["Ref_Key"]})
    written = len(sandbox.writes())
    letters = sum(sandbox.subjects().values())
    for _time in range(3):
        back(hub)
    [row] = company.rows("SELECT * FROM crm.invoice WHERE number = :number", number=number)
    assert not row.posted
    assert sandbox.invoice(number)["Posted"] is False
    assert len(sandbox.writes()) == written
    assert sum(sandbox.subjects().values()) == letters
