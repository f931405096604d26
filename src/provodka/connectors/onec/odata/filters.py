"""`$filter` expressions that cannot fall into 1C's traps.

A composite reference is compared through `cast` (a plain guid finds nothing, and
says nothing); references are not ordered (the base answers 500); functions that
1C does not know are refused before they are sent (1C developer guide 8.3.27
§17.4.5). With the base's metadata at hand use `fields`, which knows the types.

    (Field("Date") >= since) & (Field("Контрагент_Key") == client_id)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Union
from uuid import UUID
from zoneinfo import ZoneInfo

from provodka.connectors.onec.odata.conditions import Filter, Joined, Negated, all_of, any_of
from provodka.connectors.onec.odata.literals import Ref, literal
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = [
    "Comparison",
    "Field",
    "Filter",
    "Function",
    "Operand",
    "Section",
    "Value",
    "all_of",
    "any_of",
    "refused",
]

Plain = str | int | bool | Decimal | date | datetime | UUID | Ref | None
Value = Union[Plain, "Operand"]

FUNCTIONS = frozenset(
    {"concat", "substring", "dateadd", "datedifference", "year", "quarter", "month", "day"}
    | {"dayofweek", "dayofyear", "hour", "minute", "second", "round"}
)
ORDERING = frozenset({"gt", "ge", "lt", "le"})


class Operand(ABC):
    """What can stand on either side of a comparison; a reference is never ordered."""

    @abstractmethod
    def text(self, zone: ZoneInfo) -> str:
        """The operand as 1C reads it."""

    @abstractmethod
    def in_row(self) -> Operand:
        """The same, of a row of a tabular section: fields prefixed with the lambda's variable."""

    def admit(self, value: Value) -> Value:
        """The value as it must be compared with this operand; refuses what finds nothing."""
        return value

    def compared(self, operator: str, value: Value) -> Filter:
        """The comparison; refuses one that the base would refuse or silently find nothing by."""
        if operator in ORDERING and isinstance(value, (UUID, Ref, bool)):
            raise refused(_("ссылки и логические значения не сравниваются на больше и меньше"))
        return Comparison(self, operator, self.admit(value))

    def __eq__(self, value: Value) -> Filter:  # type: ignore[override]
        return self.compared("eq", value)

    def __ne__(self, value: Value) -> Filter:  # type: ignore[override]
        return self.compared("ne", value)

    def __gt__(self, value: Value) -> Filter:
        return self.compared("gt", value)

    def __ge__(self, value: Value) -> Filter:
        return self.compared("ge", value)

    def __lt__(self, value: Value) -> Filter:
        return self.compared("lt", value)

    def __le__(self, value: Value) -> Filter:
        return self.compared("le", value)

    __hash__ = object.__hash__

    def __add__(self, other: Value) -> Operand:
        return _Arithmetic(self, "add", other)

    def __sub__(self, other: Value) -> Operand:
        return _Arithmetic(self, "sub", other)

    def __mul__(self, other: Value) -> Operand:
        return _Arithmetic(self, "mul", other)

    def __truediv__(self, other: Value) -> Operand:
        return _Arithmetic(self, "div", other)

    def startswith(self, text: str) -> Filter:
        """Whether the string begins with this text."""
        return _Test("startswith", self, text)

    def endswith(self, text: str) -> Filter:
        """Whether the string ends with this text."""
        return _Test("endswith", self, text)

    def contains(self, text: str) -> Filter:
        """Whether the text occurs anywhere: works on strings of unlimited length too."""
        return _Test("substringof", self, text)

    def like(self, pattern: str) -> Filter:
        """Whether the string fits: `%` stands for any text, `_` for any one character."""
        return _Test("like", self, pattern)

    def one_of(self, values: Sequence[Value]) -> Filter:
        """Whether the field has one of these values; a long list is read in several requests."""
        return any_of([self == value for value in values])


