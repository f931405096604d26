"""Conditions: what they may say, and what they answer."""

from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from provodka.trigger_rules.conditions import Expression, Unsound
from provodka.trigger_rules.schema import roots

NAMES = roots("proposal", ("info_letter", "proposal", "won", "lost"))
GENERAL = roots("proposal")


def facts(**changes: Any) -> dict[str, Any]:
    deal = {"status": "open", "stage": "proposal", "lost_reason": None, "invoices_unpaid": 0,
            "id": UUID(int=7), "amount": Decimal("10")}  # fmt: skip
    return {
        "deal": deal | changes.pop("deal", {}),
        "proposal": {"amount": Decimal("100000.01"), "posted": True, "deal_id": UUID(int=7)}
        | changes.pop("proposal", {}),
        "client": {"kind": "individual", "email": None},
        "responsible": None,
        "head": {"email": "head@romashka.test"},
        "now": datetime(2026, 11, 20, tzinfo=UTC),
    } | changes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("deal.amout > 1", "amount"),
        ("deel.amount > 1", "deal"),
        ("deal.amount >", ""),
        ("deal.amount > 'x'", "одного типа"),
        ("deal.amount == '5'", "одного типа"),
        ("deal.amount and proposal.posted", "сравнение"),
        ("not deal.amount", "сравнение"),
        ("deal.lost_reason == 'x'", '(deal.lost_reason ?? "")'),
        ("deal.lost_reason in ['x']", '(deal.lost_reason ?? "")'),
        ("deal.delivery_at < now", "по умолчанию"),
        ("responsible.email != null", "по умолчанию"),
        ("deal == null", "сравнение"),
        ("deal.status == 'wonn'", "won"),
        ("deal.stage == 'propsal'", "proposal"),
        ("client.kind in ['individual', 'legal']", "legal_entity"),
        ("deal.status in [1]", "одного типа"),
        ("deal.title =~ '(a+)+$'", "сравнения"),
        ("deal.title !~ 'x'", "сравнения"),
        ("'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' =~ '(a+)+$'", "сравнения"),
        ("$now > deal.created_at", "сравнения"),
        ("[x for x in [1]] == [1]", "сравнения"),
        ("9 ** 9 ** 9 > deal.amount", "сравнения"),
        ("deal.title.as_lower == 'x'", "документ.поле"),
        ("deal.title[0] == 'x'", "сравнения"),
        ("'x'.encode('utf-8') == b'x'", "сравнения"),
        ("{'a': 1} == {'a': 1}", "сравнения"),
        ("", "условие"),
        ("deal.client.kynd == 'x'", "kind"),
        ("deal.client.kind == 'individal'", "individual"),
        ("deal.client.inn == '1'", '(deal.client.inn ?? "")'),
        ("deal.responsible.name == 'x'", "по умолчанию"),
        ("deal.client.responsible.department.name == 'x'", "по умолчанию"),
        ("deal.items == 1", "одного типа"),
        ("'good' in deal.items.kinds", "goods"),
        ("1 in deal.items.kinds", "одного типа"),
        ("deal.items[0].amount > 1", "одного типа"),
        ("(" * 21 + "true" + ")" * 21, "скобок"),
        ("not " * 21 + "true", "скобок"),
        ("deal.amount in [" + "1," * 100 + "1]", "значений"),
        ("1 == 1 or " * 300 + "1 == 1", "2000"),
    ],
)
def test_unsound_expressions_are_refused_at_load(text: str, expected: str) -> None:
    with pytest.raises(Unsound) as refused:
        Expression(text, NAMES)
    assert expected in refused.value.problem.expected


@pytest.mark.parametrize(
    "text",
    [
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' =~ '(a+)+$'",
        "9 ** 9 ** 9 ** 9 > deal.amount",
        "(" * 990 + "true" + ")" * 990,
        "not " * 490 + "true",
    ],
)
def test_a_hostile_expression_costs_no_time(text: str) -> None:
    began = time.perf_counter()
    with contextlib.suppress(Unsound):
        Expression(text, NAMES)
    assert time.perf_counter() - began < 2


