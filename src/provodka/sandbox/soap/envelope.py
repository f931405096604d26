"""SOAP 1.1 and 1.2 envelopes as the platform reads and writes them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from provodka.sandbox.httpd import Request, Response
from provodka.sandbox.soap.operations import Operation, Parameter, ServiceDefinition
from provodka.sandbox.soap.validating import NIL

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
_TYPES = {SOAP_11: "text/xml; charset=utf-8", SOAP_12: "application/soap+xml; charset=utf-8"}
_SCHEMA = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'
_INSTANCE = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_BOOLEANS = ("true", "1", "false", "0")
_ACTION = re.compile(r'action="?([^";]+)"?')


class SoapFault(Exception):
    """An answer that is a fault; `client` says that the request was wrong."""

    def __init__(self, text: str, *, client: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.client = client


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the operation and its arguments by name, typed; None where nil was sent."""

    operation: Operation
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Inner:
    """Ready XML inside of an answer's value, in its own default namespace."""

    namespace: str
    xml: str


def parse_xml(body: bytes) -> etree._Element:
    """A document without a DTD; `SoapFault` for anything else."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SoapFault(f"Ошибка разбора XML: {error}", client=True) from None
    if getattr(root.getroottree().docinfo, "doctype", ""):
        raise SoapFault("Ошибка разбора XML: DTD не поддерживается", client=True)
    return root


def soap_version(request: Request) -> str:
    """Which SOAP a request's content type announces; 1.1 unless it is 1.2's own type."""
    kind = request.headers.get("content-type", "")
    return SOAP_12 if "application/soap+xml" in kind else SOAP_11


def read_call(request: Request, service: ServiceDefinition) -> Call:
    """The operation that an envelope calls, and its arguments; `SoapFault` if it is not one."""
    root = parse_xml(request.body)
    version = etree.QName(root).namespace
    if etree.QName(root).localname != "Envelope" or version not in _TYPES:
        raise SoapFault("Сообщение не является конвертом SOAP", client=True)
    body = root.find(f"{{{version}}}Body")
    calls = [child for child in body if isinstance(child.tag, str)] if body is not None else []
    if len(calls) != 1:
        raise SoapFault("Тело сообщения SOAP не содержит вызова операции", client=True)
    name = etree.QName(calls[0])
    operation = service.operations.get(name.localname)
    if operation is None or name.namespace != service.namespace:
        raise SoapFault(f"Операция {{{name.namespace}}}{name.localname} не найдена", client=True)
    _check_action(request, service, operation)
    given = {etree.QName(item).localname: item for item in calls[0] if isinstance(item.tag, str)}
    arguments = {item.name: _argument(item, given.get(item.name)) for item in operation.takes}
    return Call(operation, arguments)


def _check_action(request: Request, service: ServiceDefinition, operation: Operation) -> None:
    named = _ACTION.search(request.headers.get("content-type", ""))
    action = request.headers.get("soapaction", "").strip('" ')
    action = action or (named.group(1) if named else "")
    if action and action != service.action(operation.name):
        raise SoapFault(f"Действие {action} не соответствует операции", client=True)


def _argument(item: Parameter, element: etree._Element | None) -> Any:
    if element is None:
        raise SoapFault(f"Не задан параметр {item.name}", client=True)
    if element.get(NIL) in {"true", "1"}:
        if item.nillable:
            return None
        raise SoapFault(f"Параметр {item.name} не может быть пустым", client=True)
    text = element.text or ""
    try:
        return _typed(item.kind, text)
    except (ValueError, InvalidOperation, binascii.Error):
        shown = text if len(text) < 100 else f"{text[:100]}…"
        reason = f"Параметр {item.name}: значение '{shown}' не соответствует типу xs:{item.kind}"
        raise SoapFault(reason, client=True) from None


def _typed(kind: str, text: str) -> Any:
    if kind == "int":
        return int(text.strip())
    if kind == "decimal":
        return Decimal(text.strip())
    if kind == "boolean":
        return _BOOLEANS.index(text.strip()) < 2
    if kind == "base64Binary":
        return base64.b64decode("".join(text.split()), validate=True)
    return text


def write_answer(
    version: str, service: ServiceDefinition, operation: Operation, values: Mapping[str, Any]
) -> Response:
    """The answer of an operation: `return` first, then its other results in their order."""
    items = [
        _element(item, values.get(item.name)) for item in (operation.returns, *operation.gives)
    ]
    name = f"{operation.name}Response"
    lines = "\n".join(items)
    content = f'\t\t<m:{name} xmlns:m="{service.namespace}">\n{lines}\n\t\t</m:{name}>'
    return Response(200, _envelope(version, content), _TYPES[version])


def _element(item: Parameter, value: Any) -> str:
    head = f"\t\t\t<m:{item.name}"
    if isinstance(value, Inner):
        spaces = f'xmlns="{value.namespace}" {_SCHEMA} {_INSTANCE}'
        return f"{head} {spaces}>{value.xml}</m:{item.name}>"
    if value is None:
        return f'{head} {_SCHEMA} {_INSTANCE} xsi:nil="true"/>'
    text = _text(value)
    if not text:
        return f"{head} {_SCHEMA} {_INSTANCE}/>"
    return f"{head} {_SCHEMA} {_INSTANCE}>{text}</m:{item.name}>"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return escape(str(value))


def write_fault(version: str, fault: SoapFault) -> Response:
    """A fault under HTTP 500."""
    text = escape(fault.text)
    if version == SOAP_11:
        code = "soap:Client" if fault.client else "soap:Server"
        inner = (
            f"\t\t\t<faultcode>{code}</faultcode>\n\t\t\t<faultstring>{text}</faultstring>\n"
            "\t\t\t<detail/>"
        )
    else:
        code = "soap:Sender" if fault.client else "soap:Receiver"
        inner = (
            f"\t\t\t<soap:Code>\n\t\t\t\t<soap:Value>{code}</soap:Value>\n\t\t\t</soap:Code>\n"
            f'\t\t\t<soap:Reason>\n\t\t\t\t<soap:Text xml:lang="ru">{text}</soap:Text>\n'
            "\t\t\t</soap:Reason>"
        )
    content = f"\t\t<soap:Fault>\n{inner}\n\t\t</soap:Fault>"
    return Response(500, _envelope(version, content), _TYPES[version])


def _envelope(version: str, content: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<soap:Envelope xmlns:soap="{version}">\n'
        f"\t<soap:Body>\n{content}\n\t</soap:Body>\n</soap:Envelope>"
    ).encode()
