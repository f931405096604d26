"""Loading of a message that a peer has put: checks of the header, then object by object.

As in the standard library every object is written for itself. A message that breaks off, or whose
object is not valid by its schema, ends the job there; an object that cannot be converted fails
the job too, but the rest is loaded. Kinds of objects that the base has no rule for are passed over
in silence. Only a message that was loaded without an error counts as received.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from lxml import etree

from provodka.sandbox.onec.objects import Objects
from provodka.sandbox.onec.registration import UNIVERSAL_PLAN
from provodka.sandbox.onec.writing import Writer
from provodka.sandbox.soap.conversion import catalogs_in
from provodka.sandbox.soap.conversion.kinds import BY_FORMAT, KINDS
from provodka.sandbox.soap.conversion.orders_in import order
from provodka.sandbox.soap.data import to_data
from provodka.sandbox.soap.jobs import JobFailed
from provodka.sandbox.soap.matching import Converter, Matcher
from provodka.sandbox.soap.message import BAD_FORMAT, Header, Reader
from provodka.sandbox.soap.peers import THIS_CODE, Peer, Peers
from provodka.sandbox.soap.protocol import Protocol
from provodka.sandbox.soap.records import ConversionError, Records
from provodka.sandbox.soap.sending import version_key
from provodka.sandbox.soap.validating import SchemaError, check_element, line_of
from provodka.sandbox.soap.xdto import BASE, ObjectType, Package, load_package
from provodka.sandbox.storage.ledger import Ledger

_CONVERTERS: dict[str, Converter] = {
    "Справочник.Валюты": catalogs_in.classified,
    "Справочник.ЕдиницыИзмерения": catalogs_in.classified,
    "Справочник.Организации": catalogs_in.organization,
    "Справочник.КонтрагентыГруппа": catalogs_in.party_group,
    "Справочник.Контрагенты": catalogs_in.party,
    "Справочник.Договоры": catalogs_in.contract,
    "Справочник.НоменклатураГруппа": catalogs_in.product_group,
    "Справочник.Номенклатура": catalogs_in.product,
    "Документ.ЗаказКлиента": order,
}
_ALREADY = "Сообщение обмена было принято ранее"
_WRONG_PLAN = "Имя плана обмена из сообщения обмена не соответствует ожидаемому."
_WRONG_TARGET = "Получатель из сообщения обмена не соответствует ожидаемому."
_DELETION = "УдалениеОбъекта"


class Loader:
    """Loads messages into one base; `clock` gives its local time (ISO, no zone)."""

    def __init__(
        self,
        objects: Objects,
        writer: Writer,
        ledger: Ledger,
        peers: Peers,
        protocol: Protocol,
        clock: Callable[[], str],
    ) -> None:
        self._objects = objects
        self._writer = writer
        self._ledger = ledger
        self._peers = peers
        self._protocol = protocol
        self._clock = clock

    def load(self, text: bytes, peer: Peer | None, versions: list[str]) -> Iterator[None]:
        """Load a message of a peer (None = without an exchange plan), or raise `JobFailed`.

        Yields after each object.
        """
        reader = Reader(text)
        header = reader.header
        if peer is None:
            self._check_version(header, versions)
        else:
            peer = self._open(header, peer, versions)
        yield from _Loading(self, reader, peer).run()
        if peer is not None and header.number > 0:
            self._peers.receive(peer, header.number)

    def _check_version(self, header: Header, versions: list[str]) -> None:
        base, _, version = header.format.rpartition("/")
        if base != BASE:
            raise JobFailed(
                f'Формат сообщения обмена "{base}" не соответствует формату плана обмена "{BASE}".'
            )
        if version not in versions:
            raise JobFailed(
                f'Версия "{version}" формата сообщения обмена "{BASE}" не поддерживается.'
            )

    def _open(self, header: Header, peer: Peer, versions: list[str]) -> Peer:
        """Check whose message it is, take in what it confirms and which versions it speaks."""
        if not header.confirmed:
            raise JobFailed(BAD_FORMAT)
        if header.plan != UNIVERSAL_PLAN:
            raise JobFailed(_WRONG_PLAN)
        settings_only = header.format == BASE
        if not settings_only:
            self._check_version(header, versions)
            self._check_ends(header, peer)
        repeated = not settings_only and 0 < header.number <= peer.received
        if header.number > 0 and not repeated and not settings_only:
            self._peers.confirm(peer, header.received, self._clock())
        common = [version for version in header.versions if version in versions]
        peer = replace(
            peer,
            version=max(common, key=version_key, default=""),
            prefix=peer.prefix or header.prefix,
            sends=header.sends,
            takes=header.takes,
        )
        self._peers.keep(peer)
        if settings_only or repeated:
            raise JobFailed(_ALREADY if repeated else "")
        return peer

    def _check_ends(self, header: Header, peer: Peer) -> None:
        if header.to != THIS_CODE:
            raise JobFailed(_WRONG_TARGET)
        if peer.node.code not in {header.sender, header.new_sender}:
            raise JobFailed(
                f"Не найден узел обмена для загрузки данных. План обмена: {header.plan}, "
                f"Идентификатор: {header.sender}"
            )

    def matcher(self, node: str) -> tuple[Matcher, Records]:
        """What finds and writes objects on behalf of a node ("" = nobody's)."""
        records = Records(self._objects, self._writer, self._ledger, node)
        return Matcher(self._objects, self._peers, records, node, _CONVERTERS), records

    def note(self, peer: Peer | None, name: str, ref: str, text: str) -> None:
        """Write into the load protocol."""
        code = "" if peer is None else peer.node.code
        self._protocol.note(code, "loaded", name, ref, text)


class _Loading:
    """One run over the objects of a message."""

    def __init__(self, loader: Loader, reader: Reader, peer: Peer | None) -> None:
        self._loader = loader
        self._reader = reader
        self._peer = peer
        self._version = reader.header.version
        self._package: Package = load_package(self._version)
        node = "" if peer is None else peer.node.ref
        self._matcher, self._records = loader.matcher(node)
        self._loaded: dict[tuple[str, str], None] = {}
        self._deleted: list[tuple[str, str]] = []
        self._errors: list[str] = []

    def run(self) -> Iterator[None]:
        for element in self._reader.objects():
            self._take(element)
            yield
        if self._errors:
            raise JobFailed("\n".join(self._errors))
        for set_name, ref in self._deleted:
            if (set_name, ref) not in self._loaded:
                self._records.mark_deleted(set_name, ref)
        for set_name, ref in self._loaded:
            yield
            reason = self._records.post(set_name, ref)
            if reason:
                self._loader.note(self._peer, set_name, ref, reason)

    def _take(self, element: etree._Element) -> None:
        kind = self._kind(element)
        try:
            check_element(self._package, element, kind)
        except SchemaError as error:
            raise JobFailed(f"Ошибка при загрузке данных: {error}") from None
        data = to_data(self._package, element, kind)
        if kind.name == _DELETION:
            self._delete(data)
        elif kind.name not in _CONVERTERS:
            self._loader.note(self._peer, kind.name, "", "Нет правила загрузки, объект пропущен")
        elif self._peer is None or self._peer.speaks("sends", self._version, kind.name):
            self._load(kind.name, data, line_of(element))

    def _kind(self, element: etree._Element) -> ObjectType:
        name = etree.QName(element)
        kind = self._package.object(name.localname)
        if kind is None or name.namespace != self._package.namespace:
            raise JobFailed(
                f"Ошибка при загрузке данных: Тип не определен: {{{name.namespace}}}"
                f"{name.localname} - [{line_of(element)},1]"
            )
        return kind

    def _load(self, name: str, data: dict[str, Any], line: int) -> None:
        try:
            ref = self._matcher.take(name, data)
        except ConversionError as error:
            text = (
                f"Направление: Получение.\nОбъект: {name} - [{line},1].\n\n"
                f"Ошибка выполнения обработчика.\n{error}."
            )
            self._errors.append(text)
            self._loader.note(self._peer, name, "", text)
            return
        self._loaded[BY_FORMAT[name].set_name, ref] = None

    def _delete(self, data: dict[str, Any]) -> None:
        held = data.get("СсылкаНаОбъект", {}).get("СсылкаНаОбъект", {})
        for name, public in held.items():
            for kind in KINDS:
                reference = self._package.reference(kind.format)
                if not kind.takes or not _names(self._package, name, reference):
                    continue
                ref = self._matcher.private(kind.format, public)
                if ref:
                    self._deleted.append((kind.set_name, ref))


def _names(package: Package, name: str, reference: str) -> bool:
    outer = package.object("ЛюбаяСсылка")
    inner = package.kind(outer.properties[0]) if outer else None
    item = inner.find(name) if isinstance(inner, ObjectType) else None
    return item is not None and item.kind == reference