def test_an_expression_knows_what_it_yields() -> None:
    assert Expression("deal.amount", NAMES).type == "number"
    assert Expression("deal.lost_reason", NAMES).nullable


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("proposal.amount > 100000", True),
        ("proposal.amount > 100000.01", False),
        ("proposal.amount >= 100000.01 and deal.status == 'open'", True),
        ("deal.lost_reason == null", True),
        ("deal.lost_reason != null", False),
        ('(deal.lost_reason ?? "") == ""', True),
        ('(responsible&.email ?? "") == ""', True),
        ("responsible == null and head != null", True),
        ("deal.stage in ['info_letter', 'proposal']", True),
        ("not (deal.stage in ['info_letter'])", True),
        ("proposal.amount * 2 - 1 == 200000.02 - 1", True),
        ("proposal.deal_id == '00000000-0000-0000-0000-000000000007'", None),
        ("(proposal.deal_id ?? '') == deal.id", True),
        ("now > d'2026-11-19'", True),
        ("deal.amount > 5 ? true : false", True),
    ],
)
def test_sound_conditions_answer(text: str, truth: bool | None) -> None:
    if truth is None:
        with pytest.raises(Unsound):
            Expression(text, NAMES)
    else:
        assert Expression(text, NAMES).holds(facts()) is truth


ITEMS = [
    {"amount": Decimal("5.10"), "quantity": Decimal(2), "product": "Вода",
     "product_kind": "goods"},
    {"amount": Decimal("0.20"), "quantity": Decimal(1), "product": "Бутыль",
     "product_kind": "returnable"},
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "truth", "related"),
    [
        ("deal.client.kind == 'individual'", True, {"deal.client"}),
        ("(deal.responsible&.name ?? '') == ''", True, {"deal.responsible"}),
        ("deal.responsible == null", True, {"deal.responsible"}),
        (
            "(proposal&.deal&.client&.kind ?? '') == 'individual'", False,
            {"proposal.deal", "proposal.deal.client"},
        ),
        ("deal.items.count == 2 and deal.items.amount == 5.3", True, {"deal.items"}),
        ("'returnable' in deal.items.kinds", True, {"deal.items"}),
        ("not ('Кулер' in deal.items.products)", True, {"deal.items"}),
        ("proposal.lines.count == 0", True, {"proposal.lines"}),
    ],
)  # fmt: skip
def test_a_condition_reaches_through_relations_and_sees_sections_as_a_whole(
    text: str, truth: bool, related: set[str]
) -> None:
    deal = {"client": {"kind": "individual"}, "responsible": None, "items": ITEMS}
    condition = Expression(text, NAMES)
    assert condition.related == related
    assert condition.holds(facts(deal=deal, proposal={"deal": None, "lines": []})) is truth


def test_money_is_exact() -> None:
    tenth = Expression("proposal.amount + 0.2 == 0.3", NAMES)
    assert tenth.holds(facts(proposal={"amount": Decimal("0.1")}))
    value = Expression("proposal.amount", NAMES).value(facts())
    assert value == Decimal("100000.01")
    assert isinstance(value, Decimal)


def test_an_explanation_tells_each_clause_with_its_values() -> None:
    condition = Expression(
        "deal.status == 'open' and proposal.amount > 200000 and"
        " (deal.invoices_unpaid == 0 or (responsible&.email ?? '') != '')",
        NAMES,
    )
    first, second, third = condition.explain(facts())
    assert (first.text, first.holds, dict(first.values)) == (
        'deal.status == "open"', True, {"deal.status": "open"},
    )  # fmt: skip
    assert (second.holds, dict(second.values)) == (
        False, {"proposal.amount": Decimal("100000.01")},
    )  # fmt: skip
    assert third.text.startswith("(deal.invoices_unpaid == 0 or")
    assert dict(third.values) == {"deal.invoices_unpaid": 0, "responsible.email": None}


def test_the_fields_read_are_known() -> None:
    condition = Expression("deal.amount > 1 and head != null", NAMES)
    assert condition.fields == {"deal.amount", "head"}


def test_without_a_scenario_the_deal_may_be_missing() -> None:
    with pytest.raises(Unsound):
        Expression("deal.amount > 1", GENERAL)
    assert not Expression("(deal&.amount ?? 0) > 1", GENERAL).holds(facts() | {"deal": None})
