"""Records as answers: JSON at three levels of metadata, or Atom."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from provodka.sandbox.onec.addresses import entry_address
from provodka.sandbox.onec.atom import FEED_TYPE, Atom
from provodka.sandbox.onec.options import Format
from provodka.sandbox.onec.schema import EMPTY_GUID, Entity
from provodka.sandbox.onec.values import Record, render
from provodka.sandbox.onec.visibility import Visibility

_NOWHERE = EMPTY_GUID.encode()
_REFERENCE = re.compile(rb'"([^"]+)_Key":"([0-9a-f-]{36})"')


@dataclass(frozen=True, slots=True)
class Serializer:
    """Writes one request's answer; `base` is the root address, `now` the base's local time."""

    base: str
    format: Format
    now: str
    visibility: Visibility

    @property
    def atom(self) -> Atom:
        """The writer for clients that did not ask for JSON."""
        return Atom(self.base, self.now, self.visibility)

    def content_type(self, atom_type: str = FEED_TYPE) -> str:
        """The media type of the answer, `atom_type` if it is XML."""
        if not self.format.json:
            return atom_type
        level = ("nometadata", "minimalmetadata", "fullmetadata")[self.format.level]
        return f"application/json;odata={level};charset=utf-8"

    def stored(self, entity: Entity, text: bytes, head: int) -> bytes:
        """JSON of an object from its stored text, without parsing it (levels 0 and 1)."""
        shown = self.visibility.text(text)
        if self.format.level == 0 or not entity.is_object:
            return shown
        address = f"{entity.name}(guid'{text[12:48].decode()}')/"
        links = []
        for match in _REFERENCE.finditer(text, 0, head):
            name = match.group(1).decode()
            if name in entity.navigation and match.group(2) != _NOWHERE:
                links.append(f',"{name}@navigationLinkUrl":"{address}{name}"')
        return shown[:-1] + "".join(links).encode() + b"}"

    def entry(self, entity: Entity, record: Record) -> str:
        """One record as JSON."""
        shown = self.visibility.record(record)
        if self.format.level == 0 or not entity.key or not set(entity.key) <= record.keys():
            return render(shown)
        address = entry_address(entity, record)
        result = dict(shown)
        if self.format.level == 2:
            result = _typed(entity, shown) | {"odata.editLink": address}
            result["odata.id"] = self.base + address
            result["odata.type"] = f"StandardODATA.{entity.name}"
        for name, reference in entity.navigation.items():
            if name not in record and record.get(reference.name, EMPTY_GUID) != EMPTY_GUID:
                result[f"{name}@navigationLinkUrl"] = f"{address}/{name}"
        return render(result)

    def collection(self, entity: Entity, entries: Iterable[bytes], count: int | None) -> bytes:
        """A whole set as JSON from the JSON of its entries."""
        head = []
        if self.format.level:
            head.append(f'"odata.metadata":{render(f"{self.base}$metadata#{entity.name}")}')
        if count is not None:
            head.append(f'"odata.count":"{count}"')
        head.append('"value":[')
        return ("{" + ",\n".join(head)).encode() + b",\n".join(entries) + b"]}"

    def single(self, entity: Entity, entry: str) -> bytes:
        """One entry as the whole answer."""
        if self.format.level == 0:
            return entry.encode()
        address = render(f"{self.base}$metadata#{entity.name}/@Element")
        return f'{{"odata.metadata":{address},{entry[1:]}'.encode()

    def rows(self, entity: Entity, rows: list[Record]) -> bytes:
        """Rows that are no entries: of a virtual table or of one object's section."""
        if not self.format.json:
            return self.atom.result(self.visibility.record(row) for row in rows)
        return self.collection(entity, (self.entry(entity, row).encode() for row in rows), None)


def _typed(entity: Entity, record: Record) -> Record:
    result: Record = {}
    for name, value in record.items():
        field = entity.fields.get(name)
        if field is not None and field.kind in {"guid", "date", "int"}:
            result[f"{name}@odata.type"] = field.edm
        result[name] = value
    return result
