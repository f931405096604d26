"""Any bytes for an answer: a value of the declared shape, or an error of ours."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from provodka.connectors.http import HttpAnswer
from provodka.connectors.onec.doorway import Doorway
from provodka.connectors.onec.enterprise_data.soap.channel import Channel
from provodka.connectors.onec.enterprise_data.soap.exchange import EnterpriseDataExchange
from provodka.connectors.onec.enterprise_data.soap.interface import InterfaceVersion
from provodka.connectors.onec.odata.settings import OneCSettings
from provodka.foundation.errors import ProvodkaError

EXCHANGE = "http://www.1c.ru/SSL/EnterpriseDataExchange_1_0_1_1"
RESULT = "http://v8.1c.ru/SSL/Exchange/EnterpriseDataExchange"
CORE = "http://v8.1c.ru/8.1/data/core"
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema"'


def envelope(body: str) -> bytes:
    return (
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
        f"<soap:Body>{body}</soap:Body></soap:Envelope>"
    ).encode()


SOUND = {
    "prepare": envelope(
        f'<m:PrepareDataActionResultResponse xmlns:m="{EXCHANGE}" {XSI}>'
        f'<m:return xmlns:d="{RESULT}" xsi:type="d:PrepareDataOperationResult">'
        "<d:ErrorMessage/><d:FileID>f</d:FileID><d:PartCount>3</d:PartCount>"
        '<d:Status>Completed</d:Status></m:return><m:ErrorMessage xsi:nil="true"/>'
        "</m:PrepareDataActionResultResponse>"
    ),
    "part": envelope(
        f'<m:GetDataPartResponse xmlns:m="{EXCHANGE}" {XSI}>'
        '<m:return xsi:type="xs:base64Binary">UEsDBA==</m:return><m:ErrorMessage/>'
        "</m:GetDataPartResponse>"
    ),
    "test": envelope(
        f'<m:TestConnectionResponse xmlns:m="{EXCHANGE}">'
        "<m:return>true</m:return><m:ErrorMessage/></m:TestConnectionResponse>"
    ),
    "versions": envelope(
        f'<m:GetVersionsResponse xmlns:m="http://www.1c.ru/SaaS/1.0/WS" {XSI}>'
        f'<m:return xmlns="{CORE}"><Value xsi:type="xs:string">1.0</Value><Value>2.0</Value>'
        "</m:return></m:GetVersionsResponse>"
    ),
    "fault": envelope(
        "<soap:Fault><faultcode>soap:Server</faultcode><faultstring>x</faultstring></soap:Fault>"
    ),
}
TOKENS = [b"<", b">", b"/", b'"', b"&lt;", b"&#0;", b"<a>", b"</m:return>", b"<m:return/>", b""]
TOKENS += [b'xsi:nil="true"', b'xsi:type="d:Unknown"', b'xsi:type="xs:int"', b"m:", b"soap:"]
TOKENS += [
    b"<soap:Body/>",
    b"<!DOCTYPE x>",
    b"<![CDATA[x]]>",
    b"\xff",
    b"\x00",
    b"<?pi?>",
    b"9" * 30,
]


TYPES = ["xs:int", "xs:boolean", "xs:string", "xs:dateTime", "xs:base64Binary", "d:Unknown", "?"]
TEXTS = ["", "1", "true", "Completed", "2026-01-01T00:00:00", "UEsDBA==", "9" * 400]


class Canned(Channel):
    """A channel that answers with these bytes and status."""

    def __init__(self, status: int, body: bytes) -> None:
        self._root = "http://base"
        self._doorway = Doorway(OneCSettings(self._root, "hub", "x"))
        self._timeout = 1.0
        self._http: Any = SimpleNamespace(
            exchange=lambda *_given, read, **_named: read(HttpAnswer(status, {}, body, 0.0))
        )


CALLS: dict[str, Callable[[Channel], object]] = {
    "prepare": lambda channel: EnterpriseDataExchange(channel).prepare_data_action_result("1"),
    "part": lambda channel: EnterpriseDataExchange(channel).get_data_part("f", 1),
    "test": lambda channel: EnterpriseDataExchange(channel).test_connection("П", "К"),
    "versions": lambda channel: InterfaceVersion(channel).get_versions("X"),
    "fault": lambda channel: EnterpriseDataExchange(channel).put_data("П", "К", "f"),
}


def is_as_declared(value: Any) -> bool:
    """Whether every field has the type that its class declares."""
    if isinstance(value, tuple):
        return all(isinstance(inner, str) for inner in value)
    declared = get_type_hints(type(value))
    return all(type(getattr(value, name)) is declared[name] for name in declared)


@pytest.mark.parametrize("name", sorted(set(CALLS) - {"fault"}))
def test_the_sound_answers_that_are_damaged_here_are_read(name: str) -> None:
    value = CALLS[name](Canned(200, SOUND[name]))
    assert value
    assert is_as_declared(value)


@settings(max_examples=300, deadline=None)
@given(
    name=st.sampled_from(sorted(set(CALLS) - {"fault"})),
    changes=st.dictionaries(
        st.integers(0, 9), st.tuples(st.sampled_from(TYPES), st.sampled_from(TEXTS)), max_size=3
    ),
)
def test_an_answer_that_names_its_own_types_is_read_as_declared_or_refused(
    name: str, changes: dict[int, tuple[str, str]]
) -> None:
    root = etree.fromstring(SOUND[name])
    elements = list(root.iterdescendants())[1:]
    for at, (kind, text) in changes.items():
        element = elements[at % len(elements)]
        element.set("{http://www.w3.org/2001/XMLSchema-instance}type", kind)
        element.text = text
    try:
        value = CALLS[name](Canned(200, etree.tostring(root)))
    except ProvodkaError:
        return
    assert is_as_declared(value)


@settings(max_examples=300, deadline=None)
@given(
    name=st.sampled_from(sorted(CALLS)),
    status=st.sampled_from([200, 200, 200, 500]),
    damage=st.lists(
        st.tuples(st.integers(0, 900), st.integers(0, 30), st.sampled_from(TOKENS)), max_size=4
    ),
)
def test_a_damaged_answer_is_read_or_refused_by_name(
    name: str, status: int, damage: list[tuple[int, int, bytes]]
) -> None:
    body = SOUND[name]
    for at, length, token in damage:
        place = at % (len(body) + 1)
        body = body[:place] + token + body[place + length :]
    try:
        value = CALLS[name](Canned(status, body))
    except ProvodkaError:
        return
    assert is_as_declared(value)


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(sorted(CALLS)), status=st.integers(100, 599), body=st.binary())
def test_any_bytes_are_refused_by_name(name: str, status: int, body: bytes) -> None:
    with pytest.raises(ProvodkaError):
        CALLS[name](Canned(status, body))
