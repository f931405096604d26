from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from tests.unit.mappings.bp30_samples import (
    BOOKS,
    CLIENT,
    CONTRACT,
    EMPTY,
    MAPPINGS,
    MOSCOW,
    ORGANIZATION,
    PRODUCT,
    RUBLE,
    external,
    ours,
)

from provodka.foundation.errors import MissingParent, Misunderstood
from provodka.mappings.lookups import Lookup
from provodka.mappings.marker import marker_for
from provodka.mappings.writing import WireDocument, lookups, write

DOCUMENT = UUID("01900000-0000-7000-8000-000000000001")
ACCOUNT = "77777777-aaaa-4aaa-8aaa-000000000001"
INVOICE = MAPPINGS["invoice"]
BANK = Lookup(
    "Catalog_Организации", (("Ref_Key", UUID(ORGANIZATION)),), "ОсновнойБанковскийСчет_Key"
)


def our_line(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "line": number,
        "product_id": ours(PRODUCT),
        "content": "Вода питьевая, 19 л",
        "quantity": Decimal(2),
        "price": Decimal("610.00"),
        "amount": Decimal("1220.00"),
        "vat_rate": "vat22",
        "vat_amount": Decimal("220.00"),
    } | changed


def our_invoice(**changed: Any) -> dict[str, Any]:
    return {
        "number": "СЧ00-000007",
        "date": datetime(2026, 3, 4, 21, 30, 15, 123456, tzinfo=UTC),
        "organization_id": ours(ORGANIZATION),
        "client_id": ours(CLIENT),
        "contract_id": ours(CONTRACT),
        "currency": "RUB",
        "amount": Decimal("2440.00"),
        "vat_included": True,
        "posted": True,
        "comment": "позвонить заранее",
    } | changed


def send(
    values: dict[str, Any],
    lines: list[dict[str, Any]] | None = None,
    **options: Any,
) -> WireDocument:
    rows = [our_line(1), our_line(2)] if lines is None else lines
    said: dict[str, Any] = {"external": external, "zone": MOSCOW, "books": BOOKS} | options
    return write(INVOICE, DOCUMENT, values, {"lines": rows}, **said)


def test_an_invoice_is_sent_with_everything_that_accounting_needs() -> None:
    sent = send(our_invoice(), found={BANK: ACCOUNT})
    assert sent.entity == "Document_СчетНаОплатуПокупателю"
    assert sent.post
    assert sent.body == {
        "Number": "СЧ00-000007",
        "Date": "2026-03-05T00:30:15",
        "Организация_Key": ORGANIZATION,
        "Контрагент_Key": CLIENT,
        "ДоговорКонтрагента_Key": CONTRACT,
        "ВалютаДокумента_Key": RUBLE,
        "СуммаДокумента": Decimal("2440.00"),
        "СуммаВключаетНДС": True,
        "Комментарий": "[prv:01900000000070008000000000000001] позвонить заранее",
        "ВидОперации": "ТоварыИУслуги",
        "ДокументБезНДС": False,
        "КурсВзаиморасчетов": 1,
        "КратностьВзаиморасчетов": "1",
        "СтруктурнаяЕдиница_Key": ACCOUNT,
        "Товары": [
            {
                "LineNumber": number,
                "Номенклатура": PRODUCT,
                "Номенклатура_Type": "StandardODATA.Catalog_Номенклатура",
                "Содержание": "Вода питьевая, 19 л",
                "Количество": Decimal(2),
                "Цена": Decimal("610.00"),
                "Сумма": Decimal("1220.00"),
                "СтавкаНДС": "НДС22",
                "СуммаНДС": Decimal("220.00"),
            }
            for number in ("1", "2")
        ],
    }


def test_a_date_is_the_local_day_of_the_base_not_of_utc() -> None:
    body = send(our_invoice(date=datetime(2026, 3, 4, 22, tzinfo=UTC))).body
    assert body["Date"] == "2026-03-05T01:00:00"


def test_the_marker_begins_the_comment_and_is_not_doubled() -> None:
    marker = marker_for(DOCUMENT)
    assert send(our_invoice(comment=None)).body["Комментарий"] == marker
    assert send(our_invoice(comment=f"{marker} срочно")).body["Комментарий"] == f"{marker} срочно"
    assert send(our_invoice()).marker == marker


def test_an_update_does_not_send_what_is_only_for_creation() -> None:
    body = send(our_invoice(), creating=False).body
    assert "КурсВзаиморасчетов" not in body
    assert body["Комментарий"].startswith(marker_for(DOCUMENT))


def test_updating_a_client_leaves_the_comment_of_the_accountant_alone() -> None:
    values = {"name": "Ромашка ООО", "kind": "legal_entity", "inn": "7707083893"}
    said: dict[str, Any] = {"external": external, "zone": MOSCOW, "books": BOOKS}
    client = MAPPINGS["client"]
    created = write(client, DOCUMENT, values, {}, **said)
    changed = write(client, DOCUMENT, values, {}, creating=False, **said)
    assert created.body["Комментарий"] == created.marker
    assert "Комментарий" not in changed.body
    assert (created.body["ИННВведенКорректно"], created.body["КППВведенКорректно"]) == (True, False)


