"""References in what a peer sends: found by identifier, then by search fields, else created.

That is how the standard library does it: an object that is mentioned and not found is created
from its key properties alone, and filled once it comes itself. An object that the peer already
knows under another identifier is never matched again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import uuid4

from provodka.sandbox.onec.objects import Objects
from provodka.sandbox.soap.conversion.kinds import BY_FORMAT, Kind
from provodka.sandbox.soap.data import Data
from provodka.sandbox.soap.peers import Peers
from provodka.sandbox.soap.records import Finder, Records, identifier, is_filled

Rows = Mapping[str, list[Data]]
Converter = Callable[["Matcher", Data], tuple[Data, Rows]]


class Matcher:
    """Finds and writes the objects of one message; `node` is the sender ("" = no exchange plan)."""

    def __init__(
        self,
        objects: Objects,
        peers: Peers,
        records: Records,
        node: str,
        converters: Mapping[str, Converter],
    ) -> None:
        self._objects = objects
        self._peers = peers
        self._records = records
        self._node = node
        self._converters = converters
        self._finder = Finder(objects)

    @property
    def seed(self) -> int:
        """The seed that the base's own identifiers come from."""
        return int(self._objects.database.setting("seed", 0))

    def take(self, name: str, data: Data) -> str:
        """Load a whole object of the format; gives the reference of what it became."""
        kind = BY_FORMAT[name]
        keys = data.get("КлючевыеСвойства", {})
        values, sections = self._converters[name](self, data)
        ref, _ = self._place(kind, keys, values)
        return self._write(kind, keys, ref, values, sections)

    def refer(self, name: str, keys: Data) -> str:
        """The reference that key properties mean, "" for none; what is not found is created."""
        if not keys:
            return ""
        kind = BY_FORMAT[name]
        known = self._by_identifier(kind, keys)
        if known:
            self._bind(kind, keys, known)
            return known
        values, sections = self._converters[name](self, {"КлючевыеСвойства": keys})
        ref, found = self._place(kind, keys, values)
        if found:
            self._bind(kind, keys, ref)
            return ref
        return self._write(kind, keys, ref, values, sections)

    def find(self, set_name: str, wanted: Data) -> str:
        """An object by the values of its fields, or ""."""
        return self._finder.find(set_name, wanted, lambda _ref: True) or ""

    def main_account(self, organization: str) -> str:
        """The main bank account of an organization, or ""."""
        found = self._objects.get("Catalog_Организации", organization)
        return str(found["ОсновнойБанковскийСчет_Key"]) if found else ""

    def create(self, set_name: str, values: Data) -> str:
        """A new object that no peer has named."""
        return self._records.write(set_name, str(uuid4()), values, {})

    def private(self, name: str, public: str) -> str:
        """The object that the peer means by an identifier, or "" if it is not here."""
        kind = BY_FORMAT[name]
        return self._by_identifier(kind, {"Ссылка": public})

    def _by_identifier(self, kind: Kind, keys: Data) -> str:
        public = keys.get("Ссылка", "")
        if not public:
            return ""
        ref = self._peers.private(self._node, kind.set_name, public) or identifier(public)
        return ref if self._objects.identifier(kind.set_name, ref) is not None else ""

    def _place(self, kind: Kind, keys: Data, values: Data) -> tuple[str, bool]:
        """Where an object is to be written, and whether it is there already."""
        known = self._by_identifier(kind, keys)
        found = known or self._by_fields(kind, keys, values)
        if found:
            return found, True
        public = keys.get("Ссылка", "")
        private = self._peers.private(self._node, kind.set_name, public) if public else ""
        return private or identifier(public), False

    def _by_fields(self, kind: Kind, keys: Data, values: Data) -> str:
        for fields in kind.search:
            if not all(is_filled(values.get(name)) for name in fields):
                continue
            wanted = {name: values[name] for name in fields}
            if kind.set_name.startswith("Catalog_") and "IsFolder" in values:
                wanted["IsFolder"] = values["IsFolder"]
            found = self._finder.find(
                kind.set_name, wanted, lambda ref: self._free(kind, keys, ref)
            )
            if found:
                return found
        return ""

    def _free(self, kind: Kind, keys: Data, ref: str) -> bool:
        """An object that the peer knows under another identifier is not looked for again."""
        public = keys.get("Ссылка", "")
        return not public or not self._peers.bound(self._node, kind.set_name, ref)

    def _bind(self, kind: Kind, keys: Data, ref: str) -> None:
        public = keys.get("Ссылка", "")
        if public and self._node:
            self._peers.bind(self._node, kind.set_name, ref, public)

    def _write(self, kind: Kind, keys: Data, ref: str, values: Data, sections: Rows) -> str:
        self._bind(kind, keys, ref)
        return self._records.write(kind.set_name, ref, values, sections)
