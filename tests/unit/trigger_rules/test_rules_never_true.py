"""Conditions that no document can meet are found, and those that one may meet are left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from provodka.trigger_rules.book import RULES, RuleBook
from provodka.trigger_rules.conditions import Expression
from provodka.trigger_rules.doubts import never_true
from provodka.trigger_rules.never import EMPTY, excluding
from provodka.trigger_rules.schema import roots

NAMES = roots("invoice", ("first", "won"))
RULE = """
rules:
  - name: r
    title: Правило
    when: {when}
    if: {condition}
    do: [{{notify: {{to: head, subject: С, text: Т}}}}]
"""


def clash(condition: str, **known: object) -> tuple[str, ...]:
    told = {name.replace("__", "."): value for name, value in known.items()}
    return excluding(Expression(condition, NAMES).tree, NAMES, told)


@pytest.mark.parametrize(
    "condition",
    [
        "invoice.amount > 100 and invoice.amount < 50",
        "invoice.amount > 100 and invoice.amount <= 100",
        "100 < invoice.amount and 100 >= invoice.amount",
        "invoice.amount == 5 and invoice.amount != 5",
        "deal.status == 'open' and deal.status == 'won'",
        "deal.status in ['won', 'lost'] and deal.status == 'open'",
        "deal.status != 'open' and deal.status != 'won' and deal.status != 'lost'",
        "not (deal.status in ['open', 'won', 'lost'])",
        "deal.stage == 'first' and not (deal.stage == 'first')",
        "invoice.posted and not invoice.posted",
        "deal.source == null and deal.source != null",
        "deal.source == null and (deal.source ?? '') == 'site'",
        "deal.source != null and (deal.source ?? 'site') == 'a' and deal.source == null",
        "deal.open_tasks > 2 and deal.open_tasks < 3",
        "deal.open_tasks < 0",
        "deal.items.count < 0",
        "deal.created_at > d'2026-05-01' and deal.created_at < d'2026-01-01'",
        "(invoice.amount > 9 and invoice.amount < 5) or (deal.amount > 2 and deal.amount < 1)",
        "not (invoice.amount > 5 or invoice.amount <= 5)",
        "(deal.amount > invoice.amount) and not (deal.amount > invoice.amount)",
        "(deal.courier.role ?? '') == 'courier' and (deal.courier.role ?? '') == 'head'",
    ],
)
def test_parts_that_exclude_each_other_are_found(condition: str) -> None:
    assert clash(condition.replace("deal.courier.role", "deal.courier&.role"))


@pytest.mark.parametrize(
    "condition",
    [
        "invoice.amount >= 100 and invoice.amount <= 100",
        "invoice.amount > 100 or invoice.amount < 50",
        "deal.open_tasks > 2 and deal.open_tasks < 4",
        "deal.amount > 2 and deal.amount < 3",
        "deal.status != 'open' and deal.status != 'won'",
        "deal.source == null and (deal.source ?? 'site') == 'site'",
        "deal.source == null and (deal.source ?? '') != 'site'",
        "(deal.source ?? '') == '' and deal.source != null",
        "deal.amount > invoice.amount and deal.amount < invoice.amount",
        "invoice.posted",
        "(invoice.amount > 9 and invoice.amount < 5) or invoice.posted",
    ],
)
def test_a_condition_that_a_document_may_meet_is_left_alone(condition: str) -> None:
    assert clash(condition) == ()


def test_the_parts_that_exclude_each_other_are_named() -> None:
    found = clash("invoice.posted and invoice.amount > 100 and invoice.amount < 50")
    assert found == ("invoice.amount > 100", "invoice.amount < 50")


def test_a_condition_with_too_many_alternatives_is_taken_to_be_possible() -> None:
    pairs = " and ".join(f"(deal.amount > {n} or deal.amount < 0)" for n in range(9))
    assert clash(f"{pairs} and deal.amount == 0") == ()


def test_what_is_known_to_be_empty_excludes_a_value() -> None:
    known = {"deal__source": EMPTY}
    assert clash("(deal.source ?? '') == 'site'", **known)
    assert clash("deal.source != null", **known)
    assert clash("deal.source == null", **known) == ()


def warned(tmp_path: Path, when: str, condition: str) -> list[str]:
    path = tmp_path / "rules.yaml"
    path.write_text(RULE.format(when=when, condition=condition), encoding="utf-8")
    return [str(one) for one in never_true(RuleBook.load([path]))]


def test_a_rule_that_can_never_act_is_warned_of_at_its_line(tmp_path: Path) -> None:
    [said] = warned(tmp_path, "invoice_posted", "invoice.amount > 9 and invoice.amount < 1")
    assert "rules.yaml:6:" in said
    assert "«invoice.amount > 9» и «invoice.amount < 1»" in said


def test_a_condition_against_the_value_that_the_event_brings_is_warned_of(tmp_path: Path) -> None:
    when = "{event: document_changed, of: task, field: status, to: done}"
    assert warned(tmp_path, when, "task.status == 'open'")
    assert warned(tmp_path, when, "task.status == 'done'") == []


def test_a_rule_is_possible_if_it_is_for_one_of_its_events(tmp_path: Path) -> None:
    when = (
        "[{event: document_changed, of: task, field: status, to: done},"
        " {event: document_changed, of: task, field: status, to: failed}]"
    )
    assert warned(tmp_path, when, "task.status == 'failed'") == []


def test_a_change_to_the_same_value_is_warned_of(tmp_path: Path) -> None:
    when = "{event: document_changed, of: task, field: status, from: done, to: done}"
    [said] = warned(tmp_path, when, "task.kind == 'call'")
    assert "на то же самое" in said


def test_no_shipped_rule_is_impossible() -> None:
    files = [one for one in sorted(RULES.glob("*.yaml")) if ".cases" not in one.name]
    assert list(never_true(RuleBook.load(files))) == []
