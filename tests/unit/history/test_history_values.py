"""Cells as Russian and English programs write them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from provodka.flows.history.kinds import KINDS
from provodka.flows.history.parties import product_kind
from provodka.flows.history.values import (
    Misread,
    amount,
    day,
    folded,
    instant,
    kopeck_amount,
    text,
    whole,
)

MOSCOW = ZoneInfo("Europe/Moscow")
ORENBURG = ZoneInfo("Asia/Yekaterinburg")


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("1 234,50", "1234.5"),
        ("1\u00a0234,50", "1234.5"),
        ("1\u202f234,50 ₽", "1234.5"),
        ("1,234.50", "1234.5"),
        ("1.234,50", "1234.5"),
        ("1'234.50", "1234.5"),
        ("-5 руб.", "-5"),
        ("+7", "7"),
        ("0,125", "0.125"),
        ("100", "100"),
        (29.330000000000002, "29.33"),
        (3, "3"),
        (1e3, "1000"),
    ],
)
def test_numbers_are_read_exactly(cell: Any, read: str) -> None:
    assert amount(cell, MOSCOW) == Decimal(read)


@pytest.mark.parametrize(
    "cell", ["1,234", "12 шт", "1.2.3", "", "--5", "1e5", "NaN", "inf", True, "9" * 16, 1e300]
)
def test_what_is_no_number_or_an_unclear_one_is_refused(cell: Any) -> None:
    with pytest.raises(Misread):
        amount(cell, MOSCOW)


def test_money_finer_than_a_kopeck_is_refused_and_never_rounded() -> None:
    assert kopeck_amount("0,30", MOSCOW) == Decimal("0.3")
    with pytest.raises(Misread, match="копейки"):
        kopeck_amount("0,305", MOSCOW)


def test_a_number_is_the_same_however_many_zeros_it_has() -> None:
    assert {str(amount(cell, MOSCOW)) for cell in ("100", "100.00", "1e2"[:1] + "00", 100.0)} == {
        "100"
    }


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("31.12.2025 18:00", datetime(2025, 12, 31, 15, tzinfo=UTC)),
        ("31.12.2025 18:00:30", datetime(2025, 12, 31, 15, 0, 30, tzinfo=UTC)),
        ("1.2.25", datetime(2025, 1, 31, 21, tzinfo=UTC)),
        ("2025-12-31", datetime(2025, 12, 30, 21, tzinfo=UTC)),
        ("2025-12-31T18:00:00+05:00", datetime(2025, 12, 31, 13, tzinfo=UTC)),
        ("2025-12-31 8:05", datetime(2025, 12, 31, 5, 5, tzinfo=UTC)),
        ("2025-12-31T18:00:00Z", datetime(2025, 12, 31, 18, tzinfo=UTC)),
        ("20251231", datetime(2025, 12, 30, 21, tzinfo=UTC)),
        (date(2025, 12, 31), datetime(2025, 12, 30, 21, tzinfo=UTC)),
        (datetime(2025, 12, 31, 18), datetime(2025, 12, 31, 15, tzinfo=UTC)),  # noqa: DTZ001
    ],
)
def test_moments_are_read_in_the_files_zone_unless_they_name_one(cell: Any, read: datetime) -> None:
    assert instant(cell, MOSCOW) == read


def test_the_zone_of_the_file_decides_what_a_bare_moment_means() -> None:
    assert instant("31.12.2025 18:00", ORENBURG) == datetime(2025, 12, 31, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    "cell",
    [
        "31.13.2025",
        "12/31/2025",
        "вчера",
        "2025-02-30",
        "18:00",
        "01.01.0001",
        "9999-12-31T23:59:59.7",
        "9999-12-31T23:59:59-10:00",
        date(1, 1, 1),
    ],
)
def test_what_is_no_date_is_refused(cell: str) -> None:
    with pytest.raises(Misread):
        instant(cell, MOSCOW)


def test_a_day_is_the_day_in_the_files_zone() -> None:
    assert day("2025-12-31T22:30:00Z", MOSCOW) == date(2026, 1, 1)
    assert day("31.12.2025", MOSCOW) == date(2025, 12, 31)


def test_text_loses_only_spaces_and_the_point_of_a_spreadsheet() -> None:
    assert text("  ООО   «Роса» ", MOSCOW) == "ООО «Роса»"
    assert text(17.0, MOSCOW) == "17"


def test_names_are_one_whatever_their_spaces_and_capitals() -> None:
    assert folded(" Королёв  ИП") == folded("королев ип")


@pytest.mark.parametrize("cell", ["-1", "1,5", "много", "3000000000"])
def test_seconds_are_whole_and_not_negative(cell: str) -> None:
    with pytest.raises(Misread):
        whole(cell, MOSCOW)


def test_tare_and_services_are_told_from_goods() -> None:
    assert [product_kind(one) for one in ("Тара", "услуга", "вода", None)] == [
        "returnable",
        "service",
        "goods",
        "goods",
    ]


@pytest.mark.parametrize("cell", ["20%", 20, 0.2, "0,2", "vat20"])
def test_a_rate_of_vat_is_the_same_in_per_cent_and_as_a_share(cell: Any) -> None:
    rate = KINDS["products"].columns[KINDS["products"].names.index("vat_rate")]
    assert rate.read(cell, MOSCOW) == "vat20"


def test_the_headers_of_the_contract_are_those_of_the_kinds() -> None:
    assert KINDS["orders"].names == (
        "client",
        "client_kind",
        "ordered_at",
        "completed_at",
        "item",
        "item_kind",
        "quantity",
        "amount",
        "courier",
        "status",
    )
    assert KINDS["stage-history"].names == (
        "deal",
        "client",
        "scenario",
        "stage",
        "entered_at",
        "responsible",
        "amount",
        "outcome",
    )
    assert KINDS["deliveries"].names == (
        "stop",
        "courier",
        "client",
        "planned_from",
        "planned_to",
        "arrived_at",
        "status",
        "reason",
        "item",
        "quantity",
        "amount",
        "cash_due",
        "cash_taken",
    )


def test_the_page_lists_every_header_of_every_column() -> None:
    told = [
        f"| {f'`{kind.name}`' if number == 0 else ''}"
        f" | {f'**{one.name}**' if one.required else one.name} | {', '.join(one.also)} |"
        for kind in KINDS.values()
        for number, one in enumerate(kind.columns)
    ]
    page = (Path(__file__).parents[3] / "docs" / "history-import.md").read_text(encoding="utf-8")
    table = page.partition("<!-- columns -->\n")[2].partition("\n<!-- /columns -->")[0]
    assert table.split("\n")[2:] == told
