"""A base that answers as 1C's standard library does, and forgets, loses and lies on demand.

Written from the handlers of SSL 3.1: a file is told once, parts are taken away
when an import starts, an unknown job is `Canceled`.
"""

from __future__ import annotations

import base64
import io
import zipfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from defusedxml.ElementTree import fromstring
from tests.contract.onec.scripted_server import DROP, Seen, answer

EXCHANGE = "http://www.1c.ru/SSL/EnterpriseDataExchange_1_0_1_1"
UPLOAD = "http://www.1c.ru/SSL/EnterpriseDataUpload_1_0_1_1"
VERSIONS = "http://www.1c.ru/SaaS/1.0/WS"
RESULT = "http://v8.1c.ru/SSL/Exchange/EnterpriseDataExchange"
SCHEMA = (
    'xmlns:xs="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
NIL = f'<m:ErrorMessage {SCHEMA} xsi:nil="true"/>'
LOSE_REQUEST, LOSE_ANSWER = "request", "answer"
Trouble = str | bytes


def envelope(body: str) -> bytes:
    """A SOAP 1.1 envelope as 1C writes it."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\r\n'
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">\r\n'
        f"\t<soap:Header/>\r\n\t<soap:Body>{body}</soap:Body>\r\n</soap:Envelope>"
    ).encode()


def reply(operation: str, *fields: str, namespace: str = EXCHANGE) -> bytes:
    """A whole successful HTTP answer."""
    inside = "".join(fields)
    name = f"m:{operation}Response"
    return answer(200, envelope(f'<{name} xmlns:m="{namespace}">{inside}</{name}>'))


def returned(text: str, kind: str = "string") -> str:
    """The `return` element."""
    return f'<m:return {SCHEMA} xsi:type="xs:{kind}">{escape(text)}</m:return>'


def error_message(text: str = "") -> str:
    """The `ErrorMessage` element."""
    return f"<m:ErrorMessage {SCHEMA}>{escape(text)}</m:ErrorMessage>"


def fault(text: str, code: str = "soap:Server") -> bytes:
    """A whole HTTP answer with a fault."""
    return answer(
        500,
        envelope(
            f"<soap:Fault><faultcode>{code}</faultcode>"
            f"<faultstring>{escape(text)}</faultstring></soap:Fault>"
        ),
    )


def zipped(*members: tuple[str, bytes]) -> bytes:
    """An archive of these members."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return made.getvalue()


@dataclass
class FakeBase:
    """Give `serve` to a scripted server; `troubles` happen once each, operation by operation.

    `message` is the next archive to hand out; `imported` are the archives read.
    """

    message: bytes = b""
    part_count: int | None = None
    polls: int = 0
    padding: bytes = b""
    import_error: str = ""
    forgets_jobs: bool = False
    troubles: dict[str, list[Trouble]] = field(default_factory=lambda: defaultdict(list))
    asked: list[str] = field(default_factory=list)
    imported: list[bytes] = field(default_factory=list)
    files: dict[str, list[bytes]] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=lambda: defaultdict(dict))
    jobs: dict[str, str] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    prepared_with: list[tuple[str, str, str]] = field(default_factory=list)

    def serve(self, seen: Seen) -> bytes:
        """Answer one request."""
        request = fromstring(seen.body).find("{*}Body/*")
        assert request is not None
        operation = request.tag.rpartition("}")[2]
        given = {child.tag.rpartition("}")[2]: child.text or "" for child in request}
        self.asked.append(operation)
        planned = self.troubles[operation].pop(0) if self.troubles[operation] else ""
        if isinstance(planned, bytes):
            return planned
        if planned == LOSE_REQUEST:
            return DROP
        handler: Callable[[str, dict[str, str]], bytes] = getattr(self, f"_{operation}")
        said = handler(request.tag.rpartition("}")[0][1:], given)
        return DROP if planned == LOSE_ANSWER else said

    def _Ping(self, namespace: str, _given: dict[str, str]) -> bytes:
        return reply("Ping", returned(""), namespace=namespace)

    def _GetVersions(self, namespace: str, given: dict[str, str]) -> bytes:
        known = {"ОбменДанными": ("2.0.1.6", "3.0.1.1")}.get(given["InterfaceName"], ())
        values = "".join(f'<Value xsi:type="xs:string">{v}</Value>' for v in known)
        array = f'<m:return xmlns="http://v8.1c.ru/8.1/data/core" {SCHEMA}>{values}</m:return>'
        return reply("GetVersions", array, namespace=namespace)

    def _TestConnection(self, namespace: str, given: dict[str, str]) -> bytes:
        known = given.get("PeerCode", "CRM") == "CRM"
        text = "" if known else "Заданный узел плана обмена не найден."
        works = returned(str(known).lower(), "boolean")
        return reply("TestConnection", works, error_message(text), namespace=namespace)

    def _PrepareDataForGetting(self, _namespace: str, given: dict[str, str]) -> bytes:
        self.prepared_with.append((given["ExchangePlanName"], given["PeerCode"], given["PartSize"]))
        job = f"prepare-{len(self.jobs)}"
        size = int(given["PartSize"]) * 1024
        file_id = f"file-{len(self.files)}"
        self.files[file_id] = [
            self.message[at : at + size] for at in range(0, len(self.message), size)
        ]
        self.jobs[job] = file_id
        self.left[job] = self.polls
        started = f"<m:OperationID {SCHEMA}>{job}</m:OperationID>"
        return reply("PrepareDataForGetting", returned(""), started, error_message())

    def _PrepareDataActionResult(self, _namespace: str, given: dict[str, str]) -> bytes:
        job = given["OperationID"]
        if job not in self.jobs or self.forgets_jobs:
            return self._prepared("Canceled")
        if self.left[job] > 0:
            self.left[job] -= 1
            return self._prepared("Active", "", 0)
        file_id, self.jobs[job] = self.jobs[job], ""
        parts = len(self.files[file_id]) if file_id else 0
        counted = self.part_count if self.part_count is not None and file_id else parts
        return self._prepared("Completed", file_id, counted)

    def _prepared(self, status: str, file_id: str | None = None, parts: int | None = None) -> bytes:
        inside = "<d:ErrorMessage/>"
        if file_id is not None:
            inside += f"<d:FileID>{file_id}</d:FileID><d:PartCount>{parts}</d:PartCount>"
        inside += f"<d:Status>{status}</d:Status>"
        result = f'<m:return xmlns:d="{RESULT}" {SCHEMA}>{inside}</m:return>'
        return reply("PrepareDataActionResult", result, NIL)

    def _GetDataPart(self, _namespace: str, given: dict[str, str]) -> bytes:
        parts = self.files.get(given["FileID"], [])
        number = int(given["PartNumber"])
        if not 1 <= number <= len(parts):
            nothing = f'<m:return {SCHEMA} xsi:nil="true"/>'
            text = error_message("Часть файла с указанным номером не найдена.")
            return reply("GetDataPart", nothing, text)
        data = base64.encodebytes(parts[number - 1] + self.padding).decode().replace("\n", "\r\n")
        return reply("GetDataPart", returned(data, "base64Binary"), NIL)

    def _ConfirmGettingFile(self, _namespace: str, given: dict[str, str]) -> bytes:
        self.files.pop(given["FileID"], None)
        return reply("ConfirmGettingFile", returned(""), error_message())

    def _PutFilePart(self, namespace: str, given: dict[str, str]) -> bytes:
        part = base64.b64decode(given["PartData"])
        self.uploads[given["FileID"]][int(given["PartNumber"])] = part
        return reply("PutFilePart", returned(""), error_message(), namespace=namespace)

    def _PutData(self, namespace: str, given: dict[str, str]) -> bytes:
        parts = self.uploads.pop(given["FileID"], None)
        if parts is None:
            return fault(
                f"Не найден ни один фрагмент сессии передачи с идентификатором {given['FileID']}."
            )
        self.imported.append(b"".join(parts[number] for number in sorted(parts)))
        job = f"import-{len(self.jobs)}"
        self.jobs[job] = "import"
        self.left[job] = self.polls
        started = f"<m:OperationID {SCHEMA}>{job}</m:OperationID>"
        return reply("PutData", returned(""), started, error_message(), namespace=namespace)

    def _PutDataActionResult(self, namespace: str, given: dict[str, str]) -> bytes:
        job = given["OperationID"]
        status, text = "Completed", ""
        if job not in self.jobs or self.forgets_jobs:
            status = "Canceled"
        elif self.left[job] > 0:
            self.left[job] -= 1
            status = "Active"
        elif self.import_error:
            status, text = "Failed", self.import_error
        return reply(
            "PutDataActionResult", returned(status), error_message(text), namespace=namespace
        )
