"""The client speaks through our HTTP alone, and says nothing about what it carries."""

from __future__ import annotations

import io
import logging
import socket
from collections.abc import Iterator

import pytest
import requests
import structlog
import urllib3
from tests.contract.onec.scripted_server import answer
from tests.contract.onec.soap.conftest import OpenTo
from tests.contract.onec.soap.fake_base import (
    NIL,
    RESULT,
    SCHEMA,
    FakeBase,
    envelope,
    error_message,
    fault,
    reply,
    returned,
    zipped,
)

from provodka.foundation.errors import ProvodkaError

XML = "<Message>ООО «Ромашка», +7 916 123-45-67</Message>".encode()
SECRETS = ("Ромашка", "123-45-67", "пароль", "<Message", "UEsDB", "Иванов")


@pytest.fixture
def no_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_given: object, **_named: object) -> None:
        raise AssertionError("zeep went around our HTTP")

    for where, name in (
        (requests.Session, "__init__"),
        (requests.Session, "request"),
        (requests.Session, "send"),
        (urllib3.PoolManager, "urlopen"),
        (urllib3.connectionpool.HTTPConnectionPool, "urlopen"),
    ):
        monkeypatch.setattr(where, name, forbidden)


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """Every record of the standard library's loggers, zeep's forced to tell all."""
    told: list[str] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(self.format(record))

    handler, root = Listening(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield told
    root.setLevel(before)
    root.removeHandler(handler)


def test_a_whole_exchange_passes_without_the_library_that_zeep_brings(
    no_requests: None, opened: OpenTo, fake: FakeBase
) -> None:
    fake.message = zipped(("data.xml", XML))
    base, to = opened(), io.BytesIO()
    base.test_connection()
    assert base.versions() == {"ОбменДанными": ("2.0.1.6", "3.0.1.1")}
    base.confirm(base.receive(to))
    base.send(io.BytesIO(XML))
    assert to.getvalue() == XML


def test_no_connection_is_opened_but_to_the_base(
    monkeypatch: pytest.MonkeyPatch, opened: OpenTo, fake: FakeBase
) -> None:
    reached: list[object] = []
    really = socket.socket.connect

    def noted(self: socket.socket, address: tuple[str, int]) -> None:
        reached.append(address)
        really(self, address)

    monkeypatch.setattr(socket.socket, "connect", noted)
    base = opened()
    base.exchange.ping()
    base.send(io.BytesIO(XML))
    (only,) = set(reached)
    assert f"http://127.0.0.1:{only[1]}/base" == base.settings.base.url  # type: ignore[index]


def test_nothing_that_is_carried_gets_into_a_log(
    opened: OpenTo, fake: FakeBase, lines: list[str]
) -> None:
    fake.message = zipped(("data.xml", XML))
    with structlog.testing.capture_logs() as ours:
        base = opened()
        base.confirm(base.receive(io.BytesIO()))
        base.send(io.BytesIO(XML))
    assert len(ours) >= 7
    written = "\n".join(lines) + str(ours)
    assert [secret for secret in SECRETS if secret in written] == []


@pytest.mark.parametrize(
    "hostile",
    [
        fault("Контрагент Иванов не найден"),
        answer(200, envelope("<x>Иванов</x>")),
        answer(200, "<html>Иванов</html>"),
        answer(500, "Иванов"),
        reply("GetDataPart", returned("Иванов", "base64Binary"), error_message("Иванов")),
        reply("GetDataPart", "<m:Иванов/>", NIL),
        answer(200, envelope("<Иванов").replace(b"</soap:Body>", b"")),
    ],
)
def test_what_cannot_be_read_is_not_logged_either(
    opened: OpenTo, fake: FakeBase, lines: list[str], hostile: bytes
) -> None:
    fake.troubles["GetDataPart"] += [hostile] * 3
    fake.message = zipped(("data.xml", XML))
    with structlog.testing.capture_logs() as ours:
        try:
            opened().receive(io.BytesIO())
        except ProvodkaError:
            logging.getLogger("provodka").debug("failed")
    assert [secret for secret in SECRETS if secret in "\n".join(lines) + str(ours)] == []


def test_a_number_that_does_not_parse_is_not_logged(
    opened: OpenTo, fake: FakeBase, lines: list[str]
) -> None:
    inside = "<d:PartCount>Иванов</d:PartCount><d:Status>Active</d:Status>"
    state = f'<m:return xmlns:d="{RESULT}" {SCHEMA}>{inside}</m:return>'
    fake.troubles["PrepareDataActionResult"].append(
        reply("PrepareDataActionResult", state, error_message())
    )
    opened().exchange.prepare_data_action_result("1")
    assert "Иванов" not in "\n".join(lines)


def test_an_unreadable_answer_leaves_no_trace_of_itself_in_the_error(
    opened: OpenTo, fake: FakeBase
) -> None:
    fake.troubles["TestConnection"] += [reply("TestConnection", "<m:Иванов/>")] * 3
    with pytest.raises(ProvodkaError, match="не такой, как описан") as caught:
        opened().test_connection()
    assert "Иванов" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
