"""The usual conditions by plain comparisons: what the engine would say, at a tenth of its cost.

A condition is evaluated for every change that a rule looks at. A shortcut answers only where
the values at hand are of the types that need no conversion; for all else it raises `Unsure`,
and the engine is asked, which also has the word on every error. Works on the engine's syntax
tree by the names of its nodes, as `clauses` does.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

__all__ = ["Shortcut", "Unsure", "shortcut"]

Facts = Mapping[str, Any]
Shortcut = Callable[[Facts], Any]
NUMBERS = frozenset({int, Decimal})
EQUALS: Mapping[str, Callable[[Any, Any], bool]] = {"eq": operator.eq, "ne": operator.ne}
ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
TELLING = frozenset(
    {
        "ComparisonExpression", "ArithmeticComparisonExpression", "LogicExpression",
        "ContainsExpression",
    }
)  # fmt: skip
"""Nodes whose shortcuts answer yes or no, or are unsure."""
LITERALS = frozenset({"StringExpression", "FloatExpression", "BooleanExpression"})


class Unsure(Exception):
    """The engine must be asked."""


def shortcut(node: Any) -> Shortcut:
    """A function from facts to the node's value; it raises `Unsure` rather than guess."""
    name = type(node).__name__
    if name in LITERALS:
        value = node.value
        return lambda _facts: value
    if name in ("SymbolExpression", "GetAttributeExpression"):
        return _field(_path(node))
    made = MAKERS.get(name)
    return made(node) if made else _unsure


def _unsure(_facts: Facts) -> Any:
    raise Unsure


def _path(node: Any) -> list[str]:
    if type(node).__name__ == "SymbolExpression":
        return [node.name]
    inner = _path(node.object) if type(node).__name__ == "GetAttributeExpression" else []
    return [*inner, node.name] if inner else []


def _field(path: list[str]) -> Shortcut:
    if len(path) < 2:
        return _unsure
    root, *steps = path
    if len(steps) == 1:
        return _own_field(root, steps[0])

    def read(facts: Facts) -> Any:
        value = facts[root]
        for step in steps:
            if type(value) is not dict:
                raise Unsure
            value = value[step]
        return value

    return read


def _own_field(root: str, name: str) -> Shortcut:
    """A field of a document that the event names, the usual one."""

    def read(facts: Facts) -> Any:
        row = facts[root]
        if type(row) is dict:
            return row[name]
        raise Unsure

    return read


def _equality(node: Any) -> Shortcut:
    compare = EQUALS.get(node.type)
    left, right = shortcut(node.left), shortcut(node.right)
    if compare is None:
        return _unsure

    def equality(facts: Facts) -> bool:
        one, other = left(facts), right(facts)
        kind, another = type(one), type(other)
        if kind is another:
            if kind is str or kind is bool or kind in NUMBERS:
                return compare(one, other)
        elif kind in NUMBERS and another in NUMBERS:
            return compare(one, other)
        raise Unsure

    return equality


def _order(node: Any) -> Shortcut:
    compare = ORDERS.get(node.type)
    left, right = shortcut(node.left), shortcut(node.right)
    if compare is None:
        return _unsure

    def order(facts: Facts) -> bool:
        one, other = left(facts), right(facts)
        if type(one) in NUMBERS and type(other) in NUMBERS:
            return compare(one, other)
        raise Unsure

    return order


def _logic(node: Any) -> Shortcut:
    left, right = _truth(node.left), _truth(node.right)
    if node.type == "and":
        return lambda facts: left(facts) and right(facts)
    return (lambda facts: left(facts) or right(facts)) if node.type == "or" else _unsure


def _negation(node: Any) -> Shortcut:
    inner = _truth(node.right)
    return (lambda facts: not inner(facts)) if node.type == "not" else _unsure


def _truth(node: Any) -> Callable[[Facts], bool]:
    inner = shortcut(node)
    if type(node).__name__ in TELLING:
        return inner

    def truth(facts: Facts) -> bool:
        value = inner(facts)
        if value is True or value is False:
            return bool(value)
        raise Unsure

    return truth


def _contains(node: Any) -> Shortcut:
    listed = type(node.container).__name__ == "ArrayExpression" and list(node.container.value)
    if not listed or any(type(one).__name__ not in LITERALS for one in listed):
        return _unsure
    member, values = shortcut(node.member), [one.value for one in listed]
    kinds = {type(value) for value in values}

    def contains(facts: Facts) -> bool:
        value = member(facts)
        kind = type(value)
        if kinds == {str} == {kind} or (kinds <= NUMBERS and kind in NUMBERS):
            return value in values
        raise Unsure

    return contains


def _default(node: Any) -> Shortcut:
    left, right = shortcut(node.left), shortcut(node.right)

    def default(facts: Facts) -> Any:
        value = left(facts)
        return right(facts) if value is None else value

    return default


MAKERS: Mapping[str, Callable[[Any], Shortcut]] = {
    "ComparisonExpression": _equality,
    "ArithmeticComparisonExpression": _order,
    "LogicExpression": _logic,
    "UnaryExpression": _negation,
    "ContainsExpression": _contains,
    "CoalesceExpression": _default,
}
