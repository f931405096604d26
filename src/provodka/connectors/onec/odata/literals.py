"""Values between Python and 1C's OData: `$filter` literals, JSON bodies, wire rows.

1C keeps dates without a zone: they are the base's local time, so every
conversion takes the base's `ZoneInfo`. Going through UTC would move documents
to another day. Fractions of a second are not stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _

__all__ = [
    "EMPTY_DATE",
    "EMPTY_REF",
    "Ref",
    "as_bool",
    "as_datetime",
    "as_decimal",
    "as_int",
    "as_ref",
    "as_text",
    "as_typed_ref",
    "from_local",
    "literal",
    "local_text",
    "type_name",
    "wire_body",
]

EMPTY_DATE = "0001-01-01T00:00:00"
EMPTY_REF = UUID(int=0)
UNDEFINED = "StandardODATA.Undefined"
NAMESPACE = "StandardODATA."
UNAVAILABLE = "UnavailableEntities."
ENUMS = "UnavailableEnums."
MOST_DIGITS = 40
"""A number of 1C has at most 38; one of a million digits would take a second to be an `int`."""


class Ref:
    """A reference that carries its set: the value of a composite field.

    `Ref("Catalog_Контрагенты", uuid)`; equal when both parts are.
    """

    __slots__ = ("key", "set_name")

    def __init__(self, set_name: str, key: UUID) -> None:
        self.set_name = set_name
        self.key = key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ref) and (self.set_name, self.key) == (other.set_name, other.key)

    def __hash__(self) -> int:
        return hash((self.set_name, self.key))

    def __repr__(self) -> str:
        return f"Ref({self.set_name!r}, {str(self.key)!r})"


def type_name(set_name: str) -> str:
    """What a composite field's `_Type` says about this set: `StandardODATA.Catalog_X`."""
    return NAMESPACE + set_name


def local_text(moment: datetime | date, zone: ZoneInfo) -> str:
    """A moment in the base's local time, to the second: `2026-11-22T13:00:00`.

    A bare date is its midnight. A datetime without a zone is a `ValueError`:
    nobody can tell whose clock it was read from.
    """
    if not isinstance(moment, datetime):
        return f"{moment.isoformat()}T00:00:00"
    if moment.tzinfo is None:
        raise ValueError(f"a datetime without a time zone cannot be sent: {moment!r}")
    return moment.astimezone(zone).replace(tzinfo=None, microsecond=0).isoformat()


def from_local(text: str, zone: ZoneInfo) -> datetime | None:
    """The aware moment that 1C meant; its empty date, year 1, is None.

    In the hour that a clock change repeats, the first of the two is taken.
    """
    if not text or text.startswith("0001-01-01"):
        return None
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def literal(value: object, zone: ZoneInfo) -> str:
    """A `$filter` literal, not yet percent-encoded (1C developer guide 8.3.27 §17.4.2)."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Ref):
        return f"cast(guid'{value.key}','{value.set_name}')"
    if isinstance(value, UUID):
        return f"guid'{value}'"
    if isinstance(value, date):
        return f"datetime'{local_text(value, zone)}'"
    if isinstance(value, (Decimal, int)):
        return _plain_number(value)
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    raise TypeError(f"no OData literal for {type(value).__name__}")


def _plain_number(value: Decimal | int) -> str:
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError(f"not a finite number: {value}")
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def wire_body(body: Mapping[str, Any], zone: ZoneInfo, set_name: str) -> dict[str, Any]:
    """What is sent for a document: values converted, tabular rows numbered 1..n.

    Lists of mappings are tabular sections, announced with their row type,
    without which some platforms drop them. A `Ref` becomes the value and its
    `_Type`. None clears: an empty reference in `…_Key`, `null` elsewhere.
    """
    sent: dict[str, Any] = {}
    for name, value in body.items():
        if isinstance(value, (list, tuple)):
            sent[f"{name}@odata.type"] = f"Collection({type_name(set_name)}_{name}_RowType)"
            sent[name] = _wire_rows(value, zone)
        else:
            _put(sent, name, value, zone)
    return sent


def _wire_rows(rows: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> list[dict[str, Any]]:
    sent = []
    for number, row in enumerate(rows, start=1):
        line: dict[str, Any] = {"LineNumber": str(number)}
        for name, value in row.items():
            if name != "LineNumber":
                _put(line, name, value, zone)
        sent.append(line)
    return sent


def _put(sent: dict[str, Any], name: str, value: object, zone: ZoneInfo) -> None:
    if isinstance(value, Ref):
        sent[name] = str(value.key)
        sent[f"{name}_Type"] = type_name(value.set_name)
    elif value is None:
        sent[name] = str(EMPTY_REF) if name.endswith("_Key") else None
    elif isinstance(value, UUID):
        sent[name] = str(value)
    elif isinstance(value, date):
        sent[name] = local_text(value, zone)
    elif isinstance(value, float):
        raise TypeError(f"{name}: a float cannot be sent exactly, use Decimal")
    elif isinstance(value, Decimal):
        sent[name] = Decimal(_plain_number(value))
    else:
        sent[name] = value


def as_text(value: object) -> str:
    """A wire string; `null` is an empty one, as in 1C."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    raise _misread(value, _("строка"))


