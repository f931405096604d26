"""Records as answers: JSON at three levels of metadata, or Atom."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from provodka.sandbox.onec.errors import METADATA_NS
from provodka.sandbox.onec.options import Format
from provodka.sandbox.onec.schema import EMPTY_GUID, Entity
from provodka.sandbox.onec.values import Record, render

DATA_NS = "http://schemas.microsoft.com/ado/2007/08/dataservices"
ATOM_NS = "http://www.w3.org/2005/Atom"
_NOWHERE = EMPTY_GUID.encode()
_REFERENCE = re.compile(rb'"([^"]+)_Key":"([0-9a-f-]{36})"')


def entry_address(entity: Entity, record: Mapping[str, Any]) -> str:
    """`Document_X(guid'…')` or the key of a register record, relative to the service's root."""
    if entity.key == ("Ref_Key",):
        return f"{entity.name}(guid'{record['Ref_Key']}')"
    parts = []
    for name in entity.key:
        value = record[name]
        kind = entity.fields[name].kind
        quoted = f"guid'{value}'" if kind == "guid" else f"'{value}'"
        parts.append(f"{name}={value if kind == 'int' else quoted}")
    return f"{entity.name}({','.join(parts)})"


@dataclass(frozen=True, slots=True)
class Serializer:
    """Writes one request's answer; `base` is the service's root address."""

    base: str
    format: Format

    @property
    def content_type(self) -> str:
        """The media type of the answer."""
        if not self.format.json:
            return "application/atom+xml;type=feed;charset=utf-8"
        level = ("nometadata", "minimalmetadata", "fullmetadata")[self.format.level]
        return f"application/json;odata={level};charset=utf-8"

    def stored(self, entity: Entity, text: bytes, head: int) -> bytes:
        """JSON of an object from its stored text, without parsing it (levels 0 and 1)."""
        if self.format.level == 0 or not entity.is_object:
            return text
        address = f"{entity.name}(guid'{text[12:48].decode()}')/"
        links = []
        for match in _REFERENCE.finditer(text, 0, head):
            name = match.group(1).decode()
            if name in entity.navigation and match.group(2) != _NOWHERE:
                links.append(f',"{name}@navigationLinkUrl":"{address}{name}"')
        return text[:-1] + "".join(links).encode() + b"}"

    def entry(self, entity: Entity, record: Record) -> str:
        """One record as JSON."""
        if self.format.level == 0 or not set(entity.key) <= record.keys():
            return render(record)
        address = entry_address(entity, record)
        result = dict(record)
        if self.format.level == 2:
            result = _typed(entity, record) | {"odata.editLink": address}
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

    def feed(self, entity: Entity, found: Iterable[Record], count: int | None) -> bytes:
        """A whole set as an Atom feed."""
        total = "" if count is None else f"<m:count>{count}</m:count>"
        entries = "".join(self._atom_entry(entity, record, "") for record in found)
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><feed {_namespaces()} '
            f'xml:base="{escape(self.base)}"><id>{escape(self.base + entity.name)}</id>'
            f'<title type="text">{entity.name}</title>{total}{entries}</feed>'
        ).encode()

    def atom_single(self, entity: Entity, record: Record) -> bytes:
        """One record as an Atom entry."""
        prolog = '<?xml version="1.0" encoding="UTF-8"?>'
        return (prolog + self._atom_entry(entity, record, " " + _namespaces())).encode()

    def _atom_entry(self, entity: Entity, record: Record, namespaces: str) -> str:
        known = set(entity.key) <= record.keys()
        address = self.base + entry_address(entity, record) if known else ""
        properties = "".join(_property(name, value) for name, value in record.items())
        return (
            f"<entry{namespaces}><id>{escape(address)}</id>"
            f'<category term="StandardODATA.{entity.name}" scheme="{DATA_NS}/scheme"/>'
            f'<title type="text"/><author/><content type="application/xml">'
            f"<m:properties>{properties}</m:properties></content></entry>"
        )


def _namespaces() -> str:
    return f'xmlns="{ATOM_NS}" xmlns:d="{DATA_NS}" xmlns:m="{METADATA_NS}"'


def _property(name: str, value: Any) -> str:
    if isinstance(value, list):
        rows = "".join(
            f"<d:element>{''.join(_property(k, v) for k, v in row.items())}</d:element>"
            for row in value
        )
        return f"<d:{name}>{rows}</d:{name}>"
    if isinstance(value, dict):
        return ""
    text = escape(value if isinstance(value, str) else render(value))
    return f"<d:{name}>{text}</d:{name}>" if text else f"<d:{name}/>"


def _typed(entity: Entity, record: Record) -> Record:
    result: Record = {}
    for name, value in record.items():
        field = entity.fields.get(name)
        if field is not None and field.kind in {"guid", "date", "int"}:
            result[f"{name}@odata.type"] = field.edm
        result[name] = value
    return result
