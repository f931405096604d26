"""The HTTP client against a server that drops, stalls and lies."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import structlog
from tests.contract.onec.opening import QUICK
from tests.contract.onec.scripted_server import DROP, ScriptedServer, Seen, Step, answer

from provodka.connectors.http import AnswerTooLarge, BasicAuth, HttpAnswer, HttpClient
from provodka.foundation.errors import ConfigurationError, SystemUnavailable, UnknownOutcome

STALL = threading.Event()


@contextmanager
def talking_to(*script: Step, **options: object) -> Iterator[tuple[HttpClient, ScriptedServer]]:
    asked = {"retries": QUICK, "timeout": 2.0, **options}
    with (
        ScriptedServer(list(script)) as server,
        HttpClient(server.url, **asked) as client,  # type: ignore[arg-type]
    ):
        yield client, server


def stalling(_request: Seen) -> bytes:
    STALL.wait(0.5)
    return answer(200, "late")


def test_a_read_is_repeated_after_the_connection_breaks() -> None:
    with talking_to(DROP, answer(200, "ok")) as (client, server):
        assert client.request("GET", "x").body == b"ok"
        assert len(server.seen) == 2


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_read_is_repeated_after_a_gateway_trouble(status: int) -> None:
    with talking_to(answer(status), answer(200, "ok")) as (client, _server):
        assert client.request("GET", "x").status == 200


def test_a_read_that_never_succeeds_says_that_the_system_is_unavailable() -> None:
    with talking_to(DROP) as (client, server), pytest.raises(SystemUnavailable):
        client.request("GET", "x")
    assert len(server.seen) == QUICK.attempts


def test_half_a_body_is_not_taken_for_a_whole_one() -> None:
    half = b"HTTP/1.1 200 X\r\nContent-Length: 10\r\nConnection: close\r\n\r\nhalf"
    with talking_to(half, answer(200, "whole")) as (client, _server):
        assert client.request("GET", "x").body == b"whole"


def test_a_write_whose_answer_is_lost_has_an_unknown_outcome_and_is_sent_once() -> None:
    with talking_to(DROP) as (client, server), pytest.raises(UnknownOutcome):
        client.request("POST", "x", content=b"{}")
    assert len(server.seen) == 1


def test_a_write_that_times_out_has_an_unknown_outcome() -> None:
    with talking_to(stalling, timeout=0.05) as (client, _server), pytest.raises(UnknownOutcome):
        client.request("POST", "x", content=b"{}")


def test_a_write_answered_by_a_gateway_timeout_has_an_unknown_outcome() -> None:
    with talking_to(answer(504)) as (client, server), pytest.raises(UnknownOutcome):
        client.request("POST", "x", content=b"{}")
    assert len(server.seen) == 1


def test_a_write_that_could_not_connect_changed_nothing() -> None:
    with (
        HttpClient("http://127.0.0.1:9", retries=QUICK) as client,
        pytest.raises(SystemUnavailable, match="соединиться не удалось"),
    ):
        client.request("POST", "x", content=b"{}")


def test_a_write_declared_idempotent_is_repeated() -> None:
    with talking_to(DROP, answer(200)) as (client, server):
        assert client.request("PUT", "x", content=b"1", idempotent=True).status == 200
        assert len(server.seen) == 2


def test_an_answer_over_the_limit_is_refused_and_not_asked_for_again() -> None:
    with (
        talking_to(answer(200, b"x" * 3000), max_body=2000) as (client, server),
        pytest.raises(AnswerTooLarge),
    ):
        client.request("GET", "x")
    assert len(server.seen) == 1


def test_a_short_wait_that_the_server_asks_for_is_obeyed_and_a_long_one_passed_on() -> None:
    busy = answer(503, Retry_After="3600")
    with talking_to(busy) as (client, server), pytest.raises(SystemUnavailable) as caught:
        client.request("GET", "x")
    assert caught.value.retry_after == timedelta(hours=1)
    assert len(server.seen) == 1
    with talking_to(answer(503, Retry_After="0"), answer(200)) as (client, _server):
        assert client.request("GET", "x").status == 200


def test_a_login_in_cyrillic_is_sent_as_utf_8() -> None:
    with talking_to(answer(200), auth=BasicAuth("Обмен", "тест:1")) as (client, server):
        client.request("GET", "x")
    assert server.seen[0].headers["authorization"] == "Basic 0J7QsdC80LXQvTrRgtC10YHRgjox"


def test_cyrillic_is_encoded_once_and_what_is_encoded_stays() -> None:
    with talking_to(answer(200)) as (client, server):
        client.request("GET", "Catalog_Банки(guid'1')", query="$filter=a%20eq%20'%D1%8F'")
    assert server.seen[0].target == (
        "/base/Catalog_%D0%91%D0%B0%D0%BD%D0%BA%D0%B8(guid'1')?$filter=a%20eq%20'%D1%8F'"
    )


def test_one_connection_is_reused() -> None:
    with talking_to(answer(200)) as (client, server):
        for _attempt in range(3):
            client.request("GET", "x")
        pool = client._client._transport._pool  # type: ignore[attr-defined]
        assert len(pool.connections) == 1
    assert len(server.seen) == 3


@pytest.mark.requirement("R114")
def test_no_more_requests_are_under_way_than_connections_allow() -> None:
    under_way, most, lock = [0], [0], threading.Lock()

    def counted(_request: Seen) -> bytes:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        threading.Event().wait(0.01)
        with lock:
            under_way[0] -= 1
        return answer(200)

    with talking_to(counted) as (client, _server):
        threads = [threading.Thread(target=client.request, args=("GET", "x")) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most[0] == 1


def test_logs_hold_no_values_keys_or_phones() -> None:
    with structlog.testing.capture_logs() as logs, talking_to(answer(200)) as (client, _server):
        client.request("GET", "call(79161234567)/89161234567", query={"$filter": "ИНН eq '77'"})
    written = str(logs)
    assert logs[0]["options"] == ["$filter"]
    assert logs[0]["status"] == 200
    for secret in ("79161234567", "89161234567", "ИНН", "'77'"):
        assert secret not in written


@pytest.fixture
def whole_log(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """Everything that is logged, also what a command that ran before has turned off."""
    configured = structlog.get_config()
    structlog.reset_defaults()
    yield capsys
    structlog.configure(**configured)


def test_what_a_repeated_read_failed_with_is_not_logged(
    whole_log: pytest.CaptureFixture[str],
) -> None:
    def personal(_answer: HttpAnswer) -> None:
        raise SystemUnavailable("x", found="Иванов Иван", code="personal")

    with talking_to(answer(200)) as (client, _server), pytest.raises(SystemUnavailable):
        client.exchange("GET", "x", read=personal)
    written = whole_log.readouterr().out
    assert "retry_scheduled" in written
    assert "Иванов" not in written


@pytest.mark.parametrize("url", ["ftp://a/b", "base", "http://u:p@host/b", "http://h/b?x=1"])
def test_an_address_that_cannot_work_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(ConfigurationError):
        HttpClient(url)


def test_a_password_is_not_in_a_representation() -> None:
    assert "тайна" not in repr(BasicAuth("я", "тайна"))
