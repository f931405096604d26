"""The delivery loop itself: order, waits, and errands that nobody thought of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, text

from provodka.connectors.crm_store import outbox
from provodka.connectors.crm_store.outbox import Errand, Intent
from provodka.flows.deliver.courier import StillMine
from provodka.flows.deliver.loop import deliver
from provodka.flows.deliver.outcome import Done, Outcome
from provodka.foundation.errors import ProvodkaError, SystemUnavailable, UnknownOutcome


@dataclass
class Scripted:
    """A courier that meets what it was told to meet, document by document."""

    troubles: dict[UUID, Exception]
    record: Callable[[Connection], None] = lambda _connection: None
    target: str = "onec"
    lost_answer_wait: timedelta = timedelta()
    workers: int = 1
    ahead: int = 1
    carried: list[tuple[UUID, int, bool]] = field(default_factory=list)

    def marker(self, errand: Errand) -> str:
        return str(errand.document)

    def carry(self, errand: Errand, still_mine: StillMine) -> Outcome:
        still_mine()
        self.carried.append((errand.document, errand.attempts, errand.unsure))
        if trouble := self.troubles.pop(errand.document, None):
            raise trouble
        return Done("delivered", record=self.record)


def queue(store: Engine, *documents: UUID) -> None:
    with store.begin() as connection:
        for document in documents:
            outbox.enqueue(connection, Intent(str(uuid4()), "onec", "push", "invoice", document))


def due(store: Engine) -> None:
    with store.begin() as connection:
        connection.execute(text("UPDATE hub.outbox SET due_at = now()"))


def said(kind: type[ProvodkaError], code: str) -> ProvodkaError:
    return kind("там", found="беда", code=code)


def states(store: Engine) -> list[str]:
    with store.connect() as connection:
        return list(connection.scalars(text("SELECT state FROM hub.outbox ORDER BY id")))


def test_an_error_that_nobody_thought_of_does_not_hold_up_the_others(store: Engine) -> None:
    odd, plain = uuid4(), uuid4()
    queue(store, odd, plain)
    deliver(store, Scripted({odd: ZeroDivisionError("1/0")}))
    assert states(store) == ["sending", "delivered"]
    with store.connect() as connection:
        trouble = connection.execute(
            text("SELECT trouble FROM hub.outbox WHERE document = :d"), {"d": odd}
        ).scalar_one()
    assert "ZeroDivisionError" in trouble["found"]
    due(store)
    again = Scripted({})
    deliver(store, again)
    assert again.carried == [(odd, 2, True)]


def test_a_result_that_the_store_refuses_does_not_hold_up_the_others(store: Engine) -> None:
    first, second = uuid4(), uuid4()
    queue(store, first, second)
    refused = iter([True, False])

    def record(connection: Connection) -> None:
        if next(refused):
            connection.execute(text("INSERT INTO crm.client (name, inn) VALUES ('ООО', '1')"))

    deliver(store, Scripted({}, record))
    assert states(store) == ["sending", "delivered"]


def test_waiting_behind_a_dead_system_does_not_count_as_trying(store: Engine) -> None:
    documents = [uuid4() for _number in range(3)]
    queue(store, *documents)
    for _round in range(6):
        deliver(store, Scripted({documents[0]: said(SystemUnavailable, "down")}))
        due(store)
    back = Scripted({})
    deliver(store, back)
    assert [attempts for _document, attempts, _unsure in back.carried] == [7, 1, 1]


def test_what_was_not_sent_is_tried_again_without_looking(store: Engine) -> None:
    document = uuid4()
    queue(store, document)
    deliver(store, Scripted({document: said(SystemUnavailable, "down")}))
    due(store)
    again = Scripted({})
    deliver(store, again)
    assert again.carried == [(document, 2, False)]


def test_what_may_have_been_sent_is_looked_for_no_sooner_than_it_can_be_there(
    store: Engine,
) -> None:
    document = uuid4()
    queue(store, document)
    deliver(store, Scripted({document: said(UnknownOutcome, "lost")}))
    due(store)
    patient = Scripted({}, lost_answer_wait=timedelta(hours=1))
    deliver(store, patient)
    assert patient.carried == []
    deliver(store, hasty := Scripted({}))
    assert hasty.carried == [(document, 2, True)]


def test_two_errands_of_one_document_go_in_their_order(store: Engine) -> None:
    document, other = uuid4(), uuid4()
    queue(store, document, document, other)
    courier = Scripted({document: said(UnknownOutcome, "lost")})
    deliver(store, courier)
    assert states(store) == ["sending", "waiting", "delivered"]


def test_what_has_been_begun_and_not_ended_is_under_way(store: Engine) -> None:
    begun, waiting, ended = (uuid4() for _number in range(3))
    with store.begin() as connection:
        for document in (begun, waiting, ended):
            key = f"onec:invoice:{document}:delta:1"
            outbox.enqueue(connection, Intent(key, "onec", "push", "invoice", document))
    deliver(store, Scripted({begun: said(UnknownOutcome, "lost"),
                             waiting: said(SystemUnavailable, "down")}))  # fmt: skip
    with store.begin() as connection:
        connection.execute(
            text("UPDATE hub.outbox SET marker = NULL WHERE document = :d"), {"d": waiting}
        )
        found = outbox.under_way(connection, "onec", [begun, waiting, ended, uuid4()])
    assert found == {begun}
    due(store)
    deliver(store, Scripted({}))
    with store.connect() as connection:
        assert outbox.under_way(connection, "onec", [begun, waiting, ended]) == set()
