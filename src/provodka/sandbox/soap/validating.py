"""Whether an element is what its type says; the first fault found is told with its line.

An element of a strict order is checked in that order. Elements of the format's own namespace that
a type does not know are refused also where the type is open: open types are for other namespaces.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from lxml import etree

from provodka.sandbox.soap.xdto import ObjectType, Package, Property, ValueType

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_WHOLE = re.compile(r"^[+-]?\d+$")
_DECIMAL = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)$")


class SchemaError(Exception):
    """An element that is not of its type: where it stands and what was expected."""

    def __init__(self, element: etree._Element, owner: str, reason: str) -> None:
        self.line = line_of(element)
        name = etree.QName(element)
        super().__init__(
            "Ошибка преобразования данных XDTO:\n"
            f"Чтение объекта типа: {{{name.namespace or ''}}}{owner} - [{self.line},1]\n"
            f"Проверка свойства:\nформа: Элемент\nимя: {{{name.namespace or ''}}}"
            f"{name.localname}\n{reason}"
        )


def line_of(element: etree._Element) -> int:
    """The line that an element starts on, from 1; 0 if it was not read from a text."""
    return int(getattr(element, "sourceline", None) or 0)


def check_element(package: Package, element: etree._Element, kind: ObjectType) -> None:
    """Raise `SchemaError` unless the element is of the type, down to the last value."""
    _check_object(package, element, kind)


def _check_object(package: Package, element: etree._Element, kind: ObjectType) -> None:
    if (element.text or "").strip():
        raise SchemaError(element, kind.name, "Элемент не может содержать текст")
    _check_attributes(element, kind)
    counts: Counter[str] = Counter()
    reached = 0
    for child in element:
        if not isinstance(child.tag, str):
            continue
        item = _property(package, child, kind)
        if item is None:
            continue
        place = kind.places[item.name]
        if kind.ordered:
            if place < reached:
                raise SchemaError(child, kind.name, "Нарушен порядок следования свойств")
            _check_present(child, kind, counts, reached, place)
            reached = place
        counts[item.name] += 1
        if item.high != -1 and counts[item.name] > item.high:
            raise SchemaError(child, kind.name, f"Верхняя граница свойства: {item.high}")
        _check_property(package, child, item, kind)
    _check_present(element, kind, counts, 0, len(kind.properties))


def _check_attributes(element: etree._Element, kind: ObjectType) -> None:
    for name in element.attrib:
        if not str(name).startswith(_XSI) and not kind.open:
            raise SchemaError(element, kind.name, f"Неизвестный атрибут: {name!s}")


def _property(package: Package, child: etree._Element, kind: ObjectType) -> Property | None:
    name = etree.QName(child)
    if name.namespace == package.namespace:
        found = kind.find(name.localname)
        if found is not None:
            return found
    elif kind.open:
        return None
    raise SchemaError(child, kind.name, "Свойство не определено в типе")


def _check_present(
    place: etree._Element, kind: ObjectType, counts: Counter[str], start: int, end: int
) -> None:
    for item in kind.properties[start:end]:
        if counts[item.name] < item.low:
            reason = f"Не заполнено обязательное свойство: {item.name} (тип {_name(item)})"
            raise SchemaError(place, kind.name, reason)


def _name(item: Property) -> str:
    return item.kind if isinstance(item.kind, str) else item.kind.name


def _check_property(
    package: Package, child: etree._Element, item: Property, owner: ObjectType
) -> None:
    if child.get(NIL) in {"true", "1"}:
        if not item.nillable:
            raise SchemaError(child, owner.name, "Значение не может быть пустым (xsi:nil)")
        return
    kind = package.kind(item)
    if isinstance(kind, ObjectType):
        _check_object(package, child, kind)
    elif kind.base != "anyType":
        if len(child):
            raise SchemaError(child, owner.name, "Значение не может содержать элементов")
        reason = fault_of(package, kind, child.text or "")
        if reason:
            raise SchemaError(child, owner.name, reason)


def fault_of(package: Package, kind: ValueType, text: str) -> str:
    """Why a text is not a value of the type, or "" if it is."""
    if kind.members:
        members = [package.types[name] for name in kind.members]
        faults = [fault_of(package, m, text) for m in members if isinstance(m, ValueType)]
        return "" if not all(faults) else faults[0]
    parent = package.types.get(kind.base)
    if isinstance(parent, ValueType) and parent is not kind:
        above = fault_of(package, parent, text)
        if above:
            return above
    elif not _CHECKS.get(kind.base, _anything)(text):
        return f"Значение '{text}' не соответствует типу xs:{kind.base}"
    return _facet_fault(kind, text)


def _facet_fault(kind: ValueType, text: str) -> str:
    if kind.enumeration and text not in kind.enumeration:
        return f"Значение '{text}' не входит в перечисление {kind.name}"
    if kind.patterns and not any(re.fullmatch(item, text) for item in kind.patterns):
        return f"Значение '{text}' не соответствует шаблону типа {kind.name}"
    size = len(text)
    if kind.max_length is not None and size > kind.max_length:
        return f"Длина значения {size} больше {kind.max_length}"
    if kind.min_length is not None and size < kind.min_length:
        return f"Длина значения {size} меньше {kind.min_length}"
    if kind.length is not None and size != kind.length:
        return f"Длина значения {size} не равна {kind.length}"
    return _digits_fault(kind, text.strip())


def _digits_fault(kind: ValueType, text: str) -> str:
    if kind.total_digits is None and kind.fraction_digits is None:
        return ""
    whole, _, fraction = text.lstrip("+-").partition(".")
    whole, fraction = whole.lstrip("0"), fraction.rstrip("0")
    if kind.fraction_digits is not None and len(fraction) > kind.fraction_digits:
        return f"Знаков после запятой {len(fraction)}, допустимо {kind.fraction_digits}"
    if kind.total_digits is not None and len(whole) + len(fraction) > kind.total_digits:
        return f"Знаков {len(whole) + len(fraction)}, допустимо {kind.total_digits}"
    return ""


def _anything(_text: str) -> bool:
    return True


def _is_boolean(text: str) -> bool:
    return text.strip() in {"true", "false", "1", "0"}


def _is_whole(text: str) -> bool:
    return bool(_WHOLE.match(text.strip()))


def _is_int(text: str) -> bool:
    return _is_whole(text) and -(2**31) <= int(text) < 2**31


def _is_decimal(text: str) -> bool:
    try:
        return bool(_DECIMAL.match(text.strip())) and Decimal(text.strip()).is_finite()
    except InvalidOperation:
        return False


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text.strip())
    except ValueError:
        return False
    return len(text.strip()) == 10


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text.strip())
    except ValueError:
        return False
    return "T" in text


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        return False
    return True


_CHECKS: dict[str, Callable[[str], bool]] = {
    "boolean": _is_boolean,
    "int": _is_int,
    "integer": _is_whole,
    "decimal": _is_decimal,
    "date": _is_date,
    "dateTime": _is_moment,
    "base64Binary": _is_base64,
}