def test_rows_are_numbered_from_one_without_gaps_in_the_order_of_lines() -> None:
    rows = [our_line(7, content="вторая"), our_line(3, content="первая")]
    sent = send(our_invoice(), rows).body["Товары"]
    assert [(row["LineNumber"], row["Содержание"]) for row in sent] == [
        ("1", "первая"),
        ("2", "вторая"),
    ]


def test_an_invoice_without_vat_says_so_in_its_header() -> None:
    rows = [our_line(1, vat_rate="none", vat_amount=Decimal(0), amount=Decimal("2440.00"))]
    assert send(our_invoice(), rows).body["ДокументБезНДС"] is True


def test_a_client_that_is_not_in_accounting_yet_is_named_as_the_missing_parent() -> None:
    stranger = UUID("01900000-0000-7000-8000-00000000dead")
    with pytest.raises(MissingParent) as caught:
        send(our_invoice(client_id=stranger))
    assert (caught.value.kind, caught.value.key) == ("client", str(stranger))


def test_a_product_of_a_row_that_is_not_in_accounting_yet_is_a_missing_parent() -> None:
    stranger = UUID("01900000-0000-7000-8000-00000000dead")
    with pytest.raises(MissingParent, match=r"Товары\[1\]"):
        send(our_invoice(), [our_line(1, product_id=stranger), our_line(2)])


def test_lines_that_do_not_add_up_are_refused_with_both_sums() -> None:
    with pytest.raises(Misunderstood) as caught:
        send(our_invoice(amount=Decimal("2440.01")))
    assert "2440.01" in caught.value.found
    assert "2440.00" in caught.value.found


def test_vat_on_top_counts_towards_the_sum_of_the_document() -> None:
    rows = [our_line(1, amount=Decimal("1000.00")), our_line(2, amount=Decimal("1000.00"))]
    sent = send(our_invoice(vat_included=False), rows)
    assert sent.body["СуммаВключаетНДС"] is False
    with pytest.raises(Misunderstood, match="НДС в сумме"):
        send(our_invoice(vat_included=True), rows)


def test_an_invoice_without_an_organization_is_refused_before_it_is_sent() -> None:
    with pytest.raises(Misunderstood, match="organization_id"):
        send(our_invoice(organization_id=None))


def test_another_currency_is_refused_because_its_rate_is_not_known() -> None:
    with pytest.raises(Misunderstood, match="ВалютаДокумента_Key"):
        send(our_invoice(currency="USD"))


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"price": 610.0}, "Цена"),
        ({"vat_rate": "vat18"}, "СтавкаНДС"),
        ({"quantity": Decimal("NaN")}, "Количество"),
        ({"vat_amount": Decimal("1.005")}, "СуммаНДС"),
        ({"content": 5}, "Содержание"),
    ],
)
def test_a_value_that_cannot_be_sent_names_its_row_and_field(
    changed: dict[str, Any], where: str
) -> None:
    with pytest.raises(Misunderstood) as caught:
        send(our_invoice(), [our_line(1), our_line(2, **changed)])
    assert f"Товары[2].{where}" in caught.value.where


def test_a_time_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 3, 4, 12, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(Misunderstood, match="Date"):
        send(our_invoice(date=naive))


def test_lookups_ask_for_our_bank_account() -> None:
    assert lookups(INVOICE, DOCUMENT, our_invoice(), external=external) == (BANK,)


def test_an_invoice_without_a_contract_asks_for_the_only_one_of_this_buyer() -> None:
    values = our_invoice(contract_id=None)
    asked = lookups(INVOICE, DOCUMENT, values, external=external)
    contract = next(one for one in asked if one.entity == "Catalog_ДоговорыКонтрагентов")
    assert contract.where == (
        ("Owner_Key", UUID(CLIENT)),
        ("Организация_Key", UUID(ORGANIZATION)),
        ("ВидДоговора", "СПокупателем"),
        ("DeletionMark", False),
    )
    sent = send(values, found={contract: CONTRACT})
    assert sent.body["ДоговорКонтрагента_Key"] == CONTRACT


def test_a_contract_that_is_not_found_is_told_with_what_was_looked_for() -> None:
    with pytest.raises(Misunderstood) as caught:
        send(our_invoice(contract_id=None), found={})
    assert "ВидДоговора = СПокупателем" in caught.value.found


def test_an_account_that_is_not_found_is_left_out() -> None:
    assert "СтруктурнаяЕдиница_Key" not in send(our_invoice(), found={BANK: None}).body


def test_empty_values_become_what_1c_holds_for_empty() -> None:
    values = {
        "name": "Договор",
        "client_id": ours(CLIENT),
        "organization_id": ours(ORGANIZATION),
        "kind": "with_buyer",
        "currency": "RUB",
        "archived": False,
        "date": None,
        "number": None,
    }
    said: dict[str, Any] = {"external": external, "zone": MOSCOW, "books": BOOKS}
    body = write(MAPPINGS["contract"], DOCUMENT, values, {}, **said).body
    assert (body["Дата"], body["Номер"]) == ("0001-01-01T00:00:00", "")
    assert body["ВидДоговора"] == "СПокупателем"
    assert EMPTY not in body.values()
