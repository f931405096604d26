"""A feed of changes (Atom, RFC 4287, with the tombstones of RFC 6721) → rows and deletions.

The document is read as a stream: an entry is handed over and forgotten before the next one is
read, so that a message of any length costs the memory of its largest entry. A document type
declaration is refused: with it come entities that expand without end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from lxml import etree

from provodka.connectors.onec.odata.atom_values import Convert, converters, value_of
from provodka.connectors.onec.odata.literals import NAMESPACE
from provodka.connectors.onec.odata.metadata import EntitySet

__all__ = ["Changed", "Deleted", "Item", "NotAFeed", "Types", "Unreadable", "read_feed"]

ATOM = "{http://www.w3.org/2005/Atom}"
DATA = "{http://schemas.microsoft.com/ado/2007/08/dataservices}"
META = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"
TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
FEED, ENTRY = f"{ATOM}feed", f"{ATOM}entry"

CHUNK = 1 << 16
LARGEST_ENTRY = 16 * 1024 * 1024
"""Bytes; the largest entry seen on a living base was 5.8 MB."""
DEEPEST = 8

ADDRESS = re.compile(r"(?P<set>[^/()\s]+)\((?P<key>[^()]*)\)$")
GUID = re.compile(r"guid'([0-9a-fA-F-]{36})'")

Types = Callable[[str], EntitySet | None]


class NotAFeed(ValueError):
    """The bytes are not a feed that can be trusted; the text says why, in English."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A new or changed object: its set, and its row as JSON would give it."""

    set_name: str
    row: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Deleted:
    """An object that the base has no more; `key` is its GUID, or the whole key of a register."""

    set_name: str
    key: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An entry that makes no sense; `why` is in English, `set_name` and `key` as far as known."""

    set_name: str
    key: str
    why: str


Item = Changed | Deleted | Unreadable


class _Senseless(Exception):
    """One entry cannot be understood; the others can."""


def read_feed(chunks: Iterable[bytes], types: Types) -> Iterator[Item]:
    """The changes of a feed one by one; `types` knows the fields of a set, as `$metadata` does.

    Raises `NotAFeed` for anything cut short, not well-formed, oversize, or not a feed at all;
    what was handed over before that stays true.
    """
    parser = etree.XMLPullParser(
        events=("start", "end"),
        tag=(FEED, ENTRY, TOMBSTONE),
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )
    tables: dict[str, _Fields] = {}
    fed, met = 0, False
    for chunk in _cut(chunks):
        fed += len(chunk)
        if fed > LARGEST_ENTRY:
            raise NotAFeed(f"one entry is larger than {LARGEST_ENTRY} bytes")
        for event, element in _events(parser, chunk):
            if event == "start":
                met = _is_start(element) or met
            elif element.tag != FEED and _is_own(element):
                fed = 0
                yield _item(element, types, tables)
                _forget(element)
    _close(parser)
    if not met:
        raise NotAFeed("the document is not an Atom feed")


def _cut(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        view = memoryview(chunk)
        for start in range(0, len(view), CHUNK):
            yield bytes(view[start : start + CHUNK])


def _events(parser: Any, chunk: bytes) -> list[tuple[str, Any]]:
    try:
        parser.feed(chunk)
    except etree.XMLSyntaxError as error:
        raise NotAFeed(str(error)) from None
    return list(parser.read_events())


def _close(parser: Any) -> None:
    try:
        parser.close()
    except etree.XMLSyntaxError as error:
        raise NotAFeed(str(error)) from None


def _is_start(element: Any) -> bool:
    """Whether this opens the feed; what stands before it is looked at once."""
    if element.getparent() is not None:
        return False
    if element.getroottree().docinfo.internalDTD is not None:
        raise NotAFeed("the document has a DOCTYPE")
    return bool(element.tag == FEED)


def _is_own(element: Any) -> bool:
    """Whether this is an entry of the feed itself, not of one expanded inside an entry."""
    parent = element.getparent()
    return parent is not None and parent.tag == FEED and parent.getparent() is None


def _forget(element: Any) -> None:
    element.clear()
    parent = element.getparent()
    while element.getprevious() is not None:
        del parent[0]


def _item(element: Any, types: Types, tables: dict[str, _Fields]) -> Item:
    if element.tag == TOMBSTONE:
        set_name, key = _address(element.get("ref") or "")
        if set_name:
            return Deleted(set_name, key)
        return Unreadable("", key, "the tombstone names no object")
    set_name, key = _address(element.findtext(f"{ATOM}id") or "")
    category = element.find(f"{ATOM}category")
    if category is not None:
        set_name = (category.get("term") or "").removeprefix(NAMESPACE) or set_name
    if not set_name:
        return Unreadable("", key, "the entry names no set")
    fields = tables.get(set_name)
    if fields is None:
        fields = tables[set_name] = _Fields(types(set_name) or EntitySet(set_name))
    try:
        return Changed(set_name, _row(_properties(element), fields.own, fields, 0))
    except _Senseless as error:
        return Unreadable(set_name, key, str(error))


def _address(text: str) -> tuple[str, str]:
    """`…/Catalog_X(guid'…')` → the set and the key; what is not an address names nothing."""
    found = ADDRESS.search(unquote(text.strip()))
    if found is None:
        return "", text.strip()
    guid = GUID.fullmatch(found["key"])
    return found["set"], guid[1].lower() if guid else found["key"]


def _properties(entry: Any) -> Any:
    found = entry.find(f"{ATOM}content/{META}properties")
    if found is None:
        found = entry.find(f"{META}properties")
    if found is None:
        raise _Senseless("the entry has no properties")
    return found


class _Fields:
    """How the fields of a set are read: its own, and those of its tabular sections."""

    def __init__(self, known: EntitySet) -> None:
        self.own = converters(known.properties)
        self.lists = {name: converters(rows) for name, rows in known.sections.items()}
        for name, one in known.properties.items():
            if one.item_type:
                self.lists.setdefault(name, {})


Known = dict[str, Convert]


def _row(holder: Any, known: Known, fields: _Fields, depth: int) -> dict[str, Any]:
    if depth > DEEPEST:
        raise _Senseless("the entry is nested too deep")
    row: dict[str, Any] = {}
    for child in holder:
        tag = child.tag
        if not isinstance(tag, str) or not tag.startswith(DATA):
            continue
        name = tag[len(DATA) :]
        if name in row:
            raise _Senseless(f"the field {name!r} comes twice")
        row[name] = _value(child, name, known, fields, depth)
    return row


def _value(child: Any, name: str, known: Known, fields: _Fields, depth: int) -> Any:
    stated = child.get(f"{META}type") if child.attrib else None
    if len(child) or (stated and stated.startswith("Collection(")) or _is_list(name, fields, depth):
        return _nested(child, name, stated, fields, depth)
    if child.attrib and child.get(f"{META}null") == "true":
        return None
    return value_of(child.text or "", stated, known.get(name))


def _is_list(name: str, fields: _Fields, depth: int) -> bool:
    return depth == 0 and name in fields.lists


def _nested(child: Any, name: str, stated: str | None, fields: _Fields, depth: int) -> Any:
    """A tabular section as a list of rows, a list of plain values, or a value with parts."""
    rows = child.findall(f"{DATA}element")
    if not rows and len(child) and not (stated or "").startswith("Collection("):
        return _row(child, {}, fields, depth + 1)
    known = fields.lists.get(name, {}) if depth == 0 else {}
    return [_row(one, known, fields, depth + 1) if len(one) else (one.text or "") for one in rows]