def as_decimal(value: object) -> Decimal:
    """A wire number, exact; whole numbers may come as strings."""
    if isinstance(value, (Decimal, int, str)) and not isinstance(value, bool):
        try:
            number = Decimal(value)
        except InvalidOperation:
            raise _misread(value, _("число")) from None
        if number.is_finite() and abs(number.adjusted()) <= MOST_DIGITS:
            return number
    raise _misread(value, _("число"))


def as_int(value: object) -> int:
    """A wire integer; 1C sends it as a string."""
    number = as_decimal(value)
    if number != number.to_integral_value():
        raise _misread(value, _("целое число"))
    return int(number)


def as_bool(value: object) -> bool:
    """A wire boolean."""
    if isinstance(value, bool):
        return value
    raise _misread(value, _("true или false"))


def as_ref(value: object) -> UUID | None:
    """A wire reference; the zero guid, an empty string and `null` are None."""
    if value is None or value == "":
        return None
    try:
        key = UUID(value) if isinstance(value, str) else None
    except ValueError:
        key = None
    if key is None:
        raise _misread(value, "guid")
    return None if key == EMPTY_REF else key


def as_typed_ref(value: object, type_text: object) -> Ref | None:
    """A composite reference from the field and its `_Type`; undefined or empty is None.

    A reference to a set that is not published cannot be followed:
    `Misunderstood`.
    """
    kind = as_text(type_text)
    if kind in {"", UNDEFINED}:
        return None
    if kind.startswith(ENUMS):
        raise _misread(value, _("ссылка, а это значение перечисления"))
    if kind.startswith(UNAVAILABLE) or not kind.startswith(NAMESPACE):
        raise Misunderstood(
            _("Составное поле 1С"),
            found=_("ссылка на объект, который не опубликован ({kind})").format(kind=kind),
            next_step=_("опубликуйте этот объект в стандартном интерфейсе OData"),
            code="composite_unavailable",
        )
    key = as_ref(value)
    return None if key is None else Ref(kind.removeprefix(NAMESPACE), key)


def as_datetime(value: object, zone: ZoneInfo) -> datetime | None:
    """A wire date as an aware moment; the empty date is None."""
    text = as_text(value)
    try:
        return from_local(text, zone)
    except ValueError:
        raise _misread(value, _("дата вида 2026-01-31T12:00:00")) from None


def _misread(value: object, expected: str) -> Misunderstood:
    shown = repr(value) if not isinstance(value, int) or abs(value) < 10**MOST_DIGITS else "…"
    return Misunderstood(
        _("Значение из 1С"),
        found=shown if len(shown) <= 60 else shown[:60] + "…",
        expected=expected,
        code="bad_wire_value",
    )
