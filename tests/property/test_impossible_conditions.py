"""Nothing that is said to be impossible ever happens."""

from __future__ import annotations

from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st
from tests.property.test_rule_shortcuts import NAMES, condition, facts

from provodka.trigger_rules.conditions import Expression, Unsound
from provodka.trigger_rules.never import excluding


@settings(max_examples=150, deadline=None)
@given(st.lists(condition, min_size=1, max_size=3), st.lists(facts, min_size=1, max_size=6))
def test_a_condition_that_is_said_never_to_hold_does_not(
    parts: list[str], known: list[dict[str, Any]]
) -> None:
    try:
        made = Expression(" and ".join(f"({one})" for one in parts), NAMES)
    except Unsound:
        return
    if not excluding(made.tree, NAMES):
        return
    event("never")
    for one in known:
        try:
            assert not made.holds(one)
        except ArithmeticError:
            continue
