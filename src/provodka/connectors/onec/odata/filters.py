"""`$filter` expressions that cannot fall into 1C's traps.

A composite reference is compared through `cast` (a plain guid finds nothing, and
says nothing); references are not ordered (the base answers 500); functions that
1C does not know are refused before they are sent (1C developer guide 8.3.27
§17.4.5).

    (Field("Date") >= since) & (Field("Контрагент_Key") == client_id)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from provodka.connectors.onec.odata.literals import Ref, literal
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = [
    "Field",
    "Filter",
    "Function",
    "Section",
    "Value",
    "all_of",
    "any_of",
]

Value = str | int | bool | Decimal | date | datetime | UUID | Ref | None

FUNCTIONS = frozenset(
    {"concat", "substring", "dateadd", "datedifference", "year", "quarter", "month", "day"}
    | {"dayofweek", "dayofyear", "hour", "minute", "second", "round"}
)


class Filter(ABC):
    """A condition; combine with `&`, `|` and `~`."""

    @abstractmethod
    def render(self, zone: ZoneInfo) -> str:
        """The expression's text, not yet percent-encoded."""

    def __and__(self, other: Filter) -> Filter:
        return _Joined("and", (*_parts(self, "and"), *_parts(other, "and")))

    def __or__(self, other: Filter) -> Filter:
        return _Joined("or", (*_parts(self, "or"), *_parts(other, "or")))

    def __invert__(self) -> Filter:
        return _Negated(self)

    def __bool__(self) -> bool:
        raise TypeError("combine filters with &, | and ~, not with and, or, not")


class _Operand(ABC):
    """What can stand left of a comparison."""

    @abstractmethod
    def text(self, zone: ZoneInfo) -> str: ...

    def admit(self, value: Value) -> Value:
        """The value as it must be compared with this operand; refuses what finds nothing."""
        return value

    def _compared(self, operator: str, value: Value) -> Filter:
        if operator in {"gt", "ge", "lt", "le"} and isinstance(value, (UUID, Ref, bool)):
            raise _refused(_("ссылки и логические значения не сравниваются на больше и меньше"))
        return _Comparison(self, operator, self.admit(value))

    def __eq__(self, value: Value) -> Filter:  # type: ignore[override]
        return self._compared("eq", value)

    def __ne__(self, value: Value) -> Filter:  # type: ignore[override]
        return self._compared("ne", value)

    def __gt__(self, value: Value) -> Filter:
        return self._compared("gt", value)

    def __ge__(self, value: Value) -> Filter:
        return self._compared("ge", value)

    def __lt__(self, value: Value) -> Filter:
        return self._compared("lt", value)

    def __le__(self, value: Value) -> Filter:
        return self._compared("le", value)

    __hash__ = object.__hash__

    def startswith(self, text: str) -> Filter:
        """Whether the string begins with this text."""
        return _Test("startswith", self, text)

    def endswith(self, text: str) -> Filter:
        """Whether the string ends with this text."""
        return _Test("endswith", self, text)

    def contains(self, text: str) -> Filter:
        """Whether the text occurs anywhere: works on strings of unlimited length too."""
        return _Test("substringof", self, text)

    def one_of(self, values: Sequence[Value]) -> Filter:
        """Whether the field has one of these values; see `split_or` for many."""
        return any_of([self == value for value in values])


class Field(_Operand):
    """An attribute, by its name on the wire: `Date`, `Контрагент_Key`, `Контрагент/ИНН`.

    `guid` says that an attribute not called `…_Key` holds a bare identifier.
    """

    def __init__(self, name: str, *, guid: bool = False) -> None:
        if not all(part.replace("_", "a").isalnum() for part in name.split("/")):
            raise _refused(_("«{name}» не может быть именем поля").format(name=name))
        self.name = name
        self._guid = guid or name.endswith("_Key")

    def text(self, zone: ZoneInfo) -> str:
        """The name itself."""
        del zone
        return self.name

    def admit(self, value: Value) -> Value:
        """A `Ref` for a composite field, a plain guid for a `…_Key`."""
        if isinstance(value, Ref) and self._guid:
            return value.key
        if isinstance(value, UUID) and not self._guid:
            raise _refused(
                _("поле «{name}» составное: guid без типа ничего не найдёт").format(name=self.name),
                _("передайте ссылку вместе с набором: Ref(набор, guid)"),
            )
        return value


