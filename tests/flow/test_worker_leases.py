"""Leases of workers and tokens of errands, on a real store: who may take what, and who may not."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError
from tests.flow.lane_fakes import eventually

from provodka.connectors.crm_store import claims, leases, locks, outbox
from provodka.connectors.crm_store.leases import LostLease, Terms, Worker, enrolled, gate
from provodka.connectors.crm_store.outbox import Errand, Intent
from provodka.flows.deliver.courier import StillMine
from provodka.flows.deliver.loop import deliver
from provodka.flows.deliver.outcome import Done, Outcome, outcome_of
from provodka.flows.deliver.settling import settle, settle_all
from provodka.foundation.errors import SystemUnavailable

TARGET = "sink"
FOUR = Terms(places=4)


def queue(store: Engine, *documents: UUID) -> None:
    with store.begin() as connection:
        for document in documents:
            outbox.enqueue(connection, Intent(str(uuid4()), TARGET, "send", "deal", document))


def claimed(store: Engine, worker: Worker | None, limit: int = 20) -> list[Errand]:
    assert worker
    with store.begin() as connection:
        return claims.claim(connection, worker, limit=limit)


def announced(store: Engine, *errands: Errand) -> set[int]:
    with store.begin() as connection:
        return claims.announce(connection, errands, lambda errand: errand.key)


def silenced(store: Engine, worker: Worker | None) -> None:
    """Let a worker's lease run out in the store, as if it had said nothing for long."""
    assert worker
    with store.begin() as connection:
        connection.execute(
            text("UPDATE hub.worker SET leased_until = now() - interval '1 s' WHERE id = :id"),
            {"id": worker.id},
        )


def rows(store: Engine, what: str = "state, token, held_by") -> list[Any]:
    with store.connect() as connection:
        return [
            tuple(row)
            for row in connection.execute(text(f"SELECT {what} FROM hub.outbox ORDER BY id"))
        ]


@contextmanager
def two(store: Engine, terms: Terms = FOUR) -> Iterator[tuple[Worker, Worker]]:
    with enrolled(store, TARGET, terms) as one, enrolled(store, TARGET, terms) as other:
        assert one
        assert other
        yield one, other


def test_two_workers_never_have_one_document_at_once(store: Engine) -> None:
    first, second = uuid4(), uuid4()
    queue(store, first, first, second, second)
    with two(store) as (one, other):
        taken = claimed(store, one, limit=1)
        beside = claimed(store, other)
        assert [errand.document for errand in (*taken, *beside)] == [first, second]
        assert claimed(store, other) == []


def test_an_errand_that_was_committed_late_waits_for_the_one_that_overtook_it(
    store: Engine,
) -> None:
    document = uuid4()
    with store.connect() as slow, enrolled(store, TARGET, FOUR) as worker:
        begun = slow.begin()
        outbox.enqueue(slow, Intent("early", TARGET, "send", "deal", document))
        queue(store, document)
        [overtaking] = claimed(store, worker)
        begun.commit()
        assert claimed(store, worker) == []
        settle(store, TARGET, overtaking, Done("delivered"))
        assert [errand.key for errand in claimed(store, worker)] == ["early"]


def test_oldest_errands_are_taken_first(store: Engine) -> None:
    documents = [uuid4() for _number in range(5)]
    queue(store, *documents)
    with two(store) as (one, other):
        order = [*claimed(store, one, limit=2), *claimed(store, other, limit=2)]
    assert [errand.document for errand in order] == documents[:4]


def test_no_more_workers_than_places_write_to_a_system(store: Engine) -> None:
    with ExitStack() as all_of_them:
        terms = Terms(places=2)
        found = [all_of_them.enter_context(enrolled(store, TARGET, terms)) for _turn in range(3)]
        assert [bool(worker) for worker in found] == [True, True, False]
        with enrolled(store, "another", terms) as elsewhere:
            assert elsewhere
    with enrolled(store, TARGET, Terms(places=1)) as later:
        assert later


