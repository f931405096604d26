"""Sums, days and accounts of a bank's file."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from provodka.connectors.client_bank.accounts import currency_of, key_is_right
from provodka.connectors.client_bank.scalars import Unreadable, read_amount, read_day, read_time


@pytest.mark.parametrize(
    ("text", "value", "odd"),
    [
        ("1234.56", "1234.56", False),
        ("700", "700", False),
        ("0.01", "0.01", False),
        ("-12.50", "-12.50", False),
        ("1234.5", "1234.5", False),
        ("1 234,56", "1234.56", True),
        ("1\u00a0234\u202f567.89", "1234567.89", True),
        ("12 345 678", "12345678", True),
        ("1,234,567.89", "1234567.89", True),
        ("1234,56", "1234.56", True),
        ("1234-56", "1234.56", True),
    ],
)
def test_a_sum_is_exact(text: str, value: str, *, odd: bool) -> None:
    assert read_amount(text) == (Decimal(value), odd)


@pytest.mark.parametrize(
    "text",
    ["", ".5", "1.", "1.234", "1,234", "1e5", "NaN", "١٢", "1 23,45", "1.234.567", "--1", "1_000",
     "1234567890123456", "1 234 567 890 123 456"],
)  # fmt: skip
def test_what_is_no_sum_is_never_guessed(text: str) -> None:
    with pytest.raises(Unreadable):
        read_amount(text)


@pytest.mark.parametrize(
    "text", ["31.02.2026", "1.3.26", "2026.03.01", "01-03-2026", "٠١.٠٣.٢٠٢٦", ""]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_day(text)


def test_a_day_in_iso_order_is_read_as_odd() -> None:
    assert read_day("10.03.2026") == (date(2026, 3, 10), False)
    assert read_day("2026-03-10") == (date(2026, 3, 10), True)


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(Unreadable):
        read_time("25:00:00")


@pytest.mark.parametrize(
    ("account", "bik", "right"),
    [
        # Accounts from a recorded statement.
        ("40817810009980084396", "044525593", True),
        ("40817810400030269771", "044525974", True),
        ("40817810400030269772", "044525974", False),
        ("40817810410030269771", "044525974", False),
        ("30101810200000000593", "044525593", True),
        ("0310064300000001850", "044525593", None),
        ("03100643000000018500", "017003983", None),
        ("40817810009980084396", "04452559", None),
    ],
)
def test_the_control_key_ties_an_account_to_its_bank(
    account: str, bik: str, *, right: bool | None
) -> None:
    assert key_is_right(account, bik) is right


def test_the_currency_stands_in_the_account() -> None:
    assert currency_of("40702810900000005555") == "RUB"
    assert currency_of("40702840900000005555") == "USD"
    assert currency_of("407028109") is None
