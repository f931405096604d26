"""Access tokens: renewed when they expire, refused with a reason that tells no secret."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest

from provodka.connectors.mail.oauth import TokenSource
from provodka.foundation.errors import AccessDenied, SystemUnavailable

Answers = list[tuple[int, bytes]]


class Service(ThreadingHTTPServer):
    """A token service with prepared answers; what it was asked is kept."""

    daemon_threads = True

    def __init__(self, answers: Answers) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = answers
        self.asked: list[dict[str, list[str]]] = []


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(parse_qs(body.decode()))
        status, answer = self.server.answers.pop(0)
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_words: Any) -> None:
        """Say nothing."""


@pytest.fixture
def served() -> Iterator[Callable[[Answers], tuple[Service, str]]]:
    running: list[Service] = []

    def start(answers: Answers) -> tuple[Service, str]:
        service = Service(answers)
        running.append(service)
        Thread(target=service.serve_forever, args=(0.05,), daemon=True).start()
        return service, f"http://127.0.0.1:{service.server_address[1]}/token"

    yield start
    for service in running:
        service.shutdown()
        service.server_close()


def token(value: str, seconds: int = 3600, **more: str) -> tuple[int, bytes]:
    return 200, json.dumps({"access_token": value, "expires_in": seconds, **more}).encode()


def test_a_token_is_asked_for_once_and_again_when_it_is_about_to_expire(served: Any) -> None:
    service, url = served([token("first", refresh_token="renewed"), token("second")])
    now = [0.0]
    source = TokenSource(url, "provodka", "refresh-me", clock=lambda: now[0])
    assert (source(), source()) == ("first", "first")
    now[0] = 3550
    assert source() == "second"
    assert [one["refresh_token"] for one in service.asked] == [["refresh-me"], ["renewed"]]


def test_a_refused_refresh_token_is_told_by_its_code_alone(served: Any) -> None:
    _service, url = served([(400, b'{"error":"invalid_grant","error_description":"refresh-me"}')])
    with pytest.raises(AccessDenied) as caught:
        TokenSource(url, "provodka", "refresh-me")()
    assert "invalid_grant" in caught.value.found
    assert "refresh-me" not in str(caught.value)


@pytest.mark.parametrize("answer", [b"<html>gateway</html>", b"[]", b"{}", b'{"access_token":7}'])
def test_an_answer_that_is_no_token_is_trouble_of_life(served: Any, answer: bytes) -> None:
    _service, url = served([(200, answer)])
    with pytest.raises(SystemUnavailable):
        TokenSource(url, "provodka", "refresh-me")()
