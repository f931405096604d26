"""Answers that no honest base gives: each ends in a named error, quickly and in little memory."""

from __future__ import annotations

import base64
import io
from datetime import timedelta
from resource import RUSAGE_SELF, getrusage
from time import perf_counter

import pytest
from tests.contract.onec.opening import QUICK
from tests.contract.onec.scripted_server import ScriptedServer, answer
from tests.contract.onec.soap.conftest import OpenTo
from tests.contract.onec.soap.fake_base import (
    NIL,
    FakeBase,
    envelope,
    fault,
    reply,
    returned,
    zipped,
)

from provodka.connectors.onec.enterprise_data.soap.base import EnterpriseDataBase
from provodka.connectors.onec.enterprise_data.soap.errors import BadArchive
from provodka.connectors.onec.enterprise_data.soap.settings import SoapSettings
from provodka.connectors.onec.odata.settings import OneCSettings
from provodka.foundation.errors import (
    AccessDenied,
    ConfigurationError,
    ProvodkaError,
    Refused,
    SystemUnavailable,
    UnknownOutcome,
)

PONG = envelope(
    '<m:PingResponse xmlns:m="http://www.1c.ru/SSL/EnterpriseDataExchange_1_0_1_1">'
    "<m:return>secret</m:return></m:PingResponse>"
).decode()
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ха"}">' for n in range(12))


def after_declaration(prologue: str, body: str = PONG) -> bytes:
    declaration, rest = body.split("\r\n", 1)
    return f"{declaration}{prologue}{rest}".encode()


