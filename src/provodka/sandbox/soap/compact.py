"""Turns a published XDTO package into the compact form that `xdto` reads.

`python -m provodka.sandbox.soap.compact PACKAGE.xdto.xml schemas/1.21.json.xz`; needed only when
a version of the format is added.
"""

from __future__ import annotations

import json
import lzma
import sys
from pathlib import Path
from typing import Any

from lxml import etree

_XDTO = "{http://v8.1c.ru/8.1/xdto}"
_KIND = "{http://www.w3.org/2001/XMLSchema-instance}type"
_FACETS = ("maxLength", "minLength", "length", "totalDigits", "fractionDigits")


def compact(package: bytes) -> bytes:
    """A package's types as compressed JSON; names lose their prefixes."""
    root = etree.fromstring(package)
    named = {"valueType": _value, "objectType": _object}
    found: dict[str, Any] = {"namespace": root.get("targetNamespace", ""), "types": {}}
    for element in root:
        kind = str(element.tag).removeprefix(_XDTO)
        if kind in named:
            found["types"][element.get("name")] = named[kind](element)
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    return lzma.compress(text.encode(), preset=9)


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _value(element: etree._Element) -> dict[str, Any]:
    found: dict[str, Any] = {"value": _local(element.get("base", "string"))}
    found |= {name: int(element.get(name, "")) for name in _FACETS if element.get(name)}
    for name in ("enumeration", "pattern"):
        texts = [item.text or "" for item in element.iterfind(f"{_XDTO}{name}")]
        if texts:
            found[name] = texts
    members = element.get("memberTypes", "").split()
    if members:
        found["members"] = [name.rpartition("}")[2] for name in members]
    return found


def _object(element: etree._Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if element.get("base"):
        found["base"] = _local(element.get("base", ""))
    if element.get("open") == "true":
        found["open"] = 1
    if element.get("ordered") == "false":
        found["unordered"] = 1
    found["properties"] = [_property(item) for item in element.iterfind(f"{_XDTO}property")]
    return found


def _property(element: etree._Element) -> list[Any]:
    inner = element.find(f"{_XDTO}typeDef")
    kind: Any = _local(element.get("type", "string"))
    if inner is not None:
        kind = _object(inner) if inner.get(_KIND) == "ObjectType" else _value(inner)
    bounds = [int(element.get("lowerBound", "1")), int(element.get("upperBound", "1"))]
    nillable = [1] if element.get("nillable") == "true" else []
    usual = bounds == [0, 1] and not nillable
    return [element.get("name"), kind] if usual else [element.get("name"), kind, *bounds, *nillable]


if __name__ == "__main__":
    source, target = (Path(name) for name in sys.argv[1:])
    target.write_bytes(compact(source.read_bytes()))
