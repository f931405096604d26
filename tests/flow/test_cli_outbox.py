"""`provodka outbox` and what `status` tells of workers: dead letters with a reason and a way on."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text
from tests.flow.cli_program import Run, document, program

from provodka.connectors.crm_store import claims, outbox
from provodka.connectors.crm_store.leases import Terms, Worker, enrolled
from provodka.connectors.crm_store.outbox import Errand, Intent
from provodka.flows.deliver.outcome import Done
from provodka.flows.deliver.settling import settle
from provodka.foundation.errors import Refused, UnknownOutcome


@pytest.fixture
def run(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    return program(store_url, tmp_path, monkeypatch)


def queue(store: Engine, key: str, target: str = "onec", kind: str = "invoice") -> UUID:
    about = uuid4()
    with store.begin() as connection:
        outbox.enqueue(connection, Intent(key, target, "push", kind, about))
    return about


def taken(store: Engine, target: str, worker: Worker | None = None) -> list[Errand]:
    with store.begin() as connection:
        errands = claims.claim(connection, worker or Worker(target), limit=9)
        claims.announce(connection, errands, lambda errand: errand.key)
    return errands


def refuse(store: Engine, target: str, code: str = "no_client") -> None:
    error = Refused("1С", found="нет клиента", next_step="заведите клиента", code=code)
    for errand in taken(store, target):
        settle(store, target, errand, Done("dead", trouble=error))


def states(store: Engine) -> dict[str, Any]:
    with store.connect() as connection:
        rows = connection.execute(text("SELECT key, state, intent_at, result FROM hub.outbox"))
        return {row.key: row for row in rows}


def test_dead_letters_are_listed_by_system_with_the_reason_and_the_next_step(
    run: Run, store: Engine
) -> None:
    queue(store, "invoice-of-today")
    refuse(store, "onec")
    queue(store, "letter-of-today", "mail", "message")
    refuse(store, "mail", "no_address")
    queue(store, "still-waiting")
    listed = document(run("outbox", "list", "--json"))
    assert [(one["target"], one["key"], one["code"]) for one in listed] == [
        ("mail", "letter-of-today", "no_address"),
        ("onec", "invoice-of-today", "no_client"),
    ]
    told = run("outbox", "list", "--target", "onec").stdout
    assert "нет клиента" in told
    assert "заведите клиента" in told
    assert "letter-of-today" not in told
    waiting = document(run("outbox", "list", "--waiting", "--json"))
    assert [one["key"] for one in waiting] == ["still-waiting"]


def test_an_errand_is_shown_whole_by_its_number_or_the_beginning_of_its_key(
    run: Run, store: Engine
) -> None:
    about = queue(store, "invoice-of-today")
    refuse(store, "onec")
    [one] = document(run("outbox", "show", "1", "--json"))
    assert (one["attempts"], one["marker"], one["state"]) == (1, "invoice-of-today", "dead")
    for named in ("invoice-of", str(about)[:8]):
        assert "заведите клиента" in run("outbox", "show", named).stdout
    absent = run("outbox", "show", "777")
    assert absent.exit_code == 1
    assert "provodka outbox list" in absent.stderr


def test_a_dead_letter_that_is_tried_again_is_looked_up_and_not_taken_for_unsure(
    run: Run, store: Engine
) -> None:
    queue(store, "invoice-of-today")
    refuse(store, "onec")
    assert document(run("outbox", "retry", "--code", "no_cl", "--json"))["done"] == [1]
    [errand] = taken(store, "onec")
    assert (errand.attempts, errand.unsure) == (2, False)
    with store.connect() as connection:
        assert outbox.tried_before(connection, errand)


def test_a_letter_that_is_tried_again_is_shown_as_queued(run: Run, store: Engine) -> None:
    about = queue(store, "letter-of-today", "mail", "message")
    with store.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO crm.message (id, channel, direction, recipient, status)"
                " VALUES (:id, 'mail', 'outgoing', 'buyer@client.example', 'unsure')"
            ),
            {"id": about},
        )
    refuse(store, "mail")
    assert run("outbox", "retry", "1", "--who", "Котов").exit_code == 0
    with store.connect() as connection:
        assert connection.execute(text("SELECT status FROM crm.message")).scalar() == "queued"
        by = text("SELECT origin FROM hub.delta WHERE op = 'update'")
        assert connection.execute(by).scalar() == "person:Котов"


def test_what_is_dropped_is_not_tried_and_says_who_decided_and_why(run: Run, store: Engine) -> None:
    queue(store, "invoice-of-today")
    done = run("outbox", "drop", "1", "--why", "введен вручную", "--who", "Орлова")
    assert done.exit_code == 0
    assert taken(store, "onec") == []
    assert states(store)["invoice-of-today"].result == {"by": "Орлова", "why": "введен вручную"}
    [dropped] = document(run("outbox", "list", "--dropped", "--json"))
    assert dropped["state"] == "dropped"
    assert run("outbox", "retry", "1").exit_code == 0
    assert len(taken(store, "onec")) == 1


def test_what_a_worker_holds_is_neither_dropped_nor_tried_again(run: Run, store: Engine) -> None:
    queue(store, "invoice-of-today")
    with enrolled(store, "onec", Terms()) as worker:
        [errand] = taken(store, "onec", worker)
        for line in (("retry", "1"), ("drop", "1", "--why", "так")):
            done = run("outbox", *line, "--json")
            assert done.exit_code == 3
            assert document(done)["left"] == [1]
        trouble = UnknownOutcome("1С", found="беда")
        assert settle(store, "onec", errand, Done("dead", trouble=trouble)) == "dead"


def test_which_errands_must_be_said(run: Run) -> None:
    done = run("outbox", "retry")
    assert done.exit_code == 2
    assert "--target" in done.stderr


def test_status_tells_who_holds_what_and_who_has_died(run: Run, store: Engine) -> None:
    queue(store, "invoice-of-today")
    queue(store, "invoice-of-yesterday")
    with enrolled(store, "onec", Terms(places=2)) as frozen:
        assert frozen
        assert len(taken(store, "onec", frozen)) == 2
        [one] = document(run("status", "--json"))["workers"]
        assert (one["target"], one["state"], one["errands"]) == ("onec", "working", 2)
        with store.begin() as connection:
            connection.execute(text("UPDATE hub.worker SET leased_until = now() - interval '1 s'"))
        assert "замолчал" in run("status").stdout
        with enrolled(store, "onec", Terms(places=1)) as heir:
            assert heir
            told = document(run("status", "--json"))["workers"]
            assert [(one["state"], one["ended_at"] is None) for one in told] == [
                ("working", True),
                ("silent", False),
            ]
