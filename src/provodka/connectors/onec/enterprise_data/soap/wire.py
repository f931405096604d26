"""One SOAP answer, checked before anything reads it: status, safety, fault."""

from __future__ import annotations

from typing import Any

from lxml import etree

from provodka.connectors.http import HttpAnswer
from provodka.connectors.onec.enterprise_data.soap.errors import not_published, refusal
from provodka.connectors.onec.odata.errors import Call, failure, is_html, unreadable
from provodka.foundation.i18n import _

__all__ = ["checked"]

ENVELOPE = "{http://schemas.xmlsoap.org/soap/envelope/}"
BOM = b"\xef\xbb\xbf"


def checked(answer: HttpAnswer, call: Call) -> HttpAnswer:
    """The answer, when it is a SOAP 1.1 envelope without a fault; otherwise raises.

    Document type declarations are refused, so that no entity is ever expanded
    (SOAP 1.1 §3). A torn answer is retriable: half a body is never taken for a
    whole one.
    """
    if answer.status == 404:
        raise not_published(call)
    is_xml = answer.body.removeprefix(BOM).lstrip()[:1] == b"<" and not is_html(answer.body)
    if answer.status != 200 and not (answer.status == 500 and is_xml):
        raise failure(answer, call)
    if not is_xml:
        raise unreadable(call, _("вместо ответа SOAP пришло что-то другое"))
    body = _body(_parsed(answer.body, call), call)
    _raise_fault(body, call)
    if answer.status != 200:
        raise unreadable(call, _("ответ {status} без объяснения").format(status=answer.status))
    return answer


def _parsed(body: bytes, call: Call) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        # The parser's own words quote the document.
        found = _("ответ не читается как XML (место {place})").format(place=error.position)
        raise unreadable(call, found) from None
    document: Any = root.getroottree()
    if document.docinfo.doctype:
        raise unreadable(call, _("в ответе объявлен тип документа: SOAP этого не допускает"))
    return root


def _body(root: etree._Element, call: Call) -> etree._Element:
    body = root.find(f"{ENVELOPE}Body") if root.tag == f"{ENVELOPE}Envelope" else None
    if body is None:
        raise unreadable(call, _("ответ — не конверт SOAP 1.1"))
    return body


def _raise_fault(body: etree._Element, call: Call) -> None:
    fault = body.find(f"{ENVELOPE}Fault")
    if fault is None:
        return
    told = {etree.QName(child).localname: child for child in fault.iterchildren("*")}
    for name in ("faultstring", "detail"):
        text = "".join(map(str, told[name].itertext())).strip() if name in told else ""
        if text:
            raise refusal(text, call)
    raise refusal("", call)