def test_while_the_gate_is_held_alone_nobody_else_writes(store: Engine) -> None:
    with locks.alone(store, gate(TARGET)) as mine, enrolled(store, TARGET, FOUR) as worker:
        assert mine
        assert worker is None
    with enrolled(store, TARGET, FOUR) as worker, locks.alone(store, gate(TARGET)) as mine:
        assert worker
        assert not mine


def test_a_living_worker_keeps_its_errands_past_the_first_lease(store: Engine) -> None:
    queue(store, uuid4())
    short = Terms(places=4, lease=timedelta(seconds=2))
    with two(store, short) as (one, other):
        assert claimed(store, one)
        until = _until(store, one)
        assert eventually(lambda: _until(store, one) > until + short.lease)
        assert claimed(store, other) == []
        one.check()


def _until(store: Engine, worker: Worker) -> Any:
    with store.connect() as connection:
        return connection.execute(
            text("SELECT leased_until FROM hub.worker WHERE id = :id"), {"id": worker.id}
        ).scalar_one()


def test_every_claim_raises_the_token_and_only_the_newest_may_speak(store: Engine) -> None:
    queue(store, uuid4())
    with two(store) as (one, other):
        [before] = claimed(store, one)
        silenced(store, one)
        [after] = claimed(store, other)
        assert after.token > before.token
        assert announced(store, before) == set()
        for refused in (
            Done("delivered"),
            Done("dead", trouble=SystemUnavailable("там", found="беда")),
            outcome_of(SystemUnavailable("там", found="беда"), before),
        ):
            with pytest.raises(LostLease):
                settle(store, TARGET, before, refused)
        with pytest.raises(LostLease):
            settle_all(store, [(before, Done("delivered"))])
        assert rows(store) == [("waiting", after.token, other.id)]
        assert settle(store, TARGET, after, Done("delivered")) == "delivered"


def test_what_follows_from_an_outcome_is_refused_with_it(store: Engine) -> None:
    queue(store, uuid4())

    def record(connection: Connection) -> None:
        connection.execute(text("INSERT INTO crm.client (name) VALUES ('ООО «Ромашка»')"))

    with two(store) as (one, other):
        [before] = claimed(store, one)
        silenced(store, one)
        assert claimed(store, other)
        with pytest.raises(LostLease):
            settle(store, TARGET, before, Done("delivered", record=record))
    with store.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM crm.client")).scalar() == 0


def test_a_worker_that_has_been_replaced_gets_nothing_more(store: Engine) -> None:
    queue(store, uuid4())
    with two(store) as (one, other):
        silenced(store, one)
        assert claimed(store, other)
        with pytest.raises(LostLease):
            claimed(store, one)
        with pytest.raises(LostLease):
            one.check()


