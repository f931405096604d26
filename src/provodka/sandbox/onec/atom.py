"""Answers in Atom, in the dialect of recorded live bases.

A feed of entries with `m:properties`, tabular sections as `d:element` rows with `m:type` (without
the owner's key), nulls as `m:null`; a virtual table is no feed but a flat `d:Result`; deletions in
a feed of changes are tombstones of RFC 6721. Properties carry no types.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from provodka.sandbox.onec.addresses import entry_address
from provodka.sandbox.onec.errors import METADATA_NS
from provodka.sandbox.onec.schema import EMPTY_GUID, Entity
from provodka.sandbox.onec.values import Record, render
from provodka.sandbox.onec.visibility import Visibility

ATOM_NS = "http://www.w3.org/2005/Atom"
DATA_NS = "http://schemas.microsoft.com/ado/2007/08/dataservices"
TOMBSTONE_NS = "http://purl.org/atompub/tombstones/1.0"
FEED_TYPE = "application/atom+xml;type=feed;charset=utf-8"
ENTRY_TYPE = "application/atom+xml;type=entry;charset=utf-8"
RESULT_TYPE = "application/xml;charset=utf-8"

_PROLOG = '<?xml version="1.0" encoding="UTF-8"?>'
_DATA = f'xmlns:d="{DATA_NS}"'
_META = f'xmlns:m="{METADATA_NS}"'
_NOT_XML = {code: None for code in range(32) if code not in (9, 10, 13)}


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An object that is physically gone: its address under the root, and when it went."""

    address: str
    when: str


@dataclass(frozen=True, slots=True)
class Atom:
    """Writes one answer; `base` is the root address, `now` the base's local time."""

    base: str
    now: str
    visibility: Visibility

    def feed(self, entity: Entity, records: Iterable[Record], count: int | None) -> bytes:
        """A whole set."""
        total = "" if count is None else f"\n\t<m:count>{count}</m:count>"
        head = (
            f"\n\t<id>{escape(self.base + entity.name)}</id>"
            f'\n\t<title type="text">{entity.name}</title>'
            f"\n\t<updated>{self.now}</updated>{total}"
        )
        return self._feed(head, (self._entry(entity, record, "\n\t") for record in records))

    def changes(self, items: Iterable[tuple[Entity, Record] | Tombstone]) -> bytes:
        """The answer of `SelectChanges`: entries and tombstones, nothing about the feed itself."""
        return self._feed(
            "",
            (
                self._tombstone(item) if isinstance(item, Tombstone) else self._entry(*item, "\n\t")
                for item in items
            ),
        )

    def single(self, entity: Entity, record: Record) -> bytes:
        """One entry as the whole answer."""
        spaces = f'\n\t\t{_DATA}\n\t\t{_META}\n\t\txml:base="{escape(self.base)}"'
        return (_PROLOG + self._entry(entity, record, "\n", spaces).lstrip("\n")).encode()

    def result(self, rows: Iterable[Record]) -> bytes:
        """The rows of a virtual table or of one object's section."""
        body = "".join(
            f"\n\t<d:element>{self._properties('', row, chr(10) + chr(9) * 2)}\n\t</d:element>"
            for row in rows
        )
        return f"{_PROLOG}<d:Result {_DATA} {_META}>{body}\n</d:Result>".encode()

    def _feed(self, head: str, items: Iterable[str]) -> bytes:
        return (
            f'{_PROLOG}<feed xmlns="{ATOM_NS}"\n\t\txmlns:at="{TOMBSTONE_NS}"\n\t\t{_DATA}'
            f'\n\t\t{_META}\n\t\txml:base="{escape(self.base)}">{head}{"".join(items)}\n</feed>'
        ).encode()

    def _tombstone(self, item: Tombstone) -> str:
        ref = escape(self.base + item.address, {'"': "&quot;"})
        return f'\n\t<at:deleted-entry ref="{ref}" when="{item.when}"/>'

    def _entry(self, entity: Entity, record: Record, line: str, spaces: str = "") -> str:
        known = bool(entity.key) and set(entity.key) <= record.keys()
        address = entry_address(entity, record) if known else ""
        inner = f"{line}\t"
        head = f' xmlns="{ATOM_NS}"{spaces}' if spaces else ""
        properties = self._properties(entity.name, self.visibility.record(record), inner)
        links = self._links(entity, record, address, inner) if known else ""
        return (
            f"{line}<entry{head}>{inner}<id>{escape(self.base + address) if known else ''}</id>"
            f'{inner}<category term="StandardODATA.{entity.name}"{inner}\t\t'
            f'scheme="{DATA_NS}/scheme"/>{inner}<title type="text"/>'
            f"{inner}<updated>{self.now}</updated>{inner}<author/>{inner}<summary/>{links}"
            f'{inner}<content type="application/xml"><m:properties {_DATA} {_META}>'
            f"{properties}\n</m:properties>{inner}</content>{line}</entry>"
        )

    def _links(self, entity: Entity, record: Record, address: str, line: str) -> str:
        links = []
        for name, item in entity.navigation.items():
            filled = record.get(item.name, EMPTY_GUID) != EMPTY_GUID
            if filled and self.visibility.shows(item.target):
                links.append(
                    f'{line}<link rel="{DATA_NS}/related/{name}"{line}\t\thref="{escape(address)}/'
                    f'{name}"{line}\t\ttype="{ENTRY_TYPE}"{line}\t\ttitle="{name}"/>'
                )
        edit = f'{line}<link rel="edit"{line}\t\thref="{escape(address)}"{line}\t\t'
        return "".join(links) + edit + 'title="edit-link"/>'

    def _properties(self, owner: str, record: Record, line: str) -> str:
        parts = []
        for name, value in record.items():
            if isinstance(value, list):
                parts.append(self._rows(owner, name, value, record, line))
            elif isinstance(value, dict):
                inner = self._properties(owner, value, f"{line}\t")
                parts.append(f"{line}<d:{name}>{inner}{line}</d:{name}>")
            else:
                parts.append(line + _scalar(name, value))
        return "".join(parts)

    def _rows(self, owner: str, name: str, rows: list[Record], record: Record, line: str) -> str:
        is_set = name == "RecordSet"
        kind = f"StandardODATA.{owner}{'' if is_set else '_' + name}_RowType"
        head = f'{line}<d:{name} m:type="Collection({kind})"'
        if not rows:
            return f"{head}/>"
        recorder = {key: record[key] for key in ("Recorder", "Recorder_Type") if key in record}
        body = []
        for row in rows:
            shown = (recorder if is_set else {}) | row
            shown.pop("Ref_Key", None)
            inner = self._properties(owner, shown, f"{line}\t\t")
            body.append(f'{line}\t<d:element m:type="{kind}">{inner}{line}\t</d:element>')
        return f"{head}>{''.join(body)}{line}</d:{name}>"


def _scalar(name: str, value: Any) -> str:
    if value is None:
        return f'<d:{name} m:null="true"/>'
    text = value.translate(_NOT_XML) if isinstance(value, str) else render(value)
    return f"<d:{name}>{escape(text)}</d:{name}>" if text else f"<d:{name}/>"
