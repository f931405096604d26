"""Documents made up for a case: whole and usual, but for what the case says of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5
from zoneinfo import ZoneInfo

from provodka.foundation.i18n import _, marked
from provodka.foundation.nearest import nearest
from provodka.trigger_rules.relations import Section
from provodka.trigger_rules.schema import Field, Root

__all__ = ["MadeUp", "Wrong"]

Row = dict[str, Any]
USUAL: Mapping[str, Mapping[str, Any]] = {
    "client": {"name": "ООО «Ландыш»", "email": "buyer@landysh.example", "phone": "+79995550101"},
    "responsible": {
        "name": "Лунин Олег", "role": "manager", "email": "manager@romashka.example",
        "phone": "+79995550102",
    },
    "head": {
        "name": "Громова Вера", "role": "head", "email": "head@romashka.example",
        "phone": "+79995550103",
    },
    "deal": {
        "number": "СД00-000001", "title": "Поставка воды", "stage_entry": 1,
        "responsible_id": "responsible",
    },
}  # fmt: skip
EVERYWHERE: Mapping[str, Any] = {"posted": True, "currency": "RUB"}


class Wrong(Exception):
    """What a case says of a document cannot be; `steps` lead to it below `given`."""

    def __init__(self, found: str, expected: str, *steps: str) -> None:
        super().__init__(found)
        self.found, self.expected, self.steps = found, expected, steps


@dataclass
class MadeUp:
    """Makes documents at one moment, and knows under which word each key was written."""

    now: datetime
    zone: ZoneInfo
    words: dict[UUID, str] = field(default_factory=dict)

    def key(self, word: str) -> UUID:
        """The key that a word stands for, the same every time."""
        key = uuid5(NAMESPACE_OID, word)
        self.words[key] = word
        return key

    def document(self, name: str, root: Root, said: Mapping[str, Any]) -> Row:
        """A document known by a name, with what is said of it; raises `Wrong`."""
        row = {one.name: self._usual(one) for one in root.fields.values()}
        row |= {"id": self.key(name), **self._values(name, root, USUAL.get(name, {}))}
        row |= {field: value for field, value in EVERYWHERE.items() if field in row}
        return row | self._values(name, root, said)

    def _values(self, name: str, root: Root, said: Mapping[str, Any]) -> Row:
        return {word: self._value(name, root, word, value) for word, value in said.items()}

    def _value(self, name: str, root: Root, word: str, value: Any) -> Any:
        if word in root.fields:
            return self._typed(root.fields[word], value, name)
        if word in root.sections:
            return self._lines(root.sections[word], value, name, word)
        if word in root.relations:
            if value is None:
                return None
            inner = root.relations[word]
            try:
                return self.document(word, inner, value)
            except Wrong as error:
                raise Wrong(error.found, error.expected, name, *error.steps) from None
        known = [*root.fields, *root.sections, *root.relations]
        raise Wrong(_("нет поля «{name}»").format(name=word), nearest(word, known), name, word)

    def _usual(self, field_: Field) -> Any:
        if field_.nullable:
            return None
        if field_.values:
            return field_.values[0]
        if field_.type == "key":
            return self.key(field_.name.removesuffix("_id"))
        made = {"time": self.now, "date": self.now.astimezone(self.zone).date()}
        return made.get(field_.type, USUALLY.get(field_.type))

    def _typed(self, field_: Field, value: Any, name: str) -> Any:
        if value is None:
            return None
        try:
            typed = self._read(field_, value)
        except (ValueError, ArithmeticError, TypeError):
            typed = None
        if typed is None or (field_.values and typed not in field_.values):
            raise Wrong(
                repr(value), ", ".join(field_.values) or _(EXPECTED[field_.type]), name, field_.name
            )
        return typed

    def _read(self, field_: Field, value: Any) -> Any:
        if field_.type == "key":
            return self.key(str(value))
        if field_.type == "number":
            return None if isinstance(value, bool) else Decimal(str(value))
        if field_.type == "flag":
            return value if isinstance(value, bool) else None
        if field_.type == "time":
            return self.moment(value)
        if field_.type == "date":
            return value if isinstance(value, date) else date.fromisoformat(value)
        return str(value)

    def moment(self, value: Any) -> datetime:
        """A time as written, in the company's zone unless it says its own."""
        if isinstance(value, datetime):
            at = value
        elif isinstance(value, date):
            at = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - zoned below
        else:
            at = datetime.fromisoformat(value)
        return at if at.tzinfo else at.replace(tzinfo=self.zone)

    def _lines(self, section: Section, value: Any, name: str, part: str) -> list[Row]:
        if not isinstance(value, list) or not all(isinstance(line, dict) for line in value):
            raise Wrong(repr(value), _("список строк: product, quantity, amount"), name, part)
        return [dict(self._line(line, section)) for line in value]

    def _line(self, said: Mapping[str, Any], section: Section) -> Iterator[tuple[str, Any]]:
        usual = {"quantity": 1, "amount": 0}
        goods = {"product": "товар", "product_kind": "goods"} if section.goods else {}
        for word, value in {**usual, **goods, **said}.items():
            number = isinstance(value, int | float) and not isinstance(value, bool)
            yield word, Decimal(str(value)) if number else value


USUALLY: Mapping[str, Any] = {"text": "", "number": Decimal(0), "flag": False}
EXPECTED: Mapping[str, str] = {
    "text": marked("текст"),
    "number": marked("число"),
    "flag": marked("true или false"),
    "time": marked("дата и время: 2026-11-20 16:00"),
    "date": marked("дата: 2026-11-20"),
    "key": marked("слово"),
}
