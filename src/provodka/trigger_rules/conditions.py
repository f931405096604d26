"""Expressions of rules: compiled once, typed from the store's tables, explained by clause.

Only this module knows the expression engine. What it lets through is a list of allowed
constructions, so that a rule can neither read the clock nor run for long: comparisons,
`and`/`or`/`not`, arithmetic, `in [...]`, `??` for an empty value, `? :`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from rule_engine import ast, engine, errors
from rule_engine.types import DataType

from provodka.foundation.i18n import _
from provodka.trigger_rules.clauses import Problem, children, mistakes, rendered, types_named
from provodka.trigger_rules.relations import DEEPEST, summed
from provodka.trigger_rules.schema import Field, Root
from provodka.trigger_rules.shortcuts import Unsure, shortcut

__all__ = ["Clause", "Expression", "Names", "Unsound"]

Names = Mapping[str, Root]
LONGEST = 2000
MOST_BRACKETS, MOST_LISTED = 20, 100
NOTS = re.compile(r"\bnot\b")
STRINGS = re.compile(r"""(["'])(?:\\.|(?!\1).)*\1""", re.DOTALL)
FORBIDDEN = re.compile(r"=~|!~|\*\*|\$|\bfor\b|<<|>>|[{}]|\[\s*\[|\.\w+\s*\(")
ENGINE_TYPES = {
    "text": DataType.STRING,
    "number": DataType.FLOAT,
    "flag": DataType.BOOLEAN,
    "time": DataType.DATETIME,
    "date": DataType.DATETIME,
    "key": DataType.STRING,
}


class Unsound(Exception):
    """An expression that must not run; `problem` says what is wrong and what to write instead."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.found)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a condition joined by `and`: its text, its truth, the values it read."""

    text: str
    holds: bool
    values: Mapping[str, Any]


class Expression:
    """A compiled expression over facts: `{name: row or None}` for the names it was given.

    `type` is what it yields: text, number, flag, time. Raises `Unsound` when it may not run.
    `tree` is the engine's syntax tree.
    """

    def __init__(self, text: str, names: Names) -> None:
        self.text = text.strip()
        self._names = names
        _refuse_tokens(self.text)
        try:
            rule = engine.Rule(self.text, context=_context(tuple(sorted(names.items()))))
        except errors.EngineError as error:
            raise Unsound(_told(error, STRINGS.sub('""', self.text), names)) from None
        except RecursionError:
            raise Unsound(Problem(_("слишком глубокая вложенность"))) from None
        self.tree: Any = rule.statement.expression
        for problem in mistakes(self.tree, names):
            raise Unsound(problem)
        self._quick = shortcut(self.tree)

    @property
    def type(self) -> str:
        """What the expression yields: `text`, `number`, `flag`, `time` or `unknown`."""
        found = DataType.NULLABLE.unwrap(self.tree.result_type)
        return next((name for name, known in ENGINE_TYPES.items() if known == found), "unknown")

    @property
    def nullable(self) -> bool:
        """Whether the expression may yield an empty value."""
        return bool(DataType.is_type(self.tree.result_type, DataType.NULLABLE))

    @property
    def fields(self) -> frozenset[str]:
        """Every field read, as `document.field`."""
        return frozenset(_fields(self.tree))

    @property
    def related(self) -> frozenset[str]:
        """The relations and sections that the fields are reached through, as `deal.client`."""
        return frozenset(way for name in self.fields for way in self._ways(name.split(".")))

    def _ways(self, path: list[str]) -> Iterator[str]:
        for length in range(2, len(path)):
            yield ".".join(path[:length])
        root = self._names.get(path[0])
        if root is not None and len(path) > 1 and root.related(path[1:]) is not None:
            yield ".".join(path)

    @property
    def constant(self) -> Any:
        """The value of an expression that depends on no fact; otherwise nothing."""
        return None if self.fields else self.tree.evaluate({})

    def value(self, facts: Mapping[str, Any]) -> Any:
        """The value on these facts; numbers are exact decimals."""
        return self.tree.evaluate(facts)

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether the condition is true on these facts."""
        try:
            return bool(self._quick(facts))
        except (Unsure, LookupError, ArithmeticError):
            return bool(self.tree.evaluate(facts))

    def explain(self, facts: Mapping[str, Any]) -> tuple[Clause, ...]:
        """Each clause joined by a top-level `and`, with its own truth and the values it read.

        Every clause is evaluated, also after a false one; one that cannot be (an empty value
        that an earlier clause guards against) counts as false.
        """
        return tuple(_clause(node, facts) for node in _conjuncts(self.tree))


def _clause(node: Any, facts: Mapping[str, Any]) -> Clause:
    try:
        truth = bool(node.evaluate(facts))
    except errors.EngineError:
        truth = False
    values = {name: _read(facts, name) for name in sorted(_fields(node))}
    return Clause(rendered(node), truth, values)


def _read(facts: Mapping[str, Any], path: str) -> Any:
    value: Any = facts
    for name in path.split("."):
        value = summed(value) if isinstance(value, list) else value
        if value is None:
            return None
        value = value.get(name) if value is facts else value[name]
    return value


def _conjuncts(node: Any) -> Iterator[Any]:
    if isinstance(node, ast.LogicExpression) and node.type == "and":
        yield from _conjuncts(node.left)
        yield from _conjuncts(node.right)
    else:
        yield node


def _fields(node: Any) -> Iterator[str]:
    if isinstance(node, ast.GetAttributeExpression):
        yield from (f"{path}.{node.name}" for path in _fields(node.object))
    elif isinstance(node, ast.SymbolExpression):
        yield node.name
    else:
        for inner in children(node):
            yield from _fields(inner)


def _refuse_tokens(text: str) -> None:
    """Stop before parsing what the engine would already run while it reduces literals."""
    if not text:
        raise Unsound(Problem(_("пустое выражение"), _("условие, например deal.amount > 1000")))
    if len(text) > LONGEST:
        raise Unsound(
            Problem(
                _("выражение длиной {length}").format(length=len(text)),
                _("не длиннее {longest}").format(longest=LONGEST),
            )
        )
    bare = STRINGS.sub('""', text)
    _refuse_bulk(bare)
    forbidden = FORBIDDEN.search(bare)
    if forbidden:
        raise Unsound(
            Problem(
                _("«{token}» в условиях запрещено").format(token=forbidden.group().strip()),
                _("сравнения, and, or, not, in [...], ?? и арифметика"),
            )
        )


def _refuse_bulk(bare: str) -> None:
    depth = most = 0
    for sign in bare:
        depth += (sign in "([") - (sign in ")]")
        most = max(most, depth)
    if most > MOST_BRACKETS or len(NOTS.findall(bare)) > MOST_BRACKETS:
        raise Unsound(
            Problem(
                _("слишком глубокая вложенность"),
                _("не глубже {most} скобок").format(most=MOST_BRACKETS),
            )
        )
    if bare.count(",") >= MOST_LISTED:
        raise Unsound(
            Problem(
                _("слишком длинные списки"),
                _("не больше {most} значений").format(most=MOST_LISTED),
            )
        )


def _told(error: errors.EngineError, bare: str, names: Names) -> Problem:
    if isinstance(error, errors.SymbolResolutionError):
        return Problem(
            _("неизвестное имя «{name}»").format(name=error.symbol_name), ", ".join(sorted(names))
        )
    if isinstance(error, errors.AttributeResolutionError):
        near = error.suggestion
        return Problem(
            _("неизвестное поле «{name}»").format(name=error.attribute_name),
            _("возможно, «{name}»").format(name=near) if near else "",
        )
    if "nullable" in error.message:
        return Problem(
            _("значение может быть пустым"),
            _('значение по умолчанию: (поле ?? 0), (поле ?? ""), документ&.поле'),
        )
    if "mismatch" in error.message:
        found = _("разные типы или неподходящее действие")
        return Problem(found, types_named(bare, names) or _("значения одного типа"))
    return Problem(error.message, _("правильное выражение"))


@lru_cache(maxsize=256)
def _context(names: tuple[tuple[str, Root], ...]) -> engine.Context:
    types = {name: _object(root, DEEPEST) for name, root in names}
    types["now"] = DataType.DATETIME
    return engine.Context(
        resolver=_resolve,
        type_resolver=types,
        default_timezone="utc",
        mapping_attribute_lookup=False,
    )


@lru_cache(maxsize=1024)
def _object(root: Root, deep: int) -> Any:
    attributes = {field.name: _type(field) for field in root.fields.values()}
    attributes |= dict.fromkeys(root.sections, SECTION)
    if deep:
        attributes |= {name: _object(one, deep - 1) for name, one in root.relations.items()}
    made = DataType.OBJECT(root.kind, attributes, accessor=_get)
    return DataType.NULLABLE(made) if root.nullable else made


def _type(field: Field) -> Any:
    known = ENGINE_TYPES[field.type]
    return DataType.NULLABLE(known) if field.nullable else known


class _Document:
    """A row that the engine cannot mistake for a mapping, whose every value it would copy."""

    __slots__ = ("row",)

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.row = row


def _resolve(facts: Mapping[str, Any], name: str) -> Any:
    value = facts[name]
    return _Document(value) if isinstance(value, dict) else value


def _get(document: _Document, name: str) -> Any:
    value = document.row[name]
    if isinstance(value, dict):
        return _Document(value)
    if isinstance(value, list):
        return _Document(summed(value))
    return str(value) if isinstance(value, UUID) else value


SECTION = DataType.OBJECT(
    "section",
    {
        "count": DataType.FLOAT,
        "quantity": DataType.FLOAT,
        "amount": DataType.FLOAT,
        "products": DataType.ARRAY(DataType.STRING),
        "kinds": DataType.ARRAY(DataType.STRING),
    },
    accessor=_get,
)
