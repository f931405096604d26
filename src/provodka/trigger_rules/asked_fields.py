"""Which fields of which documents a rule needs to be filled in, and where it says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from provodka.trigger_rules.actions.letters import FIELDS, Notify, SendLetter, SendMessage
from provodka.trigger_rules.clauses import children, rendered
from provodka.trigger_rules.rule import Rule
from provodka.trigger_rules.schema import COUNTED, Root, roots

__all__ = ["Asked", "asked_fields"]

Steps = tuple[str | int, ...]


class Asked(NamedTuple):
    """A field that may be empty: its path in the rule, its document's kind, its column.

    `steps` lead to the place in the rule.
    """

    path: str
    kind: str
    column: str
    steps: Steps


def asked_fields(rule: Rule) -> Iterator[Asked]:
    """The fields that may be empty and that the rule reads, each once.

    A condition that only asks whether a field is empty needs nothing of it.
    """
    names = roots(rule.kind, tuple(rule.scenario.ranks) if rule.scenario else ())
    seen: set[str] = set()
    for path, steps in _paths(rule):
        root, *rest = path.split(".")
        found = names.get(root)
        field = found.field(rest) if found else None
        holder = found.related(rest[:-1]) if found else None
        if field and holder and field.nullable and path not in seen and _stored(holder, rest[-1]):
            seen.add(path)
            yield Asked(path, holder.kind, rest[-1], steps)


def _stored(holder: Root, column: str) -> bool:
    return column not in COUNTED and column in holder.fields


def _paths(rule: Rule) -> Iterator[tuple[str, Steps]]:
    if rule.condition is not None:
        for path in _read(rule.condition.tree):
            yield path, ("if",)
    for (number, name), value in rule.values.items():
        action = rule.text.do[number]
        for path in value.fields:
            yield path, ("do", number, action.name, *name.split("."))
    for number, action in enumerate(rule.text.do):
        for word, offset in (("after", action.after), ("before", action.before)):
            if offset is not None and offset.of is not None:
                yield offset.of, ("do", number, word, "of")
        for path, word in _needed(action.body):
            yield path, ("do", number, action.name, word)


def _needed(body: Any) -> Iterator[tuple[str, str]]:
    """What an action cannot do without: an address, a telephone, a date."""
    if isinstance(body, SendLetter) and "@" not in body.to:
        yield f"{body.to}.email", "to"
    if isinstance(body, Notify | SendMessage):
        yield f"{body.to}.{FIELDS[body.by]}", "to"
    due = getattr(body, "due_at", None)
    if due is not None:
        yield due, "due_at"


def _read(node: Any) -> Iterator[str]:
    """The fields whose values a condition reads; not those that it only asks for emptiness."""
    name = type(node).__name__
    if name == "ComparisonExpression" and "NullExpression" in {
        type(side).__name__ for side in children(node)
    }:
        return
    if name == "GetAttributeExpression":
        yield rendered(node)
        return
    for inner in children(node):
        yield from _read(inner)
