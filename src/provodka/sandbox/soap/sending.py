"""A message for a peer: what is registered for it and not yet confirmed, as the format has it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from provodka.sandbox.onec.numbering import BASE_PREFIX
from provodka.sandbox.onec.objects import Objects
from provodka.sandbox.onec.posting import SHIPMENT
from provodka.sandbox.onec.registration import UNIVERSAL_PLAN, Change
from provodka.sandbox.onec.values import Record
from provodka.sandbox.soap.conversion import catalogs_out, documents_out
from provodka.sandbox.soap.conversion.keys import Keys
from provodka.sandbox.soap.conversion.kinds import KINDS, Kind, kind_of
from provodka.sandbox.soap.data import Data
from provodka.sandbox.soap.message import Header, Writer
from provodka.sandbox.soap.peers import THIS_CODE, Peer, Peers
from provodka.sandbox.soap.protocol import Protocol
from provodka.sandbox.soap.xdto import BASE, ObjectType, Package, load_package

_CATALOGS: dict[str, Callable[[Keys, Record], Data]] = {
    "Справочник.Валюты": catalogs_out.currency,
    "Справочник.ЕдиницыИзмерения": catalogs_out.unit,
    "Справочник.Организации": catalogs_out.organization,
    "Справочник.БанковскиеСчета": catalogs_out.account,
    "Справочник.Склады": catalogs_out.warehouse,
    "Справочник.КонтрагентыГруппа": catalogs_out.party_group,
    "Справочник.Контрагенты": catalogs_out.party,
    "Справочник.Договоры": catalogs_out.contract,
    "Справочник.НоменклатураГруппа": catalogs_out.product_group,
}
_ORDER = {kind.format: place for place, kind in enumerate(KINDS)}


@dataclass
class _Message:
    peer: Peer
    package: Package
    version: str
    keys: Keys
    writer: Writer
    deletions: list[tuple[Kind, Change]] = field(default_factory=list)


class Sender:
    """Prepares messages of one base; `clock` gives its local time (ISO, no zone)."""

    def __init__(
        self, objects: Objects, peers: Peers, protocol: Protocol, clock: Callable[[], str]
    ) -> None:
        self._objects = objects
        self._peers = peers
        self._protocol = protocol
        self._clock = clock

    def prepare(self, peer: Peer, versions: list[str]) -> Generator[None, None, bytes]:
        """The next message for a peer, in the version agreed on (at first the lowest)."""
        number = peer.node.sent_no + 1
        changes = self._objects.changes.changes_for(UNIVERSAL_PLAN, peer.node.ref, number)
        version = peer.version or min(versions, key=version_key)
        package = load_package(version)
        header = Header(
            format=f"{BASE}/{version}",
            created=self._clock(),
            versions=sorted(versions, key=version_key, reverse=True),
            plan=UNIVERSAL_PLAN,
            to=peer.node.code,
            sender=THIS_CODE,
            number=number,
            received=peer.received,
            prefix=BASE_PREFIX,
        )
        keys = Keys(self._objects, self._peers, peer.node.ref, package)
        message = _Message(peer, package, version, keys, Writer(header, package))
        known = [(change, self._objects.get(change.set_name, change.key)) for change in changes]
        ranked = [(kind_of(change.set_name, record), change, record) for change, record in known]
        for kind, change, record in sorted(ranked, key=lambda item: _place(item[0])):
            if kind is not None and kind.sends:
                self._add(message, kind, change, record)
                yield
        for kind, change in message.deletions:
            self._add_deletion(message, kind, change)
        return message.writer.finish()

    def _add(self, message: _Message, kind: Kind, change: Change, record: Record | None) -> None:
        if not message.peer.speaks("takes", message.version, kind.format):
            return
        if record is None or _is_gone(record):
            message.deletions.append((kind, change))
            return
        data = self._converted(message.keys, kind, record)
        held = message.package.object(kind.format)
        if data is None or held is None:
            return
        reason = message.writer.add(held, data)
        if reason:
            self._protocol.note(message.peer.node.code, "sent", kind.format, change.key, reason)

    def _converted(self, keys: Keys, kind: Kind, record: Record) -> Data | None:
        if kind.format == "Справочник.Номенклатура":
            return catalogs_out.product(keys, record, self._clock()[:10])
        if kind.format in _CATALOGS:
            return _CATALOGS[kind.format](keys, record)
        if kind.set_name == SHIPMENT:
            return documents_out.shipment(keys, record)
        return documents_out.receipt(keys, kind.set_name, record)

    def _add_deletion(self, message: _Message, kind: Kind, change: Change) -> None:
        package = message.package
        held, reference = package.object("УдалениеОбъекта"), package.reference(kind.format)
        name = reference_property(package, reference)
        if held is not None and name:
            public = message.keys.public(kind.set_name, change.key)
            message.writer.add(held, {"СсылкаНаОбъект": {"СсылкаНаОбъект": {name: public}}})


def _place(kind: Kind | None) -> int:
    return -1 if kind is None else _ORDER[kind.format]


def _is_gone(record: Record) -> bool:
    """For a peer a document is there as long as it is posted."""
    posted = record.get("Posted", True)
    return bool(record.get("DeletionMark")) or not posted


def version_key(version: str) -> tuple[int, ...]:
    """Versions compare by numbers: 1.21 is above 1.8."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def reference_property(package: Package, reference: str) -> str:
    """Which property of a deletion holds a reference of this type, or ""."""
    outer = package.object("ЛюбаяСсылка")
    inner: Any = package.kind(outer.properties[0]) if outer else None
    if not isinstance(inner, ObjectType):
        return ""
    return next((item.name for item in inner.properties if item.kind == reference), "")
