"""One invoice's whole life over EnterpriseData: issued, sent, paid, shipped, its deal won."""

from __future__ import annotations

import pytest
from tests.e2e.exchange.talk import Talk
from tests.e2e.neighbours import INVOICES


@pytest.mark.requirement("R27", "R28")
def test_an_invoice_goes_to_the_base_and_its_payment_and_shipment_close_the_deal(
    talk: Talk,
) -> None:
    company = talk.company
    deal = company.deal()
    key = company.bill(deal)
    talk.round()
    number = company.number(key)
    assert talk.invoices() == [number]
    there = talk.sandbox.invoice(number)
    assert (there["Posted"], there["СуммаДокумента"], there["Комментарий"][:5]) == (
        True,
        50000,
        "[prv:",
    )
    assert company.invoice(key).accounting == "entered"
    assert talk.bound(key).external_key == str(key)
    talk.sandbox.pay(number)
    talk.sandbox.ship(number)
    talk.round(2)
    kept = company.invoice(key)
    assert (kept.paid_amount, kept.shipped_amount) == (50000, 50000)
    assert company.value("SELECT status FROM crm.deal WHERE id = :id", id=deal) == "won"
    assert company.set_aside() == []
    assert len(talk.sandbox.rows(INVOICES)) == 1
