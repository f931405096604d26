"""A peer of the exchange, with envelopes and messages written by hand."""

from __future__ import annotations

import base64
import io
import re
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from lxml import etree
from tests.contract.sandbox.neighbours import Base, Hands, Record

EXCHANGE = "EnterpriseDataExchange_1_0_1_1"
UPLOAD = "EnterpriseDataUpload_1_0_1_1"
PLAN = "СинхронизацияДанныхЧерезУниверсальныйФормат"
FORMAT = "http://v8.1c.ru/edi/edi_stnd/EnterpriseData"
EMPTY = (
    'xmlns:xs="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)


def namespace(service: str) -> str:
    """The namespace of a service."""
    known = {"InterfaceVersion": "http://www.1c.ru/SaaS/1.0/WS"}
    return known.get(service, f"http://www.1c.ru/SSL/{service}")


def envelope(content: str, soap: str = "http://schemas.xmlsoap.org/soap/envelope/") -> bytes:
    """An envelope around a call."""
    return (
        f'<soap:Envelope xmlns:soap="{soap}"><soap:Header/>'
        f"<soap:Body>{content}</soap:Body></soap:Envelope>"
    ).encode()


def answer(name: str, *lines: str, service: str = EXCHANGE) -> str:
    """The whole text that the base answers with over SOAP 1.1."""
    content = "".join(f"\t\t\t{line}\n" for line in lines)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">\n'
        "\t<soap:Body>\n"
        f'\t\t<m:{name}Response xmlns:m="{namespace(service)}">\n{content}'
        f"\t\t</m:{name}Response>\n"
        "\t</soap:Body>\n"
        "</soap:Envelope>"
    )


