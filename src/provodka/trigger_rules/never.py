"""Conditions that no document can meet: their parts exclude each other, whatever the facts.

A condition is taken apart into its alternatives (`or`), each a list of parts (`and`). It can
never hold when in every alternative some parts about one and the same value leave it nothing to
be: other ranges, other values, a value that the field's list has not. What cannot be told of the
text, such as two fields compared with each other, is taken to be possible.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from provodka.trigger_rules.clauses import children, rendered
from provodka.trigger_rules.ranges import NOTHING, Part, Values
from provodka.trigger_rules.schema import COUNTED, Root

__all__ = ["EMPTY", "excluding"]

Names = Mapping[str, Root]
Known = Mapping[str, Any]
EMPTY = NOTHING
"""What a field is known to be that is never filled in."""
MOST = 256
"""How many alternatives are looked at; a condition with more is taken to be possible."""
LITERALS = frozenset(
    {"StringExpression", "FloatExpression", "BooleanExpression", "DatetimeExpression"}
)
TURNED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}
DENIED = {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt", "eq": "ne", "ne": "eq"}


def excluding(tree: Any, names: Names, known: Known | None = None) -> tuple[str, ...]:
    """The parts of a condition that leave no way for it to hold; nothing if it may.

    `tree` is the syntax tree of the condition, `known` what fields are known to be, by their
    path. A condition with alternatives is told by its first one.
    """
    try:
        alternatives = list(_alternatives(tree, holds=True))
    except OverflowError:
        return ()
    told: tuple[str, ...] = ()
    for parts in alternatives:
        found = _clash(parts, names, known or {})
        if not found:
            return ()
        told = told or found
    return told or (rendered(tree),)


@dataclass(frozen=True, slots=True)
class _Said:
    """A part of a condition: the value that it is about, and what it says of it."""

    about: Any
    part: Part
    text: str


def _alternatives(node: Any, *, holds: bool) -> Iterator[tuple[_Said, ...]]:
    name = type(node).__name__
    if name == "UnaryExpression" and node.type == "not":
        yield from _alternatives(node.right, holds=not holds)
    elif name == "BooleanExpression":
        yield from [()] if bool(node.value) is holds else []
    elif name == "LogicExpression":
        sides = [list(_alternatives(side, holds=holds)) for side in children(node)]
        if (node.type == "and") is holds:
            if prod(map(len, sides)) > MOST:
                raise OverflowError
            yield from (sum(chosen, ()) for chosen in product(*sides))
        else:
            yield from (one for side in sides for one in side)
    else:
        yield (_said(node, holds),)


def _said(node: Any, holds: bool) -> _Said:
    text = rendered(node) if holds else f"not ({rendered(node)})"
    name = type(node).__name__
    if name in ("ComparisonExpression", "ArithmeticComparisonExpression"):
        left, right, sign = node.left, node.right, node.type
        if _literal(left):
            left, right, sign = right, left, TURNED[sign]
        if _literal(right) and not _literal(left):
            return _Said(left, Part(sign if holds else DENIED[sign], _value(right)), text)
    if name == "ContainsExpression" and _listed(node.container) and not _literal(node.member):
        values = frozenset(_value(one) for one in children(node.container))
        return _Said(node.member, Part("in" if holds else "out", values), text)
    return _Said(node, Part("eq", holds), text)


def _literal(node: Any) -> bool:
    return type(node).__name__ in LITERALS or type(node).__name__ == "NullExpression"


def _listed(node: Any) -> bool:
    return type(node).__name__ == "ArrayExpression" and all(map(_literal, children(node)))


def _value(node: Any) -> Any:
    return NOTHING if type(node).__name__ == "NullExpression" else node.value


def _clash(parts: Sequence[_Said], names: Names, known: Known) -> tuple[str, ...]:
    """The parts about a value that has nothing left to be."""
    about: dict[str, list[_Said]] = {}
    for said in parts:
        about.setdefault(rendered(said.about), []).append(said)
    for name, group in about.items():
        node = group[0].about
        if type(node).__name__ == "CoalesceExpression":
            others = about.get(rendered(node.left), [])
            possible = _with_default(node, group, others, names, known)
        else:
            others = []
            possible = _values(node, names, known).with_parts(one.part for one in group).possible
        if not possible:
            facts = (f"{name} = {known[name]}",) if known.get(name, NOTHING) != NOTHING else ()
            return (*facts, *(one.text for one in [*others, *group]))
    return ()


def _with_default(
    node: Any, group: Sequence[_Said], others: Sequence[_Said], names: Names, known: Known
) -> bool:
    """Whether a field with a value for when it is empty (`a ?? b`) may be what is said."""
    if not _literal(node.right):
        return True
    left = _values(node.left, names, known).with_parts(one.part for one in others)
    parts = [one.part for one in group]
    as_default = left.may_be_empty and Values().with_parts([Part("eq", _value(node.right)), *parts])
    if as_default and as_default.possible:
        return True
    return left.with_parts([Part("ne", NOTHING), *parts]).possible


def _values(node: Any, names: Names, known: Known) -> Values:
    """What a value may be by the store's tables and by what is known of it."""
    path = _path(node)
    root = names.get(path[0]) if path else None
    field = root.field(path[1:]) if root else None
    found = Values()
    if field is not None:
        found = Values(allowed=frozenset(field.values) or None, whole=field.whole)
        if field.type == "flag":
            found = found.with_parts([Part("in", frozenset({True, False}))])
    if path and path[-1] in (*COUNTED, "count"):
        found = found.with_parts([Part("ge", 0)])
    name = rendered(node)
    return found.with_parts([Part("eq", known[name])]) if name in known else found


def _path(node: Any) -> list[str]:
    name = type(node).__name__
    if name == "SymbolExpression":
        return [str(node.name)]
    if name == "GetAttributeExpression":
        before = _path(node.object)
        return [*before, str(node.name)] if before else []
    return []
