from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from provodka.foundation.errors import Misunderstood
from provodka.mappings.vat import RATES, enum_of, from_enum, rate_on, vat_of


@pytest.mark.parametrize(
    ("shipped", "rate"),
    [
        (date(2019, 1, 1), "vat20"),
        (date(2025, 12, 31), "vat20"),
        (date(2026, 1, 1), "vat22"),
        (date(2026, 11, 22), "vat22"),
    ],
)
def test_the_standard_rate_is_that_of_the_day_of_shipment(shipped: date, rate: str) -> None:
    assert rate_on("vat20", shipped) == rate
    assert rate_on("vat22", shipped) == rate


def test_a_calculated_rate_changes_with_the_standard_one() -> None:
    assert rate_on("vat20_120", date(2026, 1, 1)) == "vat22_122"
    assert rate_on("vat22_122", date(2025, 6, 1)) == "vat20_120"


@pytest.mark.parametrize("rate", ["vat10", "vat0", "none", "vat10_110"])
def test_other_rates_do_not_depend_on_the_day(rate: str) -> None:
    assert rate_on(rate, date(2026, 1, 1)) == rate_on(rate, date(2020, 1, 1)) == rate


def test_a_day_before_the_rate_of_twenty_is_refused() -> None:
    with pytest.raises(Misunderstood, match="2019-01-01"):
        rate_on("vat20", date(2018, 12, 31))


@pytest.mark.parametrize(
    ("amount", "rate", "included", "tax"),
    [
        ("1220.00", "vat22", True, "220.00"),
        ("1000.00", "vat22", False, "220.00"),
        ("120.00", "vat20", True, "20.00"),
        ("100.00", "vat20_120", True, "16.67"),
        ("100.00", "vat20_120", False, "16.67"),
        ("0.03", "vat20", True, "0.01"),
        ("0.025", "vat20", False, "0.01"),
        ("110.00", "vat10", True, "10.00"),
        ("500.00", "vat0", True, "0.00"),
        ("500.00", "none", True, "0.00"),
        ("-122.00", "vat22", True, "-22.00"),
    ],
)
def test_tax_is_counted_to_the_kopeck(amount: str, rate: str, included: bool, tax: str) -> None:
    assert vat_of(Decimal(amount), rate, included=included) == Decimal(tax)


def test_every_rate_has_one_name_in_1c_and_comes_back_from_it() -> None:
    assert {from_enum(enum_of(rate)) for rate in RATES} == set(RATES)


@pytest.mark.parametrize(("name", "near"), [("НДС222", "НДС22"), ("БезНдс", "БезНДС")])
def test_an_unknown_member_suggests_the_nearest(name: str, near: str) -> None:
    with pytest.raises(Misunderstood) as caught:
        from_enum(name)
    assert f"«{near}»" in caught.value.expected


def test_an_unknown_rate_is_not_counted() -> None:
    with pytest.raises(Misunderstood, match="vat18"):
        vat_of(Decimal(100), "vat18", included=True)
