"""Evaluation of `$filter`: a tree to a predicate over records, typed as the base types it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from provodka.sandbox.onec.errors import INCOMPARABLE, bad_option, refused, segment_not_found
from provodka.sandbox.onec.functions import TABLE
from provodka.sandbox.onec.schema import EMPTY_GUID, Entity, Field, Fields, Schema
from provodka.sandbox.onec.syntax import Binary, Call, Lambda, Literal, Negation, Node, Path
from provodka.sandbox.onec.values import Record

Loader = Callable[[str, str], Record | None]
"""Finds an object by the name of its set and its key."""

Rows = Mapping[str, Record]
Evaluate = Callable[[Record, Rows], Any]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
}
_KINDS = {
    "int": "number",
    "short": "number",
    "double": "number",
    "enum": "string",
    "type": "string",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """A compiled expression and the kind of its value.

    Kinds: those of literals, `text` for a string of unlimited length, `any` for a composite
    reference (its value is a pair of value and type), `cast` for such a pair in a condition.
    """

    kind: str
    run: Evaluate


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean: the entity (or a section's fields) and lambda variables in sight."""

    schema: Schema
    fields: Fields
    sections: Mapping[str, Fields]
    navigation: Mapping[str, Field]
    load: Loader
    compare_unlimited: bool = False
    variables: Mapping[str, Fields] | None = None


def entity_scope(schema: Schema, entity: Entity, load: Loader, compare_unlimited: bool) -> Scope:
    """The scope of a whole entity."""
    return Scope(schema, entity.fields, entity.sections, entity.navigation, load, compare_unlimited)


def compile_condition(node: Node, scope: Scope) -> Callable[[Record], bool]:
    """A predicate for records of the scope; refuses what the base would refuse."""
    typed = _compile(node, scope)
    if typed.kind != "bool":
        raise bad_option("$filter")
    return lambda record: bool(typed.run(record, {}))


def compile_path(names: tuple[str, ...], scope: Scope) -> Typed:
    """A property for sorting, through navigation properties if need be."""
    return _path(names, scope)


def _compile(node: Node, scope: Scope) -> Typed:
    match node:
        case Literal():
            return _literal(node)
        case Path(names):
            return _path(names, scope)
        case Negation(operand):
            inner = _compile(operand, scope).run
            return Typed("bool", lambda record, rows: not inner(record, rows))
        case Lambda():
            return _lambda(node, scope)
        case Call():
            return _call(node, scope)
        case Binary():
            return _binary(node, scope)


def _literal(node: Literal) -> Typed:
    value = node.value
    try:
        if node.kind == "guid":
            value = str(UUID(str(value)))
        elif node.kind == "date":
            value = datetime.fromisoformat(str(value)).replace(tzinfo=None).isoformat()
    except ValueError:
        raise bad_option("$filter") from None
    return Typed(node.kind, lambda _record, _rows: value)


def _path(names: tuple[str, ...], scope: Scope) -> Typed:
    first, *rest = names
    if scope.variables and first in scope.variables:
        if len(rest) != 1:
            raise bad_option("$filter")
        inner = _property(rest[0], scope.variables[first])
        return Typed(inner.kind, lambda _record, rows: inner.run(rows[first], rows))
    if not rest:
        return _property(first, scope.fields)
    reference = scope.navigation.get(first)
    target = scope.schema.entities.get(reference.target) if reference else None
    if reference is None or target is None:
        raise segment_not_found(first)
    behind = _path(
        tuple(rest),
        replace(
            scope, fields=target.fields, sections=target.sections, navigation=target.navigation
        ),
    )
    key, set_name, load = reference.name, target.name, scope.load

    def follow(record: Record, rows: Rows) -> Any:
        found = load(set_name, record[key])
        return None if found is None else behind.run(found, rows)

    return Typed(behind.kind, follow)


def _property(name: str, fields: Fields) -> Typed:
    field = fields.get(name)
    if field is None:
        raise segment_not_found(name)
    if field.kind == "any":
        type_name = f"{name}_Type"
        return Typed("any", lambda record, _rows: (record[name], record.get(type_name)))
    if field.kind == "int":
        return Typed("number", lambda record, _rows: Decimal(record[name]))
    kind = _KINDS.get(field.kind, field.kind)
    if field.kind == "string" and field.length == 0:
        kind = "text"
    return Typed(kind, lambda record, _rows: record[name])


def _lambda(node: Lambda, scope: Scope) -> Typed:
    fields = scope.sections.get(node.section)
    if fields is None:
        raise segment_not_found(node.section)
    inside = replace(scope, variables={**(scope.variables or {}), node.variable: fields})
    body = _compile(node.body, inside).run
    choose = any if node.kind == "any" else all
    section, variable = node.section, node.variable

    def run(record: Record, rows: Rows) -> bool:
        return choose(body(record, {**rows, variable: row}) for row in record[section])

    return Typed("bool", run)