HOSTILE = {
    "entities in text": after_declaration(
        f"<!DOCTYPE x [{LAUGHS}]>", PONG.replace("secret", "&l11;")
    ),
    "entities in an attribute": after_declaration(
        f"<!DOCTYPE x [{LAUGHS}]>", PONG.replace("<m:return>", '<m:return a="&l11;">')
    ),
    "an external entity": after_declaration(
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', PONG.replace("secret", "&e;")
    ),
    "an external type": after_declaration('<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'),
    "an innocent type": after_declaration("<!DOCTYPE x>"),
    "half an answer": PONG.encode()[:-40],
    "two answers": PONG.encode() * 2,
    "bytes that are no text": PONG.encode().replace(b"secret", b"\xff\xfe\x00"),
    "a control character": PONG.encode().replace(b"secret", b"&#1;"),
    "a lone surrogate": PONG.encode().replace(b"secret", b"&#xD800;"),
    "no envelope": b'<?xml version="1.0"?><Message/>',
    "an envelope without a body": envelope("").replace(b"soap:Body", b"soap:Other"),
    "an empty body": envelope(""),
    "SOAP 1.2": PONG.encode().replace(
        b"http://schemas.xmlsoap.org/soap/envelope/", b"http://www.w3.org/2003/05/soap-envelope"
    ),
    "a web page": b"<!DOCTYPE html><html><body>1C</body></html>",
    "JSON": b'{"odata.error": {}}',
    "nothing": b"",
    "a deep tree": PONG.replace("secret", "<a>" * 100_000).encode(),
    "an endless text": PONG.replace("secret", "x" * 11_000_000).encode(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_answer_is_unavailability_told_by_name(
    opened: OpenTo, fake: FakeBase, name: str
) -> None:
    fake.troubles["Ping"] += [answer(200, HOSTILE[name])] * QUICK.attempts
    started = perf_counter()
    with pytest.raises(SystemUnavailable) as caught:
        opened().exchange.ping()
    assert caught.value.code == "senseless_answer"
    assert "secret" not in str(caught.value)
    assert perf_counter() - started < 5


def test_a_document_type_is_refused_before_anything_reads_the_answer(
    opened: OpenTo, fake: FakeBase
) -> None:
    fake.troubles["Ping"] += [answer(200, HOSTILE["an innocent type"])] * QUICK.attempts
    with pytest.raises(SystemUnavailable, match="объявлен тип документа"):
        opened().exchange.ping()


def test_entities_are_not_expanded_in_memory(opened: OpenTo, fake: FakeBase) -> None:
    base = opened()
    base.exchange.ping()
    fake.troubles["Ping"] += [answer(200, HOSTILE["entities in an attribute"])] * QUICK.attempts
    before = getrusage(RUSAGE_SELF).ru_maxrss
    with pytest.raises(SystemUnavailable):
        base.exchange.ping()
    assert getrusage(RUSAGE_SELF).ru_maxrss - before < 50_000


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_answer_to_a_start_is_an_unknown_outcome(
    opened: OpenTo, fake: FakeBase, name: str
) -> None:
    fake.troubles["PutData"] += [answer(200, HOSTILE[name])]
    with pytest.raises(UnknownOutcome):
        opened().exchange.put_data("План", "CRM", "f")


def test_a_torn_answer_is_asked_for_again(opened: OpenTo, fake: FakeBase) -> None:
    fake.troubles["Ping"].append(answer(200, HOSTILE["half an answer"]))
    assert opened().exchange.ping() == ""


def test_a_byte_order_mark_and_comments_do_no_harm(opened: OpenTo, fake: FakeBase) -> None:
    body = b"\xef\xbb\xbf" + after_declaration("<!-- 1C -->")
    fake.troubles["Ping"].append(answer(200, body))
    assert opened().exchange.ping() == "secret"


@pytest.mark.parametrize(
    ("reply_with", "error", "code"),
    [
        (answer(401), AccessDenied, "bad_login"),
        (answer(403), AccessDenied, "bad_login"),
        (answer(404, "<html>404</html>"), ConfigurationError, "no_web_service"),
        (answer(301, Location="https://other/"), ConfigurationError, "moved"),
        (answer(500, "1C:Enterprise 8 application error"), SystemUnavailable, "senseless_answer"),
        (answer(500, "Недостаточно места в журнале транзакций"), Refused, "base_refused"),
        (answer(500, envelope("")), SystemUnavailable, "senseless_answer"),
        (answer(500, "<html>500</html>"), SystemUnavailable, "senseless_answer"),
        (answer(503), SystemUnavailable, "unavailable"),
        (fault("Нарушение прав доступа!"), AccessDenied, "no_rights"),
        (fault("Ошибка блокировки объекта"), SystemUnavailable, "base_busy"),
        (
            fault("Ошибка проверки данных XDTO: свойство 'PeerCode'", "soap:Client"),
            ConfigurationError,
            "service_differs",
        ),
        (fault("Деление на 0"), Refused, "base_refused"),
        (fault(""), Refused, "base_refused"),
    ],
)
def test_what_is_not_a_success_is_told_by_its_kind(
    opened: OpenTo,
    fake: FakeBase,
    reply_with: bytes,
    error: type[ProvodkaError],
    code: str,
) -> None:
    fake.troubles["Ping"] += [reply_with] * QUICK.attempts
    with pytest.raises(error) as caught:
        opened().exchange.ping()
    assert caught.value.code == code


def test_a_fault_with_status_200_is_a_fault_all_the_same(opened: OpenTo, fake: FakeBase) -> None:
    body = (
        '<soap:Fault xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
        "<faultcode>soap:Server</faultcode><faultstring/>"
        "<detail><e><descr>Не заполнен <b>ИНН</b></descr></e></detail></soap:Fault>"
    )
    fake.troubles["Ping"].append(answer(200, envelope(body)))
    with pytest.raises(Refused, match="Не заполнен ИНН"):
        opened().exchange.ping()


def test_a_shortage_of_licences_waits_as_long_as_the_base_says() -> None:
    short = answer(406, "Не обнаружено свободной лицензии!", Retry_After="60")
    with ScriptedServer([short]) as server:
        reached = OneCSettings(server.url, "Обмен", "пароль")
        base = EnterpriseDataBase(SoapSettings(reached), retries=QUICK)
        with base, pytest.raises(SystemUnavailable) as caught:
            base.exchange.ping()
    assert (caught.value.code, len(server.seen)) == ("no_session", 1)
    assert caught.value.retry_after == timedelta(minutes=1)


def test_an_answer_over_the_limit_of_bytes_is_refused() -> None:
    with ScriptedServer([answer(200, PONG)]) as server:
        reached = OneCSettings(server.url, "Обмен", "пароль", max_answer_bytes=100)
        base = EnterpriseDataBase(SoapSettings(reached), retries=QUICK)
        with base, pytest.raises(SystemUnavailable) as caught:
            base.exchange.ping()
    assert caught.value.code == "answer_too_large"


def test_an_attachment_is_not_unpacked(opened: OpenTo, fake: FakeBase) -> None:
    kind = 'multipart/related; boundary="x"'
    fake.troubles["Ping"].append(answer(200, PONG, Content_Type=kind))
    assert opened().exchange.ping() == "secret"


@pytest.mark.parametrize(
    ("archive", "code"),
    [
        (zipped(("data.xml", b"<a>" + b" " * 40_000_000)), "zip_ratio"),
        (zipped(("data.xml", b"<a/>"), ("more.xml", b"<a/>")), "zip_members"),
        (zipped(("../data.xml", b"<a/>")), "zip_path"),
        (zipped(("data.xml", zipped(("x", b"")))), "zip_nested"),
        (b"<Message/>", "zip_truncated"),
    ],
)
def test_a_harmful_archive_is_refused_and_forgotten(
    opened: OpenTo, fake: FakeBase, archive: bytes, code: str
) -> None:
    fake.message = archive
    with pytest.raises(BadArchive) as caught:
        opened().receive(io.BytesIO())
    assert caught.value.code == code


@pytest.mark.parametrize("data", ["не base64", "AAA", "&lt;Message/&gt;"])
def test_a_part_that_is_no_base64_never_passes_for_a_message(
    opened: OpenTo, fake: FakeBase, data: str
) -> None:
    fake.message = zipped(("data.xml", b"<a/>"))
    part = reply("GetDataPart", returned(data, "base64Binary"), NIL)
    fake.troubles["GetDataPart"] += [part] * 3
    with pytest.raises((BadArchive, SystemUnavailable)):
        opened().receive(io.BytesIO())


def test_a_part_with_a_flipped_byte_is_noticed(opened: OpenTo, fake: FakeBase) -> None:
    archive = bytearray(zipped(("data.xml", b"<Message>" + b"1234567890" * 50 + b"</Message>")))
    archive[45] ^= 0x55
    part = returned(base64.b64encode(archive).decode(), "base64Binary")
    fake.message = bytes(archive)
    fake.troubles["GetDataPart"].append(reply("GetDataPart", part, NIL))
    with pytest.raises(BadArchive) as caught:
        opened().receive(io.BytesIO())
    assert caught.value.code == "zip_broken"
