"""The store goes away while the door is open: senders are told to repeat, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import make_url
from tests.contract.web.conftest import SITE
from tests.contract.web.serving import PATIENCE, Knocker
from tests.contract.web.test_hooks_door import COUNT, tell

BODIES = [b'{"process": "p", "deal": "%d"}' % number for number in range(40)]


@contextmanager
def away(server: str, url: str) -> Iterator[None]:
    """Nobody can reach the store for the block; whoever was connected is cut off."""
    name = make_url(url).database
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        try:
            yield
        finally:
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())


def repeated_until_taken(door: Knocker, body: bytes) -> int:
    """Send like a vendor does: again after each 503; returns the last status."""
    for _time in range(PATIENCE * 20):
        answer = tell(door, body)
        if answer.status_code != 503:
            return answer.status_code
        assert answer.headers["retry-after"] == "5"
    return 503


@pytest.fixture
def away_door(door: Knocker, server: str, shared_url: str) -> Iterator[Knocker]:
    with away(server, shared_url):
        yield door


def test_a_sender_is_told_to_repeat_while_the_store_is_away(away_door: Knocker) -> None:
    assert tell(away_door).status_code == 503
    answer = away_door.http.post("/forms/order", data={"name": "Анна"}, headers={"Origin": SITE})
    assert answer.status_code == 503
    assert away_door.http.get("/v.gif", params={"site": SITE, "consent": "1"}).status_code == 200
    assert away_door.http.get("/health").status_code == 200


def test_what_was_sent_before_during_and_after_is_all_there_once(
    door: Knocker, server: str, shared_url: str
) -> None:
    assert all(tell(door, body).status_code == 202 for body in BODIES[:10])
    with away(server, shared_url):
        assert {tell(door, body).status_code for body in BODIES[10:20]} == {503}
    assert {repeated_until_taken(door, body) for body in BODIES[10:]} == {202}
    assert door.value(COUNT) == len(BODIES)


def test_a_visit_that_came_meanwhile_is_written_when_the_store_is_back(
    door: Knocker, server: str, shared_url: str
) -> None:
    with away(server, shared_url):
        door.http.get("/v.gif", params={"site": SITE, "consent": "1"})
        door.http.post("/hooks/warehouse", content=b"{}")
    assert door.awaited("SELECT count(*) FROM hub.inbox WHERE door = 'visit'") == 1
    assert door.refused("signature_missing") >= 1