def zipped(message: str | bytes, name: str = "Message.xml") -> bytes:
    """A message as it travels."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, message)
    return buffer.getvalue()


@dataclass
class Message:
    """A message that the base has given: its text and what the tests look at."""

    text: bytes
    root: Any = field(init=False)

    def __post_init__(self) -> None:
        self.root = etree.fromstring(self.text)

    def header(self, name: str) -> str:
        """The text of an element of the header."""
        found = self.root.find(f".//{{http://www.1c.ru/SSL/Exchange/Message}}{name}")
        return "" if found is None else str(found.text)

    @property
    def body(self) -> Any:
        """The body."""
        return self.root[1]

    def names(self) -> list[str]:
        """The kinds of the objects, in their order."""
        return [etree.QName(item).localname for item in self.body]

    def documents(self) -> list[str]:
        """The kinds of the documents and deletions, in their order."""
        return [name for name in self.names() if not name.startswith("Справочник.")]

    def find(self, name: str, path: str = "") -> list[str]:
        """Texts under a path (`А/Б`) in every object of a kind."""
        space = etree.QName(self.body).namespace
        steps = "/".join(f"{{{space}}}{step}" for step in path.split("/"))
        objects = self.body.iterfind(f"{{{space}}}{name}")
        return [item.text for found in objects for item in found.iterfind(steps)]


class Failed(Exception):
    """A job that did not end as Completed: its status and its text."""

    def __init__(self, status: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class Peer:
    """Speaks the protocol with the base for one node."""

    def __init__(self, about: Record, code: str = "CRM", version: str = "1.21") -> None:
        login = httpx.BasicAuth(about["onec_login"].encode(), about["onec_password"])
        self.http = httpx.Client(
            base_url=about["onec_services_url"],
            auth=login,
            timeout=30,
            verify=False,  # noqa: S501
        )
        self.base, self.hands = Base(about), Hands(about)
        self.code = code
        self.version = version
        self.number = 0
        self.received = 0

    def close(self) -> None:
        """Close all connections."""
        for client in (self.http, self.base.http, self.hands.http):
            client.close()

    def post(self, service: str, operation: str, content: str) -> httpx.Response:
        """One call over SOAP 1.1; `content` is the text inside of the operation's element."""
        space = namespace(service)
        body = envelope(f'<m:{operation} xmlns:m="{space}">{content}</m:{operation}>')
        headers = {
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": f'"{space}#{service}:{operation}"',
        }
        return self.http.post(f"{service}.1cws", content=body, headers=headers)

    def call(self, operation: str, content: str, service: str = EXCHANGE) -> str:
        """The text of an answer that is not a fault."""
        response = self.post(service, operation, content)
        assert response.status_code == 200, response.text
        return response.text

    def fault(self, operation: str, content: str, service: str = EXCHANGE) -> tuple[str, str]:
        """Code and text of an answer that is a fault."""
        response = self.post(service, operation, content)
        assert response.status_code == 500, response.text
        root = etree.fromstring(response.content)
        return str(root.findtext(".//faultcode")), str(root.findtext(".//faultstring"))

    @property
    def node(self) -> str:
        """The parameters that name the exchange."""
        return (
            f"<m:ExchangePlanName>{PLAN}</m:ExchangePlanName><m:PeerCode>{self.code}</m:PeerCode>"
        )

    def header(self, **changes: Any) -> str:
        """The header of the next message."""
        values: dict[str, Any] = {
            "format": f"{FORMAT}/{self.version}",
            "versions": ["1.8", "1.21"],
            "plan": PLAN,
            "to": "БП",
            "sender": self.code,
            "number": self.number,
            "received": self.received,
            "more": "",
        }
        values |= changes
        versions = "".join(
            f"<msg:AvailableVersion>{item}</msg:AvailableVersion>" for item in values["versions"]
        )
        return (
            f"<msg:Header>\n<msg:Format>{values['format']}</msg:Format>\n"
            "<msg:CreationDate>2026-11-20T10:00:00</msg:CreationDate>\n<msg:Confirmation>"
            f"<msg:ExchangePlan>{values['plan']}</msg:ExchangePlan><msg:To>{values['to']}</msg:To>"
            f"<msg:From>{values['sender']}</msg:From>"
            f"<msg:MessageNo>{values['number']}</msg:MessageNo>"
            f"<msg:ReceivedNo>{values['received']}</msg:ReceivedNo></msg:Confirmation>\n"
            f"{versions}{values['more']}</msg:Header>"
        )

    def message(self, *objects: str, **changes: Any) -> str:
        """A whole message; objects are texts without a namespace of their own."""
        body = "\n".join(objects)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<Message xmlns:msg="http://www.1c.ru/SSL/Exchange/Message" '
            'xmlns:xs="http://www.w3.org/2001/XMLSchema" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
            f"{self.header(**changes)}\n"
            f'<Body xmlns="{FORMAT}/{self.version}">\n{body}\n</Body>\n</Message>'
        )

    def put_file(self, data: bytes, file: str = "file-1", service: str = EXCHANGE) -> None:
        """Put a file in one part."""
        part = base64.b64encode(data).decode()
        self.call(
            "PutFilePart",
            f"<m:FileID>{file}</m:FileID><m:PartNumber>1</m:PartNumber>"
            f"<m:PartData>{part}</m:PartData>",
            service,
        )

    def start_put(self, message: str | bytes) -> str:
        """Put a message and start its loading; gives the job."""
        self.put_file(zipped(message))
        return one(self.call("PutData", f"{self.node}<m:FileID>file-1</m:FileID>"), "OperationID")

    def loaded(self, job: str) -> None:
        """Wait for a loading; `Failed` if it has failed."""
        text = self.wait("PutDataActionResult", job, lambda text: one(text, "return"))
        if one(text, "return") != "Completed":
            raise Failed(one(text, "return"), one(text, "ErrorMessage"))

    def wait(self, operation: str, job: str, status: Callable[[str], str]) -> str:
        """Ask until a job is no longer active; gives the last answer."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            text = self.call(operation, f"<m:OperationID>{job}</m:OperationID>")
            if status(text) != "Active":
                return text
            time.sleep(0.002)
        raise AssertionError("the job does not end")

    def put(self, *objects: str, **changes: Any) -> None:
        """Send the next message and see it loaded."""
        self.number += 1
        self.loaded(self.start_put(self.message(*objects, **changes)))

    def prepare(self, part_size: str = "0") -> tuple[str, int]:
        """Have a message prepared; gives its file and how many parts it has."""
        text = self.call(
            "PrepareDataForGetting", f"{self.node}<m:PartSize>{part_size}</m:PartSize>"
        )
        job = one(text, "OperationID")
        text = self.wait("PrepareDataActionResult", job, lambda text: one(text, "Status"))
        if one(text, "Status") != "Completed":
            raise Failed(one(text, "Status"), one(text, "ErrorMessage"))
        return one(text, "FileID"), int(one(text, "PartCount"))

    def part(self, file: str, number: int) -> bytes:
        """One part of a file."""
        content = f"<m:FileID>{file}</m:FileID><m:PartNumber>{number}</m:PartNumber>"
        return base64.b64decode(one(self.call("GetDataPart", content), "return"))

    def get(self) -> Message:
        """Get the next message of the base and remember its number."""
        file, parts = self.prepare()
        data = b"".join(self.part(file, number) for number in range(1, parts + 1))
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            message = Message(archive.read(archive.namelist()[0]))
        self.received = int(message.header("MessageNo"))
        return message


def one(text: str, name: str) -> str:
    """The text of the first element of a name in an answer."""
    found = re.search(rf"<(?:m:)?{name}(?: [^>]*[^/])?>([^<]*)</", text)
    return "" if found is None else found.group(1)
