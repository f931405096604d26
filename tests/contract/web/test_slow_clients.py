"""Clients that send slowly, or nothing: they lose their place, and nobody else waits for them."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from tests.contract.web.conftest import WEB
from tests.contract.web.serving import Knocker, settings, standing_door


@pytest.fixture(scope="module")
def hasty(shared_url: str, shared_store: Engine) -> Iterator[Knocker]:
    """A door that gives a request half a second."""
    company = settings({**WEB, "request_seconds": 0.5})
    with standing_door(company, shared_url, shared_store) as knocker:
        yield knocker


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"POST /forms/order HT",
        b"POST /forms/order HTTP/1.1\r\nHost: x\r\nX-A: ",
        b"POST /forms/order HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nname=",
        b"POST /forms/order HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
    ],
    ids=["nothing", "half a line", "half a head", "half a body", "half a chunk"],
)
def test_who_does_not_finish_is_let_go(hasty: Knocker, begun: bytes) -> None:
    with hasty.raw() as slow:
        slow.sendall(begun)
        try:
            ended = slow.recv(1000)
        except ConnectionResetError:
            ended = b""
        assert ended == b""
    assert hasty.http.get("/health").status_code == 200


def dripping(slow: socket.socket) -> bool:
    """Whether the other end still listens to a line more."""
    try:
        slow.sendall(b"X: y\r\n")
        return slow.recv(100) != b""
    except TimeoutError:
        return True
    except OSError:
        return False


def test_a_byte_now_and_then_does_not_hold_the_place(hasty: Knocker) -> None:
    with hasty.raw() as slow:
        slow.settimeout(0.05)
        slow.sendall(b"GET /health HTTP/1.1\r\n")
        assert any(not dripping(slow) for _turn in range(2000))


def test_others_are_served_while_many_are_slow(hasty: Knocker) -> None:
    slow = [hasty.raw() for _number in range(50)]
    for one in slow:
        one.sendall(b"POST /forms/order HTTP/1.1\r\n")
    assert hasty.http.post("/forms/order", data={"name": "Анна"}).status_code == 200
    for one in slow:
        one.close()


def test_several_requests_on_one_connection_each_have_their_time(hasty: Knocker) -> None:
    whole = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
    with hasty.raw() as held:
        for _turn in range(3):
            held.sendall(whole)
            told = b""
            while b"serving" not in told:
                told += held.recv(1000)
            assert told.startswith(b"HTTP/1.1 200")


def test_a_head_that_never_ends_is_refused(hasty: Knocker) -> None:
    with hasty.raw() as long:
        long.sendall(b"GET /health HTTP/1.1\r\nX: " + b"y" * 200_000)
        assert long.recv(100).startswith(b"HTTP/1.1 400")