def _call(node: Call, scope: Scope) -> Typed:
    if node.name in {"cast", "isof"}:
        return _type_function(node, scope)
    kind, expected, function = TABLE[node.name]
    arguments = [_compile(argument, scope) for argument in node.arguments]
    wanted = [*expected, *[expected[-1]] * len(arguments)]
    for argument, name in zip(arguments, wanted, strict=False):
        if argument.kind != name and not (argument.kind == "text" and name == "string"):
            raise bad_option("$filter")
    runs = [argument.run for argument in arguments]

    def run(record: Record, rows: Rows) -> Any:
        values = [inner(record, rows) for inner in runs]
        try:
            return None if None in values else function(*values)
        except (KeyError, InvalidOperation):
            raise bad_option("$filter") from None

    return Typed(kind, run)


def _type_function(node: Call, scope: Scope) -> Typed:
    subject, name = node.arguments
    if not isinstance(name, Literal) or name.kind != "string":
        raise bad_option("$filter")
    wanted = "StandardODATA." + str(name.value).removeprefix("StandardODATA.")
    inner = _compile(subject, scope)
    run = inner.run
    if node.name == "isof":
        if inner.kind != "any":
            raise bad_option("$filter")
        return Typed("bool", lambda record, rows: run(record, rows)[1] == wanted)
    if inner.kind == "any":
        return Typed("guid", lambda record, rows: _narrow(run(record, rows), wanted))
    if inner.kind not in {"guid", "string"}:
        raise bad_option("$filter")
    return Typed("cast", lambda record, rows: (run(record, rows), wanted))


def _narrow(pair: tuple[str, str | None], wanted: str) -> str:
    return pair[0] if pair[1] == wanted else EMPTY_GUID


def _binary(node: Binary, scope: Scope) -> Typed:
    left, right = _compile(node.left, scope), _compile(node.right, scope)
    first, second = left.run, right.run
    if node.operator in {"and", "or"}:
        if (left.kind, right.kind) != ("bool", "bool"):
            raise bad_option("$filter")
        if node.operator == "and":
            return Typed("bool", lambda a, b: bool(first(a, b)) and bool(second(a, b)))
        return Typed("bool", lambda a, b: bool(first(a, b)) or bool(second(a, b)))
    if node.operator in _ARITHMETIC:
        return _arithmetic(node.operator, left, right)
    return _comparison(node.operator, left, right, scope)


def _arithmetic(name: str, left: Typed, right: Typed) -> Typed:
    if (left.kind, right.kind) != ("number", "number"):
        raise bad_option("$filter")
    apply, first, second = _ARITHMETIC[name], left.run, right.run

    def run(record: Record, rows: Rows) -> Any:
        try:
            return apply(first(record, rows), second(record, rows))
        except (ZeroDivisionError, InvalidOperation):
            return None

    return Typed("number", run)


def _comparison(name: str, left: Typed, right: Typed, scope: Scope) -> Typed:
    kinds = {left.kind, right.kind}
    if "any" in kinds:
        return _composite(name, left, right)
    if "text" in kinds and not scope.compare_unlimited:
        raise refused(INCOMPARABLE)
    kinds = {"string" if kind == "text" else kind for kind in kinds} - {"null"}
    ordered = name not in {"eq", "ne"}
    if len(kinds) > 1 or (ordered and kinds & {"guid", "cast", "bool"}):
        raise refused(INCOMPARABLE)
    compare, first, second = _COMPARE[name], left.run, right.run
    fold = kinds == {"string"}

    def run(record: Record, rows: Rows) -> bool:
        a, b = first(record, rows), second(record, rows)
        if a is None or b is None:
            return compare(a, b) if not ordered else False
        return compare(a.casefold(), b.casefold()) if fold else compare(a, b)

    return Typed("bool", run)


def _composite(name: str, left: Typed, right: Typed) -> Typed:
    """A composite reference equals only a `cast`; against a bare guid nothing is ever equal."""
    if name not in {"eq", "ne"}:
        raise refused(INCOMPARABLE)
    equal = name == "eq"
    pair, other = (left, right) if left.kind == "any" else (right, left)
    first, second = pair.run, other.run
    if other.kind in {"cast", "any"}:
        return Typed("bool", lambda a, b: (first(a, b) == second(a, b)) is equal)
    if other.kind == "string":
        return Typed("bool", lambda a, b: _enum_equals(first(a, b), second(a, b)) is equal)
    return Typed("bool", lambda _record, _rows: not equal)


def _enum_equals(pair: tuple[str, str | None], text: str) -> bool:
    return str(pair[1]).startswith("UnavailableEnums.") and pair[0] == text
