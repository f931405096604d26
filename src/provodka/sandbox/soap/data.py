"""Between XML elements and plain data: what rules of conversion read and write.

An element becomes a dictionary by the names of its properties, a tabular section a list of such
dictionaries, a value its text. The other way round a type's properties are walked in their order:
what the data does not name, or what is empty, is left out, and what the type does not know is not
written. So one conversion serves every version of the format.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from lxml import etree

from provodka.sandbox.onec.schema import EMPTY_DATE, EMPTY_GUID
from provodka.sandbox.onec.values import number_text
from provodka.sandbox.soap.validating import NIL
from provodka.sandbox.soap.xdto import ObjectType, Package, ValueType

Data = dict[str, Any]


def to_data(package: Package, element: etree._Element, kind: ObjectType) -> Data:
    """The data of a valid element; nil and empty values are absent."""
    found: Data = {}
    for child in element:
        name = etree.QName(child)
        item = kind.find(name.localname) if name.namespace == package.namespace else None
        if item is None or child.get(NIL) in {"true", "1"}:
            continue
        held = package.kind(item)
        value: Any = (child.text or "").strip()
        if isinstance(held, ObjectType):
            value = _rows(package, child, held) if held.row else to_data(package, child, held)
        if item.high != 1:
            found.setdefault(item.name, []).append(value)
        elif value not in ("", {}):
            found[item.name] = value
    return found


def _rows(package: Package, element: etree._Element, kind: ObjectType) -> list[Data]:
    row = kind.row
    inner = package.kind(row) if row else None
    if not isinstance(inner, ObjectType):
        return []
    return [to_data(package, child, inner) for child in element if isinstance(child.tag, str)]


def add_element(
    package: Package, parent: etree._Element, kind: ObjectType, data: Mapping[str, Any]
) -> etree._Element:
    """Append an element of the type, under the type's name, with the data in the type's order."""
    element = etree.SubElement(parent, f"{{{package.namespace}}}{kind.name}")
    _fill(package, element, kind, data)
    return element


def _fill(
    package: Package, element: etree._Element, kind: ObjectType, data: Mapping[str, Any]
) -> None:
    for item in kind.properties:
        value = data.get(item.name)
        if _is_empty(value):
            continue
        ones: list[Any] = value if isinstance(value, list) and item.high != 1 else [value]
        for one in ones:
            child = etree.SubElement(element, f"{{{package.namespace}}}{item.name}")
            _put(package, child, package.kind(item), one)


def _put(
    package: Package, element: etree._Element, kind: ValueType | ObjectType, value: Any
) -> None:
    if not isinstance(kind, ObjectType):
        element.text = _text(value)
    elif isinstance(value, Mapping):
        _fill(package, element, kind, value)
    elif kind.row is not None:
        _fill(package, element, kind, {kind.row.name: value})


def _is_empty(value: Any) -> bool:
    """Emptiness as 1C sees it: zero is empty, False is not."""
    if value is None or isinstance(value, bool):
        return value is None
    return value in ("", EMPTY_DATE, EMPTY_DATE[:10], EMPTY_GUID, {}, []) or value == 0


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if isinstance(value, Decimal) else str(value)