def test_a_worker_knows_without_the_store_that_its_lease_is_over(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with enrolled(store, TARGET, FOUR) as worker:
        assert worker
        worker.check()
        now = time.monotonic() + 10 * 365 * 86400
        monkeypatch.setattr(leases, "_clock", lambda: now)
        with pytest.raises(LostLease):
            worker.check()


def test_what_a_dead_worker_had_begun_is_looked_for_and_what_it_had_not_is_just_done(
    store: Engine,
) -> None:
    queue(store, uuid4(), uuid4())
    with two(store) as (one, other):
        begun, untouched = claimed(store, one)
        assert announced(store, begun) == {begun.id}
        silenced(store, one)
        again = claimed(store, other)
    assert [(errand.id, errand.unsure) for errand in again] == [
        (begun.id, True),
        (untouched.id, False),
    ]


def test_what_a_dead_worker_had_begun_is_not_looked_for_while_it_may_still_be_landing(
    store: Engine,
) -> None:
    queue(store, uuid4(), uuid4())
    patient = Terms(places=4, lost_answer_wait=timedelta(hours=1))
    with two(store, patient) as (one, other):
        begun, untouched = claimed(store, one)
        assert announced(store, begun)
        silenced(store, one)
        assert [errand.id for errand in claimed(store, other)] == [untouched.id]


def test_what_was_taken_and_not_ended_is_free_once_the_worker_has_gone_home(store: Engine) -> None:
    queue(store, uuid4())
    with enrolled(store, TARGET, FOUR) as worker:
        [errand] = claimed(store, worker)
    assert rows(store, "held_by") == [(None,)]
    assert announced(store, errand) == set()
    with enrolled(store, TARGET, FOUR) as worker:
        assert len(claimed(store, worker)) == 1


def test_a_worker_frozen_in_the_middle_of_a_transaction_does_not_keep_its_errand(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        leases,
        "BRIEFLY",
        text("SELECT set_config('idle_in_transaction_session_timeout', '200ms', true)"),
    )
    queue(store, uuid4())
    frozen = store.connect()
    with two(store) as (one, other):
        claims.claim(frozen, one, limit=1)
        assert eventually(lambda: _closed(store, frozen))
        assert len(claimed(store, other)) == 1
    frozen.invalidate()
    frozen.close()


def _closed(store: Engine, connection: Connection) -> bool:
    driver: Any = connection.connection.driver_connection
    with store.connect() as asking:
        alive = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
        return asking.execute(alive, {"pid": driver.info.backend_pid}).scalar() == 0


@dataclass
class Noting:
    """A courier for many hands: notes what it carries, and who is beside whom."""

    ahead: int = 1
    target: str = TARGET
    workers: int = 4
    lost_answer_wait: timedelta = timedelta()
    refuse: frozenset[UUID] = frozenset()
    carried: list[tuple[UUID, int]] = field(default_factory=list)
    clashes: list[UUID] = field(default_factory=list)
    _now: set[UUID] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def marker(self, errand: Errand) -> str:
        return errand.key

    def carry(self, errand: Errand, still_mine: StillMine) -> Outcome:
        with self._lock:
            if errand.document in self._now:
                self.clashes.append(errand.document)
            self._now.add(errand.document)
        still_mine()
        with self._lock:
            self.carried.append((errand.document, errand.id))
            self._now.remove(errand.document)
        if errand.document in self.refuse:
            raise SystemUnavailable("там", found="беда")
        return Done("delivered")


@pytest.mark.parametrize("ahead", [1, 8])
def test_four_workers_deliver_everything_once_and_each_document_in_order(
    store: Engine, ahead: int
) -> None:
    documents = [uuid4() for _number in range(12)]
    queue(store, *documents * 4)
    courier = Noting(ahead)
    assert deliver(store, courier) == {"delivered": 48}
    assert courier.clashes == []
    assert len(courier.carried) == 48
    for document in documents:
        turns = [number for about, number in courier.carried if about == document]
        assert turns == sorted(turns)
    assert {held for _state, _token, held in rows(store)} == {None}


def test_errands_announced_ahead_of_a_system_that_is_down_need_no_look_up(store: Engine) -> None:
    documents = [uuid4() for _number in range(4)]
    queue(store, *documents)
    courier = Noting(ahead=4, workers=1, refuse=frozenset(documents[1:2]))
    assert deliver(store, courier) == {"delivered": 1, "postponed": 1}
    assert rows(store, "state, intent_at IS NULL, held_by") == [
        ("delivered", False, None),
        *[("waiting", True, None)] * 3,
    ]


def test_what_stops_one_of_several_workers_is_told_and_its_errands_are_free(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = [uuid4() for _number in range(4)]
    queue(store, *documents)
    courier = Noting()
    trouble = OperationalError("", None, Exception("the store has gone away"))

    def carry(errand: Errand, _still_mine: StillMine) -> Outcome:
        if errand.document == documents[0]:
            raise trouble
        return Done("delivered")

    monkeypatch.setattr(courier, "carry", carry)
    with pytest.raises(OperationalError):
        deliver(store, courier)
    first = rows(store, "document, state, held_by")[0]
    assert first == (documents[0], "sending", None)


def test_where_nothing_is_due_nobody_enrols(store: Engine) -> None:
    assert deliver(store, Noting()) == {}
    with store.connect() as connection:
        last = connection.execute(text("SELECT last_value, is_called FROM hub.worker_id_seq")).one()
    assert tuple(last) == (1, False)