class Function(_Operand):
    """A scalar function of 1C: `Function("year", Field("Date")) == 2026`."""

    def __init__(self, name: str, *arguments: _Operand | Value) -> None:
        if name not in FUNCTIONS:
            raise _refused(
                _("функции «{name}» нет в OData 1С").format(name=name),
                _("есть: {names}").format(names=", ".join(sorted(FUNCTIONS))),
            )
        self.name = name
        self.arguments = arguments

    def text(self, zone: ZoneInfo) -> str:
        """The call with its arguments rendered."""
        shown = (
            part.text(zone) if isinstance(part, _Operand) else literal(part, zone)
            for part in self.arguments
        )
        return f"{self.name}({','.join(shown)})"


class Section:
    """A tabular section, for conditions on its rows."""

    def __init__(self, name: str) -> None:
        self.name = Field(name).name

    def any(self, condition: Filter) -> Filter:
        """At least one row fits; fields in the condition are the row's own."""
        return _Rows(self.name, "any", condition)

    def all(self, condition: Filter) -> Filter:
        """Every row fits."""
        return _Rows(self.name, "all", condition)


class _Comparison(Filter):
    def __init__(self, left: _Operand, operator: str, value: Value) -> None:
        self.left, self.operator, self.value = left, operator, value

    def render(self, zone: ZoneInfo) -> str:
        return f"{self.left.text(zone)} {self.operator} {literal(self.value, zone)}"


class _Test(Filter):
    def __init__(self, name: str, operand: _Operand, text: str) -> None:
        self.name, self.operand, self.text = name, operand, text

    def render(self, zone: ZoneInfo) -> str:
        field, text = self.operand.text(zone), literal(self.text, zone)
        pair = f"{text},{field}" if self.name == "substringof" else f"{field},{text}"
        return f"{self.name}({pair})"


class _Joined(Filter):
    def __init__(self, word: str, parts: Sequence[Filter]) -> None:
        self.word, self.parts = word, parts

    def render(self, zone: ZoneInfo) -> str:
        return f" {self.word} ".join(
            f"({part.render(zone)})" if isinstance(part, _Joined) else part.render(zone)
            for part in self.parts
        )


def _parts(condition: Filter, word: str) -> Sequence[Filter]:
    same = isinstance(condition, _Joined) and condition.word == word
    return condition.parts if same and isinstance(condition, _Joined) else (condition,)


class _Negated(Filter):
    def __init__(self, inner: Filter) -> None:
        self.inner = inner

    def render(self, zone: ZoneInfo) -> str:
        return f"not ({self.inner.render(zone)})"


class _InRow(Field):
    def text(self, zone: ZoneInfo) -> str:
        return f"d/{super().text(zone)}"


class _Rows(Filter):
    def __init__(self, section: str, word: str, condition: Filter) -> None:
        self.section, self.word, self.condition = section, word, _of_row(condition)

    def render(self, zone: ZoneInfo) -> str:
        return f"{self.section}/{self.word}(d: {self.condition.render(zone)})"


def _of_row(condition: Filter) -> Filter:
    """The same condition, its fields prefixed with the lambda's variable."""
    if isinstance(condition, _Joined):
        return _Joined(condition.word, [_of_row(part) for part in condition.parts])
    if isinstance(condition, _Negated):
        return _Negated(_of_row(condition.inner))
    if isinstance(condition, _Comparison):
        return _Comparison(_row_operand(condition.left), condition.operator, condition.value)
    if isinstance(condition, _Test):
        return _Test(condition.name, _row_operand(condition.operand), condition.text)
    raise _refused(_("условие на строки внутри условия на строки не поддерживается"))


def _row_operand(operand: _Operand) -> _Operand:
    if isinstance(operand, Field):
        return _InRow(operand.name)
    if isinstance(operand, Function):
        inner = [
            _row_operand(part) if isinstance(part, _Operand) else part for part in operand.arguments
        ]
        return Function(operand.name, *inner)
    return operand


def all_of(filters: Iterable[Filter]) -> Filter:
    """All conditions at once; at least one is needed."""
    return _chain("and", list(filters))


def any_of(filters: Iterable[Filter]) -> Filter:
    """Any of the conditions; at least one is needed."""
    return _chain("or", list(filters))


def _chain(word: str, filters: list[Filter]) -> Filter:
    if not filters:
        raise ValueError("no conditions to combine: an empty filter would select everything")
    return filters[0] if len(filters) == 1 else _Joined(word, filters)


def _refused(found: str, expected: str = "") -> ConfigurationError:
    return ConfigurationError(_("Отбор для 1С"), found=found, expected=expected, code="bad_filter")
