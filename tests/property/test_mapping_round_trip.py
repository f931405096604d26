"""What is written to 1C and read back is what was written."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.mappings.bp30_samples import (
    BOOKS,
    CLIENT,
    CONTRACT,
    KNOWN,
    MAPPINGS,
    ORGANIZATION,
    PRODUCT,
    external,
    ours,
)

from provodka.mappings.compiled import Mapping
from provodka.mappings.reading import as_dict, read_page
from provodka.mappings.snapshot import restore, snapshot
from provodka.mappings.vat import RATES
from provodka.mappings.writing import write

DOCUMENT = UUID("01900000-0000-7000-8000-000000000001")
# Zones without summer time since 2015: a local time there is one instant.
ZONES = st.sampled_from([ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Yekaterinburg")])
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
TRIMMED = WORDS.map(str.strip)
FILLED = TRIMMED.filter(bool)
MONEY = st.decimals(-(10**10), 10**10, places=2)
SECONDS = st.integers(0, 85 * 365 * 86400)
INSTANTS = st.builds(
    lambda second, zone: (datetime(2015, 1, 1, tzinfo=UTC) + timedelta(seconds=second)).astimezone(
        zone
    ),
    SECONDS,
    ZONES,
)

LINES = st.lists(
    st.fixed_dictionaries(
        {
            "product_id": st.just(ours(PRODUCT)),
            "content": WORDS,
            "quantity": st.decimals(-(10**6), 10**6, places=3),
            "price": st.decimals(0, 10**8, places=4),
            "amount": MONEY,
            "vat_rate": st.sampled_from(sorted(RATES)),
            "vat_amount": MONEY,
        }
    ),
    max_size=4,
).map(lambda rows: [{"line": number} | row for number, row in enumerate(rows, 1)])

INVOICES = st.fixed_dictionaries(
    {
        "number": TRIMMED.filter(bool),
        "date": INSTANTS,
        "organization_id": st.just(ours(ORGANIZATION)),
        "client_id": st.just(ours(CLIENT)),
        "contract_id": st.just(ours(CONTRACT)),
        "currency": st.just("RUB"),
        "vat_included": st.booleans(),
        "comment": st.none() | WORDS,
        "posted": st.booleans(),
    }
)
CLIENTS = st.fixed_dictionaries(
    {
        "name": FILLED,
        "full_name": st.none() | TRIMMED,
        "kind": st.sampled_from(["legal_entity", "individual"]),
        "inn": st.sampled_from([None, "7707083893", "500100732259"]),
        "kpp": st.sampled_from([None, "773601001", "7736AZ001"]),
    }
)
CONTRACTS = st.fixed_dictionaries(
    {
        "name": FILLED,
        "client_id": st.just(ours(CLIENT)),
        "organization_id": st.just(ours(ORGANIZATION)),
        "number": st.none() | TRIMMED,
        "date": st.none() | st.dates(date(1, 1, 2)),
        "kind": st.sampled_from(["with_buyer", "with_supplier", "other"]),
        "currency": st.just("RUB"),
        "archived": st.booleans(),
    }
)


def there_and_back(
    mapping: Mapping, values: dict[str, Any], parts: dict[str, Any], zone: ZoneInfo
) -> dict[str, Any]:
    sent = write(mapping, DOCUMENT, values, parts, external=external, zone=zone, books=BOOKS)
    stored: dict[str, Any] = {
        "Ref_Key": str(DOCUMENT),
        "DataVersion": "AAAAAAAAAAE=",
        "DeletionMark": False,
        "Posted": values.get("posted"),
        "КонтактнаяИнформация": [],
    }
    page = read_page(mapping, [sent.body | stored], KNOWN, zone, BOOKS)
    assert not page.misunderstood, page.misunderstood[0].error
    read, rows = as_dict(mapping, page.understood[0])
    return snapshot(read, rows)


@given(values=INVOICES, lines=LINES, zone=ZONES)
def test_an_invoice_comes_back_from_1c_as_it_was_sent(
    values: dict[str, Any], lines: list[dict[str, Any]], zone: ZoneInfo
) -> None:
    added = sum((line["amount"] for line in lines), Decimal(0))
    if not values["vat_included"]:
        added += sum((line["vat_amount"] for line in lines), Decimal(0))
    values = values | {"amount": added}
    back = there_and_back(MAPPINGS["invoice"], values, {"lines": lines}, zone)
    assert back == snapshot(values, {"lines": lines})


@given(values=CLIENTS, zone=ZONES)
def test_a_client_comes_back_from_1c_as_it_was_sent(values: dict[str, Any], zone: ZoneInfo) -> None:
    whole = values | dict.fromkeys(("phone", "email", "delivery_address"))
    assert there_and_back(MAPPINGS["client"], values, {}, zone) == snapshot(whole, {})


@given(values=CONTRACTS, zone=ZONES)
def test_a_contract_comes_back_from_1c_as_it_was_sent(
    values: dict[str, Any], zone: ZoneInfo
) -> None:
    assert there_and_back(MAPPINGS["contract"], values, {}, zone) == snapshot(values, {})


@settings(max_examples=50)
@given(values=INVOICES, lines=LINES, pause=st.timedeltas(timedelta(0), timedelta(milliseconds=999)))
def test_a_snapshot_survives_storage_and_the_pause_below_a_second(
    values: dict[str, Any], lines: list[dict[str, Any]], pause: timedelta
) -> None:
    stored = snapshot(values, {"lines": lines})
    again, rows = restore(MAPPINGS["invoice"], stored)
    assert snapshot(again, rows) == stored
    assert snapshot(values | {"date": values["date"] + pause}, {"lines": lines}) == stored
