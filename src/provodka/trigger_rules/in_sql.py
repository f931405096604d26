"""Conditions as SQL over a document's image in the journal: what the engine would say, or nothing.

The result is true, false or NULL, and NULL asks for the engine's word. Only what is certain is
translated: comparisons of the document's own numbers, texts and flags with each other and with
literals, `in [...]`, `??`, `== null`, `and`, `or`, `not`. Relations, arithmetic and times are not.
Works on the engine's syntax tree by the names of its nodes, as `clauses` does.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Numeric,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    not_,
    null,
    or_,
)
from sqlalchemy.types import TypeEngine

from provodka.trigger_rules.clauses import children
from provodka.trigger_rules.schema import documents

__all__ = ["Truth", "in_sql"]

Truth = ColumnElement[bool]
KINDS: Mapping[str, tuple[str, TypeEngine[Any]]] = {
    "number": ("number", Numeric()),
    "text": ("string", Text()),
    "flag": ("boolean", Boolean()),
}
COMPARED = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
RISKY = frozenset({"AddExpression", "SubtractExpression", "ArithmeticExpression"})
MOST_DIGITS = 100


class Value(NamedTuple):
    """A value in SQL: `number`, `text` or `flag`; NULL where the engine must be asked."""

    type: str
    sql: ColumnElement[Any]


def in_sql(tree: Any, kind: str, image: ColumnElement[Any]) -> Truth | None:
    """The condition over `image`, a `json` column with a document of this kind.

    Nothing if no part of the condition can be told in SQL.
    """
    return Translation(kind, image).truth(tree)


@dataclass(frozen=True)
class Translation:
    """One condition on its way into SQL."""

    kind: str
    image: ColumnElement[Any]

    def truth(self, node: Any) -> Truth | None:
        """The truth of a node, or nothing."""
        made = TRUTHS.get(_class(node))
        if made is not None:
            return made(self, node)
        value = self.value(node)
        return value.sql if value and value.type == "flag" else None

    def value(self, node: Any) -> Value | None:
        """The value of a literal, of a field of the document, or of a field with a default."""
        name = _class(node)
        if name in LITERALS:
            return _literal(node.value)
        if name == "CoalesceExpression":
            return self._default(node)
        return self._field(node)

    def _field(self, node: Any, default: Value | None = None) -> Value | None:
        name = self._name(node)
        field = documents()[self.kind].get(name) if name else None
        if field is None or field.type not in KINDS:
            return None
        json_type, sql_type = KINDS[field.type]
        told: ColumnElement[Any] = cast(self.image.op("->>")(name), sql_type)
        known: list[Any] = [(self._type(name) == json_type, told)]
        if default is not None:
            if default.type != field.type:
                return None
            known.append((self._type(name) == "null", default.sql))
        return Value(field.type, case(*known, else_=null()))

    def _default(self, node: Any) -> Value | None:
        right = self.value(node.right)
        return self._field(node.left, right) if right else None

    def _type(self, name: str) -> ColumnElement[str]:
        """The JSON type of a field; NULL for one that the image does not have."""
        return func.json_typeof(self.image.op("->")(name))

    def _name(self, node: Any) -> str:
        """The field of the document itself that a node reads, if it is one."""
        own = _class(node) == "GetAttributeExpression" and _class(node.object) == "SymbolExpression"
        return str(node.name) if own and node.object.name == self.kind else ""

    def compared(self, node: Any) -> Truth | None:
        """`==`, `!=`, `<` and so on."""
        if "NullExpression" in (_class(node.left), _class(node.right)):
            return self._emptiness(node)
        one, other = self.value(node.left), self.value(node.right)
        compare = COMPARED.get(node.type)
        if one is None or other is None or compare is None or one.type != other.type:
            return None
        if node.type not in ("eq", "ne") and one.type != "number":
            return None
        made: Truth = compare(one.sql, other.sql)
        return made

    def _emptiness(self, node: Any) -> Truth | None:
        name = self._name(node.right if _class(node.left) == "NullExpression" else node.left)
        compare = COMPARED.get(node.type)
        if name not in documents()[self.kind] or compare is None:
            return None
        made: Truth = compare(self._type(name), "null")
        return made

    def contained(self, node: Any) -> Truth | None:
        """`in [...]` of literals."""
        member = self.value(node.member)
        if member is None or _class(node.container) != "ArrayExpression":
            return None
        values = [self.value(one) for one in children(node.container)]
        listed = [one.sql for one in values if one and one.type == member.type]
        if not listed or len(listed) < len(values):
            return None
        return member.sql.in_(listed)

    def negated(self, node: Any) -> Truth | None:
        """`not`."""
        inner = self.truth(node.right) if node.type == "not" else None
        return None if inner is None else not_(inner)

    def joined(self, node: Any) -> Truth | None:
        """`and`, `or`: the right side counts when the left one does not settle it, as in life."""
        left, right = self.truth(node.left), self.truth(node.right)
        both = node.type == "and"
        if left is None:
            if right is None or self._risky(node.left):
                return None
            unknown: Truth = cast(null(), Boolean())
            return and_(unknown, right) if both else or_(unknown, right)
        settled, goes_on = (not_(left), left) if both else (left, not_(left))
        told: list[Any] = [(settled, literal(not both))]
        if right is not None:
            told.append((goes_on, right))
        return case(*told, else_=null())

    def _risky(self, node: Any) -> bool:
        """Whether it may fail, as on a field that the image lacks: what follows never counts."""
        failing = _class(node) in RISKY or bool(self._name(node))
        return failing or any(self._risky(inner) for inner in children(node))


def _literal(value: Any) -> Value | None:
    if isinstance(value, bool):
        return Value("flag", literal(value, Boolean()))
    if isinstance(value, str):
        return Value("text", literal(value, Text())) if "\x00" not in value else None
    fits = isinstance(value, Decimal) and value.is_finite() and _short(value)
    return Value("number", literal(value, Numeric())) if fits else None


def _short(value: Decimal) -> bool:
    return abs(value.adjusted()) < MOST_DIGITS and len(value.as_tuple().digits) < MOST_DIGITS


def _class(node: Any) -> str:
    return type(node).__name__


LITERALS = frozenset({"StringExpression", "FloatExpression", "BooleanExpression"})
TRUTHS: Mapping[str, Callable[[Translation, Any], Truth | None]] = {
    "ComparisonExpression": Translation.compared,
    "ArithmeticComparisonExpression": Translation.compared,
    "ContainsExpression": Translation.contained,
    "LogicExpression": Translation.joined,
    "UnaryExpression": Translation.negated,
}
