"""The accountant: payments and shipments appear as real documents and move the registers."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from tests.contract.sandbox.conftest import Starter
from tests.contract.sandbox.neighbours import (
    INVOICES,
    RECEIPTS,
    SHIPMENTS,
    Base,
    Hands,
    Record,
)


def test_a_new_invoice_is_neither_paid_nor_shipped(base: Base) -> None:
    assert base.status(base.posted()) == ("НеОплачен", "НеОтгружен")


def test_a_payment_names_its_client_its_invoice_and_its_vat(base: Base, hands: Hands) -> None:
    invoice = base.posted()
    done = hands.pay(invoice, share="0.3", date="2026-11-21")
    payment = base.read({"Ref_Key": done["ref"]}, RECEIPTS)
    rows = payment["РасшифровкаПлатежа"]
    assert payment["Posted"] is True
    assert (payment["Контрагент"], payment["Контрагент_Type"]) == (
        invoice["Контрагент_Key"],
        "StandardODATA.Catalog_Контрагенты",
    )
    assert payment["СуммаДокумента"] == Decimal("963.00") == Decimal(done["amount"])
    assert [(r["СчетНаОплату_Key"], r["СтавкаНДС"], r["СуммаНДС"]) for r in rows] == [
        (invoice["Ref_Key"], "НДС22", Decimal("173.66"))
    ]


def test_payments_in_part_add_up_to_the_last_kopeck(base: Base, hands: Hands) -> None:
    invoice = base.posted(СуммаДокумента=100.01)
    first = hands.pay(invoice, share="0.333")
    assert base.status(invoice)[0] == "ОплаченЧастично"
    second = hands.pay(invoice)
    assert base.status(invoice)[0] == "Оплачен"
    assert Decimal(first["amount"]) + Decimal(second["amount"]) == Decimal("100.01")
    again = hands.http.post("accountant/pay", json={"invoice": invoice["Number"]})
    assert again.status_code == 422


def test_a_payment_in_cash_is_another_document(base: Base, hands: Hands) -> None:
    invoice = base.posted()
    done = hands.pay(invoice, cash=True)
    assert done["set"] == "Document_ПриходныйКассовыйОрдер"
    assert base.status(invoice)[0] == "Оплачен"


def test_a_payment_of_several_vat_rates_has_a_row_for_each(base: Base, hands: Hands) -> None:
    goods = base.draft()["Товары"]
    rows = [goods[0] | {"СтавкаНДС": "НДС10"}, goods[1] | {"СтавкаНДС": "БезНДС"}]
    done = hands.pay(base.posted(Товары=rows), share="0.333")
    payment = base.read({"Ref_Key": done["ref"]}, RECEIPTS)
    parts = payment["РасшифровкаПлатежа"]
    assert [part["СтавкаНДС"] for part in parts] == ["НДС10", "БезНДС"]
    assert sum(part["СуммаПлатежа"] for part in parts) == payment["СуммаДокумента"]


def test_a_shipment_parts_goods_from_services_and_names_the_invoice(
    base: Base, hands: Hands
) -> None:
    invoice = base.posted()
    done = hands.ship(invoice)
    shipment = base.read({"Ref_Key": done["ref"]}, SHIPMENTS)
    assert shipment["СчетНаОплатуПокупателю_Key"] == invoice["Ref_Key"]
    for section, row in zip(("Товары", "Услуги"), invoice["Товары"], strict=True):
        (item,) = shipment[section]
        assert item["Номенклатура_Key"] == row["Номенклатура"]
        assert item["СчетНаОплатуПокупателю_Key"] == invoice["Ref_Key"]
        assert (item["Количество"], item["Сумма"]) == (row["Количество"], row["Сумма"])
    assert base.status(invoice) == ("НеОплачен", "Отгружен")


def test_shipments_in_part_add_up(base: Base, hands: Hands) -> None:
    invoice = base.posted()
    done = [hands.ship(invoice, share="0.3"), hands.ship(invoice)]
    assert [Decimal(item["amount"]) for item in done] == [Decimal(1970), Decimal(1240)]
    assert base.status(invoice)[1] == "Отгружен"


@pytest.mark.parametrize(
    ("day", "rate", "vat"),
    [("2025-12-31", "НДС20", "310.00"), ("2026-01-01", "НДС22", "335.41")],
)
def test_the_vat_rate_is_that_of_the_day_of_shipment(
    base: Base, hands: Hands, day: str, rate: str, vat: str
) -> None:
    done = hands.ship(base.posted(Date="2025-12-20T00:00:00"), date=day)
    row = base.read({"Ref_Key": done["ref"]}, SHIPMENTS)["Товары"][0]
    assert (row["СтавкаНДС"], row["СуммаНДС"]) == (rate, Decimal(vat))


def test_vat_on_top_of_prices_is_added(base: Base, hands: Hands) -> None:
    done = hands.ship(base.posted(СуммаВключаетНДС=False))
    assert Decimal(done["amount"]) == Decimal("3210") * Decimal("1.22")


def test_unposting_takes_the_status_back(base: Base, hands: Hands) -> None:
    invoice = base.posted()
    payment, shipment = hands.pay(invoice), hands.ship(invoice)
    assert base.status(invoice) == ("Оплачен", "Отгружен")
    for done in (payment, shipment):
        hands.ask("POST", "accountant/unpost", document=done["set"], ref=done["ref"])
    assert base.status(invoice) == ("НеОплачен", "НеОтгружен")
    assert base.read({"Ref_Key": payment["ref"]}, RECEIPTS)["Posted"] is False


def test_a_draft_cannot_be_paid(base: Base, hands: Hands) -> None:
    number = base.create()["Number"]
    answer = hands.http.post("accountant/pay", json={"invoice": number})
    assert answer.status_code == 422
    assert number in answer.json()["error"]


def test_a_full_pass_leaves_nothing_open(tmp_path: Path, start: Starter) -> None:
    about = start(tmp_path).about
    base, hands = Base(about), Hands(about)
    invoices = [base.posted() for _ in range(3)]
    hands.pay(invoices[0], share="0.5")
    done = hands.ask("POST", "accountant/work", mode="full")["done"]
    assert [item["act"] for item in done] == ["pay", "ship"] * 3
    assert {base.status(invoice) for invoice in invoices} == {("Оплачен", "Отгружен")}
    assert hands.ask("POST", "accountant/work", mode="full")["done"] == []
    base.http.close()
    hands.http.close()


def test_a_mixed_pass_is_various_and_the_same_for_the_same_seed(
    tmp_path: Path, start: Starter
) -> None:
    def live(name: str) -> tuple[list[tuple[str, ...]], set[tuple[str, str]]]:
        about = start(tmp_path / name, "--seed", "3").about
        base, hands = Base(about), Hands(about)
        for _ in range(25):
            base.posted(Date="2026-10-01T10:00:00")
        done = hands.ask("POST", "accountant/work", mode="mixed", seed=5, date="2026-11-20")["done"]
        statuses = {base.status(row) for row in base.rows(INVOICES)}
        base.http.close()
        hands.http.close()
        return [_short(item) for item in done], statuses

    (first, statuses), (second, _) = live("a"), live("b")
    assert first == second
    assert len(statuses) >= 5
    assert len({item[2][:10] for item in first}) > 5


def _short(item: Record) -> tuple[str, ...]:
    return item["act"], item["invoice_number"], item["date"], item["amount"]
