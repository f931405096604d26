"""What people ask for with a button: carried out once, under their name, or refused in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine, text

from provodka.connectors.crm_store import requests
from provodka.connectors.crm_store.requests import Asked, Wish
from provodka.flows.hub import Hub
from provodka.flows.requests import carrying, catalog
from provodka.flows.requests.carrying import ATTEMPTS, carry_requests
from provodka.flows.requests.catalog import DEEDS, Deed, Done, deed_of
from provodka.foundation.errors import DocumentError, SystemUnavailable

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PERSON = uuid4()
ADD = text("INSERT INTO crm.employee (name) VALUES (:name)")


def hub_of(store: Engine) -> Hub:
    """As much of a hub as carrying needs."""
    return SimpleNamespace(engine=store, clock=lambda: NOW)  # type: ignore[return-value]


@contextmanager
def deed(monkeypatch: pytest.MonkeyPatch, done: Callable[..., Done]) -> Iterator[None]:
    """Let every request be carried out by this function."""
    with monkeypatch.context() as patch:
        patch.setattr(carrying, "deed_of", lambda _kind: done)
        yield


def asked(store: Engine, kind: str = "anything", **more: Any) -> UUID:
    """A request of somebody."""
    given: dict[str, Any] = {"id": uuid4(), "person": PERSON, "asked_by": "Анна", "asked_at": NOW}
    with store.begin() as connection:
        kept = requests.ask(connection, Wish(kind=kind, **given | more))
    assert kept is not None
    return kept.id


def standing(store: Engine, number: UUID) -> Asked:
    """How a request stands."""
    with store.connect() as connection:
        found = requests.one(connection, number, PERSON)
    assert found is not None
    return found


def hires(_hub: Hub, connection: Connection, asked: Asked) -> Done:
    connection.execute(ADD, {"name": asked.parameters.get("name", "Иван")})
    return "принят", {"employee": "Иван"}


def test_a_request_is_carried_out_once_under_the_name_of_whoever_asked(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = asked(store, parameters={"name": "Олег"})
    with deed(monkeypatch, hires):
        assert carry_requests(hub_of(store)) == {"done": 1}
        assert carry_requests(hub_of(store)) == {}
    found = standing(store, number)
    assert (found.state, found.said, found.made) == ("done", "принят", {"employee": "Иван"})
    with store.connect() as connection:
        rows = connection.execute(text("SELECT origin FROM hub.delta WHERE kind = 'employee'"))
        assert list(rows.scalars()) == ["person:Анна"]


def test_the_same_request_sent_twice_is_one(store: Engine) -> None:
    number = asked(store)
    assert asked(store, id=number) == number
    with store.connect() as connection:
        count = connection.execute(text("SELECT count(*) FROM hub.request")).scalar_one()
    assert count == 1


def test_nobody_can_use_the_key_of_anothers_request(store: Engine) -> None:
    number = asked(store)
    wish = Wish(id=number, person=uuid4(), asked_by="Чужой", kind="anything", asked_at=NOW)
    with store.begin() as connection:
        assert requests.ask(connection, wish) is None


def test_a_refusal_says_why_and_changes_nothing(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(hub: Hub, connection: Connection, asked: Asked) -> Done:
        hires(hub, connection, asked)
        raise DocumentError("Остановка", found="уже закрыта", next_step="обновите страницу")

    number = asked(store)
    with deed(monkeypatch, refuses):
        assert carry_requests(hub_of(store)) == {"refused": 1}
    found = standing(store, number)
    assert found.state == "refused"
    assert found.said == "Остановка: уже закрыта. Что делать: обновите страницу."
    with store.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM crm.employee")).scalar_one() == 0


def test_what_nobody_thought_of_is_told_and_does_not_hold_up_the_next(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(hub: Hub, connection: Connection, asked: Asked) -> Done:
        if asked.parameters:
            return hires(hub, connection, asked)
        raise ZeroDivisionError

    broken = asked(store)
    fine = asked(store, parameters={"name": "Олег"})
    with deed(monkeypatch, breaks):
        assert carry_requests(hub_of(store)) == {"refused": 1, "done": 1}
    assert "ZeroDivisionError" in (standing(store, broken).said or "")
    assert standing(store, fine).state == "done"


def test_a_request_that_has_to_wait_is_tried_again_and_at_last_refused(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_hub: Hub, _connection: Connection, _asked: Asked) -> Done:
        raise SystemUnavailable("1С", found="не отвечает")

    number = asked(store)
    with deed(monkeypatch, away):
        rounds = [dict(carry_requests(hub_of(store))) for _time in range(ATTEMPTS)]
    assert rounds == [{"later": 1}] * (ATTEMPTS - 1) + [{"refused": 1}]
    assert "не отвечает" in (standing(store, number).said or "")


def test_a_kind_that_nobody_knows_is_refused_with_the_known_ones() -> None:
    with pytest.raises(DocumentError) as told:
        deed_of("make_coffee")
    assert told.value.code == "unknown_request"


@pytest.mark.parametrize("kind", sorted(catalog.DEEDS))
def test_every_kind_in_the_catalog_has_its_deed(kind: str) -> None:
    found: Deed = deed_of(kind)
    assert callable(found)
    assert found.__doc__
    assert kind in DEEDS


def test_old_requests_are_forgotten_and_open_ones_never(store: Engine) -> None:
    settled, waiting = asked(store), asked(store)
    with store.begin() as connection:
        requests.settle(connection, settled, "done", "", NOW)
        later = NOW + timedelta(days=91)
        assert requests.erase(connection, later, timedelta(days=90)) == 1
        assert requests.erase(connection, later, timedelta(days=90)) == 0
    assert standing(store, waiting).state == "new"
