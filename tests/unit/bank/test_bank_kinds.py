"""Money that no invoice waits for is told apart, and breakdowns are completed with care."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from provodka.mappings.bank.completing import completed_rows
from provodka.mappings.bank.kinds import Facts, nature_of

OURS, THEIRS = "40702810900000005555", "40702810600000001111"
PLAIN = Facts(True, False, THEIRS, "6671093163", OURS, "7707083893", "01", "Оплата", False)
A, B, CONTRACT = UUID(int=1), UUID(int=2), UUID(int=9)
COLUMNS = ("line", "invoice_id", "contract_id", "amount")


@pytest.mark.parametrize(
    ("said", "nature"),
    [
        ({}, "customer"),
        ({"between": True}, "own"),
        ({"payer_inn": "7707083893"}, "own"),
        ({"purpose": "ВОЗВРАТ ошибочно перечисленного"}, "refund"),
        ({"purpose": "Невозвратный аванс"}, "customer"),
        ({"purpose": "Зачисление по эквайрингу"}, "bank"),
        ({"payer_account": "47422810000000000001"}, "bank"),
        ({"operation": "17"}, "bank"),
        ({"payer_account": "03100643000000018500"}, "budget"),
        ({"incoming": False}, "spent"),
        ({"incoming": False, "to_budget": True}, "budget"),
        ({"incoming": False, "operation": "17"}, "bank"),
        ({"incoming": False, "payee_account": "70601810000000000001"}, "bank"),
        ({"incoming": False, "payer_inn": "7707083893"}, "own"),
    ],
)
def test_the_sort_of_money_is_told(said: dict[str, Any], nature: str) -> None:
    told = nature_of(PLAIN._replace(**said), {"7707083893"})
    assert told.nature == nature
    assert bool(told.why) == (nature != "customer")


def rows(*amounts: str, invoice: UUID | None = None) -> list[tuple[Any, ...]]:
    return [(n, invoice, CONTRACT, Decimal(one)) for n, one in enumerate(amounts, 1)]


def test_an_invoice_is_filled_in_where_accounting_names_none() -> None:
    assert completed_rows(COLUMNS, rows("100"), [(A, Decimal(100))]) == rows("100", invoice=A)


def test_what_is_left_over_stays_without_an_invoice() -> None:
    found = completed_rows(COLUMNS, rows("100"), [(A, Decimal(60)), (B, Decimal(30))])
    assert [(row[1], row[3]) for row in found] == [
        (A, Decimal(60)), (B, Decimal(30)), (None, Decimal(10)),
    ]  # fmt: skip
    assert [row[0] for row in found] == [1, 2, 3]
    assert sum(row[3] for row in found) == 100


@pytest.mark.parametrize(
    ("given", "shares"),
    [
        (rows("100", invoice=B), [(A, Decimal(100))]),
        (rows("50"), [(A, Decimal(100))]),
        (rows("100"), []),
        ([], [(A, Decimal(100))]),
        ([(1, None, CONTRACT, Decimal(50)), (2, None, None, Decimal(50))], [(A, Decimal(100))]),
    ],
    ids=["names one", "holds less", "nothing decided", "no rows", "several contracts"],
)
def test_what_accounting_has_said_stands(
    given: list[tuple[Any, ...]], shares: list[tuple[UUID, Decimal]]
) -> None:
    assert completed_rows(COLUMNS, given, shares) == given
