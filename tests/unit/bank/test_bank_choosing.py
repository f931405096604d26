"""From a receipt and open invoices to a decision with its reasons."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from provodka.mappings.bank.choosing import Ledger, Thresholds, decide
from provodka.mappings.bank.names import alike
from provodka.mappings.bank.values import Candidate, Decision, Incoming, OpenInvoice

BUYER, OTHER = UUID(int=1), UUID(int=2)
INN, OTHER_INN = "6671093163", "500100732259"


def invoice(number: str, owed: str = "12200.00", **said: Any) -> OpenInvoice:
    values: dict[str, Any] = {
        "key": UUID(int=1000 + sum(map(ord, number)) + len(said)),
        "day": date(2026, 3, 5),
        "amount": Decimal(owed),
        "client": BUYER,
        "client_inn": INN,
        "client_name": "ООО «Покупатель»",
        **said,
    }
    return OpenInvoice(number=number, open=Decimal(owed), **values)


def receipt(purpose: str, amount: str = "12200.00", **said: Any) -> Incoming:
    values: dict[str, Any] = {"day": date(2026, 3, 10), "payer_inn": INN, **said}
    return Incoming(amount=Decimal(amount), purpose=purpose, **values)


TWELVE = invoice("СЧ00-000012")
THIRTEEN = invoice("СЧ00-000013", "100.00", day=date(2026, 3, 6))
STRANGER = invoice(
    "СЧ00-000077", client=OTHER, client_inn=OTHER_INN, client_name="Иванов Иван Иванович"
)


def decided(incoming: Incoming, *owed: OpenInvoice) -> Decision:
    return decide(incoming, Ledger(owed or (TWELVE, THIRTEEN, STRANGER)))


def codes(candidate: Candidate | None) -> list[str]:
    return [reason.code for reason in candidate.reasons] if candidate else []


def laid(decision: Decision) -> dict[str, Decimal]:
    chosen = decision.chosen
    return {one.invoice.number: one.amount for one in chosen.shares} if chosen else {}


def test_number_day_sum_and_tax_number_leave_no_doubt() -> None:
    decision = decided(receipt("Оплата по счету №12 от 05.03.2026"))
    assert laid(decision) == {"СЧ00-000012": Decimal("12200.00")}
    assert codes(decision.chosen) == ["number_tail", "day_same", "sum_whole", "inn_same"]
    assert decision.chosen
    assert all(reason.text for reason in decision.chosen.reasons)


def test_a_part_of_a_named_invoice_is_laid_on_it() -> None:
    assert laid(decided(receipt("счет 12", "5000.00"))) == {"СЧ00-000012": Decimal("5000.00")}


def test_more_than_is_owed_is_a_question() -> None:
    decision = decided(receipt("счет 12", "20000.00"))
    assert decision.state == "ask"
    assert decision.candidates[0].shares[0].amount == Decimal("12200.00")


def test_several_named_invoices_are_paid_together() -> None:
    assert laid(decided(receipt("по счетам 12,13", "12300.00"))) == {
        "СЧ00-000012": Decimal("12200.00"),
        "СЧ00-000013": Decimal("100.00"),
    }


def test_a_range_of_numbers_names_all_between() -> None:
    assert len(laid(decided(receipt("по счетам 12-13", "12300.00")))) == 2


def test_too_little_for_several_goes_to_the_oldest_first() -> None:
    decision = decided(receipt("по счетам 12,13", "12250.00"))
    assert laid(decision) == {"СЧ00-000012": Decimal(12200), "СЧ00-000013": Decimal(50)}


def test_the_only_invoice_of_a_client_with_this_sum_needs_no_number() -> None:
    decision = decided(receipt("за воду"))
    assert codes(decision.chosen) == ["sum_whole", "inn_same", "only"]


def test_two_invoices_with_the_same_sum_are_a_question() -> None:
    decision = decided(receipt("за воду"), TWELVE, invoice("СЧ00-000014"))
    assert decision.state == "ask"
    assert len(decision.candidates) == 2


def test_another_number_in_the_text_speaks_against_the_sum() -> None:
    decision = decided(receipt("по счету 99"))
    assert decision.state == "ask"
    assert "others_named" in codes(decision.candidates[0])


def test_invoices_that_only_add_up_are_a_question() -> None:
    decision = decided(receipt("за воду", "12300.00"))
    assert decision.state == "ask"
    assert len(decision.candidates[0].shares) == 2


def test_a_stranger_who_pays_for_a_client_is_a_question() -> None:
    decision = decided(receipt("по счету 12 от 05.03.2026", payer_inn=OTHER_INN))
    assert decision.state == "ask"
    assert "inn_other" in codes(decision.candidates[0])


def test_a_person_without_a_tax_number_is_known_by_name() -> None:
    incoming = receipt("счет 77", payer_inn="", payer_name="ИВАНОВ ИВАН ИВАНОВИЧ//г Москва//")
    assert laid(decided(incoming)) == {"СЧ00-000077": Decimal("12200.00")}


def test_a_day_beside_the_number_tells_namesakes_of_two_years_apart() -> None:
    last_year = invoice("СЧ00-000012", key=UUID(int=7), day=date(2025, 3, 5))
    decision = decided(receipt("счет 12 от 05.03.2025"), TWELVE, last_year)
    assert decision.chosen
    assert decision.chosen.invoices == {UUID(int=7)}
    assert decided(receipt("счет 12"), TWELVE, last_year).state == "ask"


def test_the_number_of_a_contract_helps() -> None:
    agreed = invoice("СЧ00-000015", "500.00", contract="7/26")
    decision = decided(receipt("по дог. 7/26 счет 15", "500.00"), agreed)
    assert "contract" in codes(decision.chosen)


def test_an_invoice_made_out_after_the_payment_is_doubted() -> None:
    late = invoice("СЧ00-000016", day=date(2026, 4, 1))
    assert "later" in codes(decided(receipt("за воду"), late).candidates[0])


@pytest.mark.parametrize("owed", [Decimal(0), Decimal(-5)])
def test_a_closed_invoice_is_never_a_candidate(owed: Decimal) -> None:
    closed = invoice("СЧ00-000012", str(owed))
    assert decided(receipt("счет 12 от 05.03.2026"), closed).state == "none"


def test_money_in_another_currency_pays_nothing() -> None:
    assert decided(receipt("счет 12", currency="USD")).state == "none"


def test_money_on_its_way_is_never_laid_out_without_a_person() -> None:
    decision = decided(receipt("счет 12 от 05.03.2026", day=None))
    assert decision.state == "ask"
    assert "не зачислил" in decision.why


def test_thresholds_are_the_companys_own() -> None:
    ledger = Ledger([TWELVE])
    assert decide(receipt("счет 12"), ledger, Thresholds(enough=101)).state == "ask"
    assert decide(receipt("счет 12"), ledger, Thresholds(enough=100)).state == "matched"


def test_what_was_laid_out_is_no_longer_open() -> None:
    ledger = Ledger([TWELVE])
    first = decide(receipt("счет 12", "12000.00"), ledger)
    assert first.chosen
    ledger.settle(first.chosen.shares)
    second = decide(receipt("счет 12", "200.00"), ledger)
    assert second.chosen
    ledger.settle(second.chosen.shares)
    assert decide(receipt("счет 12", "1.00"), ledger).state == "none"


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ('ООО "Ромашка"', "Общество с ограниченной ответственностью «РОМАШКА»", 1.0, 1.0),
        ("Ромашка, ООО", "ООО Ромашка", 1.0, 1.0),
        ("ИП Иванов Иван Иванович//г. Москва//", "Иванов Иван Иванович", 1.0, 1.0),
        ("Иванов И.И.", "Иванов Иван Иванович", 1.0, 1.0),
        ("ООО Ромашка", "ООО Василек", 0.0, 0.6),
        ("", "ООО", 0.0, 0.0),
    ],
)
def test_names_are_compared_without_their_forms(
    one: str, other: str, least: float, most: float
) -> None:
    assert least <= alike(one, other) <= most
