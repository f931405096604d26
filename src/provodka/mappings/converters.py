"""The converters a declaration may name, and what each of them connects."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy

from provodka.foundation.i18n import _

__all__ = ["CONVERTERS", "Converter", "expected_of", "parse_as"]

_WHOLE = frozenset({"Edm.Int16", "Edm.Int32", "Edm.Int64"})
_NUMBERS = _WHOLE | {"Edm.Double", "Edm.Decimal"}
_TEXT = frozenset({"Edm.String"})
_DATE = frozenset({"Edm.DateTime"})


@dataclass(frozen=True, slots=True)
class Converter:
    """What a converter fits: column types of the store, EDM types of the base.

    `argument` says what must follow its name: nothing, `kind`, `book` or `contact`.
    """

    columns: tuple[type, ...]
    wire: frozenset[str]
    argument: str = ""


CONVERTERS = {
    "text": Converter((sqlalchemy.Text,), _TEXT),
    "trimmed text": Converter((sqlalchemy.Text,), _TEXT),
    "comment": Converter((sqlalchemy.Text,), _TEXT),
    "inn": Converter((sqlalchemy.Text,), _TEXT),
    "kpp": Converter((sqlalchemy.Text,), _TEXT),
    "money": Converter((sqlalchemy.Numeric,), _NUMBERS),
    "number": Converter((sqlalchemy.Numeric,), _NUMBERS),
    "integer": Converter((sqlalchemy.Integer,), _NUMBERS),
    "instant": Converter((sqlalchemy.DateTime,), _DATE),
    "day": Converter((sqlalchemy.Date,), _DATE),
    "bool": Converter((sqlalchemy.Boolean,), frozenset({"Edm.Boolean"})),
    "enum": Converter((sqlalchemy.Text,), _TEXT | {"Edm.Boolean"}),
    "vat_rate": Converter((sqlalchemy.Text,), _TEXT),
    "reference": Converter((sqlalchemy.Uuid,), frozenset({"Edm.Guid"}), "kind"),
    "composite reference": Converter((sqlalchemy.Uuid,), _TEXT, "kind"),
    "book": Converter((sqlalchemy.Text,), frozenset({"Edm.Guid"}), "book"),
    "contact": Converter((sqlalchemy.Text,), frozenset(), "contact"),
    "constant": Converter((object,), frozenset()),
}


def parse_as(text: str) -> tuple[str, str]:
    """`composite reference client` → (`composite reference`, `client`); may be unknown."""
    if text in CONVERTERS:
        return text, ""
    name, _space, argument = text.rpartition(" ")
    return (name, argument) if name in CONVERTERS else (text, "")


def expected_of(how: str) -> str:
    """What a converter understands, in a person's words."""
    return {
        "text": _("строка"),
        "trimmed text": _("строка"),
        "comment": _("строка"),
        "inn": _("ИНН: 10 или 12 цифр с верным контрольным числом"),
        "kpp": _("КПП: 9 знаков"),
        "money": _("сумма не мельче копейки"),
        "number": _("число"),
        "integer": _("целое число"),
        "instant": _("дата и время вида 2026-01-31T10:00:00, без часового пояса"),
        "day": _("дата вида 2026-01-31T00:00:00"),
        "bool": _("true или false"),
        "enum": _("одно из перечисленных в соответствии значений"),
        "vat_rate": _("ставка НДС"),
        "reference": _("GUID"),
        "composite reference": _("GUID и тип ожидаемого справочника рядом"),
        "book": _("GUID элемента, известного хабу"),
        "contact": _("строки с полями Тип и Представление"),
        "constant": _("постоянное значение"),
    }[how]
