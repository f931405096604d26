"""The exchange message: its header, read and written, and its body, object by object."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from provodka.sandbox.soap.conversion.kinds import KINDS
from provodka.sandbox.soap.data import add_element, to_data
from provodka.sandbox.soap.jobs import JobFailed
from provodka.sandbox.soap.validating import SchemaError, check_element
from provodka.sandbox.soap.xdto import BASE, ObjectType, Package, load_package

MESSAGE = "http://www.1c.ru/SSL/Exchange/Message"
BAD_FORMAT = "Ошибка формата файла обмена"
_NAMES: Any = {
    "msg": MESSAGE,
    "xs": "http://www.w3.org/2001/XMLSchema",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}


@dataclass(frozen=True, slots=True)
class Header:
    """What a message's header says; `number` and `received` are 0 where they are not given.

    `sends` and `takes` name the kinds of objects by version, None if the header is silent.
    """

    format: str
    created: str
    versions: list[str]
    confirmed: bool = False
    plan: str = ""
    to: str = ""
    sender: str = ""
    new_sender: str = ""
    number: int = 0
    received: int = 0
    prefix: str = ""
    sends: Mapping[str, list[str]] | None = None
    takes: Mapping[str, list[str]] | None = None

    @property
    def version(self) -> str:
        """The version of the format, "" for a message that holds settings alone."""
        base, _, version = self.format.rpartition("/")
        return version if base == BASE else ""


def _schema(name: str) -> tuple[Package, ObjectType]:
    package = load_package("message")
    kind = package.object(name)
    if kind is None:
        raise KeyError(name)
    return package, kind


class Reader:
    """Reads one message from its bytes; a broken one ends the job that reads it."""

    def __init__(self, text: bytes) -> None:
        self._events = etree.iterparse(
            io.BytesIO(text),
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            huge_tree=True,
        )
        self.header = self._header()

    def _next(self) -> tuple[str, etree._Element]:
        try:
            event, element = next(self._events)
        except StopIteration:
            raise JobFailed(BAD_FORMAT) from None
        except etree.XMLSyntaxError as error:
            raise JobFailed(f"Ошибка при загрузке данных: Ошибка разбора XML: {error}") from None
        return event, element

    def _start(self, name: str) -> etree._Element:
        event, element = self._next()
        if event != "start" or etree.QName(element).localname != name:
            raise JobFailed(BAD_FORMAT)
        return element

    def _header(self) -> Header:
        message = self._start("Message")
        if getattr(message.getroottree().docinfo, "doctype", ""):
            raise JobFailed("Ошибка при загрузке данных: DTD не поддерживается")
        header = self._start("Header")
        self._finish(header)
        package, kind = _schema("Header")
        try:
            check_element(package, header, kind)
        except SchemaError as error:
            raise JobFailed(f"Ошибка при загрузке данных: {error}") from None
        return _read_header(to_data(package, header, kind))

    def _finish(self, element: etree._Element) -> None:
        while True:
            event, ended = self._next()
            if event == "end" and ended is element:
                return

    def objects(self) -> Iterator[etree._Element]:
        """The objects of the body, each whole and only until the next one is asked for."""
        body = self._start("Body")
        while True:
            event, element = self._next()
            if event == "end" and element is body:
                return
            self._finish(element)
            yield element
            element.clear()


def _read_header(data: dict[str, Any]) -> Header:
    confirmation = data.get("Confirmation", {})
    versions = [text.strip() for text in data.get("AvailableVersion", [])]
    kinds = data.get("AvailableObjectTypes")
    silent = "AvailableObjectTypes" not in data
    return Header(
        format=data["Format"],
        created=data["CreationDate"],
        versions=versions,
        confirmed="Confirmation" in data,
        plan=confirmation.get("ExchangePlan", ""),
        to=confirmation.get("To", ""),
        sender=confirmation.get("From", ""),
        new_sender=data.get("NewFrom", ""),
        number=int(confirmation.get("MessageNo", 0)),
        received=int(confirmation.get("ReceivedNo", 0)),
        prefix=data.get("Prefix", ""),
        sends=None if silent else _by_version(kinds or [], "Sending", versions),
        takes=None if silent else _by_version(kinds or [], "Receiving", versions),
    )


def _by_version(kinds: list[Any], side: str, versions: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind in kinds:
        text = kind.get(side, "")
        named = versions if text == "*" else [item.strip() for item in text.split(",")]
        for version in filter(None, named):
            found.setdefault(version, []).append(kind["Name"])
    return found


@dataclass
class Writer:
    """Writes one message: the header at once, then objects into the body."""

    header: Header
    package: Package
    _root: etree._Element = field(init=False)
    _body: etree._Element = field(init=False)

    def __post_init__(self) -> None:
        self._root = etree.Element("Message", nsmap=_NAMES)
        package, kind = _schema("Header")
        add_element(package, self._root, kind, self._header_data())
        spaces: Any = {None: self.package.namespace}
        self._body = etree.SubElement(self._root, f"{{{self.package.namespace}}}Body", nsmap=spaces)

    def _header_data(self) -> dict[str, Any]:
        header = self.header
        return {
            "Format": header.format,
            "CreationDate": header.created,
            "Confirmation": {
                "ExchangePlan": header.plan,
                "To": header.to,
                "From": header.sender,
                "MessageNo": str(header.number),
                "ReceivedNo": str(header.received),
            },
            "AvailableVersion": header.versions,
            "AvailableObjectTypes": _declared(header.versions),
            "Prefix": header.prefix,
        }

    def add(self, kind: ObjectType, data: Mapping[str, Any]) -> str:
        """Write an object, unless it is not valid; gives why it is not, or ""."""
        element = add_element(self.package, self._body, kind, data)
        try:
            check_element(self.package, element, kind)
        except SchemaError as error:
            self._body.remove(element)
            return str(error)
        return ""

    def finish(self) -> bytes:
        """The whole message."""
        etree.indent(self._root, "\t")
        return b'<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(
            self._root, encoding="UTF-8"
        )


def _declared(versions: list[str]) -> list[dict[str, str]]:
    def side(speaks: bool) -> str:
        return "*" if speaks and versions else ""

    return [
        {"Name": kind.format, "Sending": side(kind.sends), "Receiving": side(kind.takes)}
        for kind in sorted(KINDS, key=lambda kind: kind.format)
    ]