class Field(Operand):
    """An attribute, by its name on the wire: `Date`, `Контрагент_Key`, `Контрагент/ИНН`.

    `guid` says that an attribute not called `…_Key` holds a bare identifier.
    """

    def __init__(self, name: str, *, guid: bool = False) -> None:
        if not all(part.replace("_", "a").isalnum() for part in name.split("/")):
            raise refused(_("«{name}» не может быть именем поля").format(name=name))
        self.name = name
        self._guid = guid or name.endswith("_Key")

    def text(self, zone: ZoneInfo) -> str:
        """The name itself."""
        del zone
        return self.name

    def in_row(self) -> Operand:
        """The row's own field of this name."""
        return _InRow(self.name)

    def is_a(self, set_name: str) -> Filter:
        """Whether a composite field holds a reference to this set."""
        return _Test("isof", self, Field(set_name).name)

    def admit(self, value: Value) -> Value:
        """A `Ref` for a composite field, a plain guid for a `…_Key`."""
        if isinstance(value, Ref) and self._guid:
            return value.key
        if isinstance(value, UUID) and not self._guid:
            raise refused(
                _("поле «{name}» составное: guid без типа ничего не найдёт").format(name=self.name),
                _("передайте ссылку вместе с набором: Ref(набор, guid)"),
            )
        return value


class Function(Operand):
    """A scalar function of 1C: `Function("year", Field("Date")) == 2026`."""

    def __init__(self, name: str, *arguments: Value) -> None:
        if name not in FUNCTIONS:
            raise refused(
                _("функции «{name}» нет в OData 1С").format(name=name),
                _("есть: {names}").format(names=", ".join(sorted(FUNCTIONS))),
            )
        self.name = name
        self.arguments = arguments

    def text(self, zone: ZoneInfo) -> str:
        """The call with its arguments rendered."""
        return f"{self.name}({','.join(_written(part, zone) for part in self.arguments)})"

    def in_row(self) -> Operand:
        """The same call over the row's fields."""
        return Function(self.name, *(_of_row(part) for part in self.arguments))


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


class Comparison(Filter):
    """An operand against a value or another operand."""

    def __init__(self, left: Operand, operator: str, value: Value) -> None:
        self.left, self.operator, self.value = left, operator, value

    def render(self, zone: ZoneInfo) -> str:
        """`left eq value`."""
        return f"{self.left.text(zone)} {self.operator} {_written(self.value, zone)}"

    @property
    def pinned(self) -> tuple[str, object] | None:
        """The field and the value that it must equal."""
        plain = isinstance(self.left, Field) and not isinstance(self.value, Operand)
        if plain and self.operator == "eq" and isinstance(self.left, Field):
            return self.left.name, self.value
        return None


class _Arithmetic(Operand):
    def __init__(self, left: Operand, word: str, right: Value) -> None:
        self.left, self.word, self.right = left, word, right

    def text(self, zone: ZoneInfo) -> str:
        return f"({self.left.text(zone)} {self.word} {_written(self.right, zone)})"

    def in_row(self) -> Operand:
        return _Arithmetic(self.left.in_row(), self.word, _of_row(self.right))


class _InRow(Field):
    def text(self, zone: ZoneInfo) -> str:
        return f"d/{super().text(zone)}"


class _Test(Filter):
    def __init__(self, name: str, operand: Operand, text: str) -> None:
        self.name, self.operand, self.text = name, operand, text

    def render(self, zone: ZoneInfo) -> str:
        field, text = self.operand.text(zone), literal(self.text, zone)
        pair = f"{text},{field}" if self.name == "substringof" else f"{field},{text}"
        return f"{self.name}({pair})"


class _Rows(Filter):
    def __init__(self, section: str, word: str, condition: Filter) -> None:
        self.section, self.word, self.condition = section, word, _on_row(condition)

    def render(self, zone: ZoneInfo) -> str:
        return f"{self.section}/{self.word}(d: {self.condition.render(zone)})"


def _on_row(condition: Filter) -> Filter:
    """The same condition, its fields prefixed with the lambda's variable."""
    if isinstance(condition, Joined):
        return Joined(condition.word, [_on_row(part) for part in condition.conditions])
    if isinstance(condition, Negated):
        return Negated(_on_row(condition.inner))
    if isinstance(condition, Comparison):
        return Comparison(condition.left.in_row(), condition.operator, _of_row(condition.value))
    if isinstance(condition, _Test):
        return _Test(condition.name, condition.operand.in_row(), condition.text)
    raise refused(_("условие на строки внутри условия на строки не поддерживается"))


def _of_row(value: Value) -> Value:
    return value.in_row() if isinstance(value, Operand) else value


def _written(value: Value, zone: ZoneInfo) -> str:
    return value.text(zone) if isinstance(value, Operand) else literal(value, zone)


def refused(found: str, expected: str = "", step: str = "") -> ConfigurationError:
    """The error for a condition that 1C would refuse, or by which it would find nothing."""
    return ConfigurationError(
        _("Отбор для 1С"), found=found, expected=expected, next_step=step, code="bad_filter"
    )
