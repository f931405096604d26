"""Due errands to the base, in one message: its number kept before it goes, settled when read."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import BinaryIO, Protocol
from uuid import UUID

import structlog
from sqlalchemy import Connection, Engine, text

from provodka.connectors.crm_store import claims, exchange
from provodka.connectors.crm_store.exchange import Message
from provodka.connectors.crm_store.leases import Terms, Worker, enrolled
from provodka.connectors.crm_store.outbox import Errand
from provodka.connectors.onec.enterprise_data.message import (
    AvailableObject,
    Confirmation,
    Header,
    namespace_of,
    supported_versions,
    write_message,
)
from provodka.connectors.onec.enterprise_data.soap.errors import ImportUnseen
from provodka.flows.deliver.outcome import LONGEST_WAIT, Again, Done, Outcome, outcome_of
from provodka.flows.deliver.settling import settle
from provodka.flows.hub import Hub
from provodka.flows.onec.exchange.composing import Composed, Ready, compose
from provodka.flows.onec.exchange.landing import landed
from provodka.flows.onec.exchange.place import Place, keep, read_place
from provodka.flows.onec.following.sorting import in_order
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.work import Work
from provodka.foundation.errors import ProvodkaError, Refused, RetriableError
from provodka.foundation.i18n import _

__all__ = ["Sender", "Watcher", "greet", "send", "terms"]

log = structlog.get_logger("provodka.exchange")
BATCH = 500
UNHEARD_WAIT = timedelta(minutes=1)
DUE = text(
    "SELECT count(*) FROM hub.outbox WHERE target = :target AND due_at <= now()"
    " AND state IN ('waiting', 'sending', 'unsure')"
)


def send(hub: Hub, work: Work, *, heard: bool) -> Counter[str]:
    """Send every due errand, and acknowledge what was received; counts errands by outcome.

    The caller holds the exchange's lock. What the base has already goes only if the base was
    `heard` just before: an object goes whole, and would overwrite what was changed there. A
    rehearsal sends nothing and counts `unsent`. Before the base has written for the first time
    nothing can be addressed to it.
    """
    if not isinstance(work, Engine):
        with work.begin() as connection:
            waiting = connection.execute(DUE, {"target": SYSTEM}).scalar_one()
        return Counter(unsent=waiting)
    with work.connect() as connection:
        place = read_place(connection)
    if not place.met:
        return Counter()
    with enrolled(hub.engine, SYSTEM, terms(hub)) as worker:
        return Sender(hub, worker, heard=heard).run() if worker else Counter()


def terms(hub: Hub) -> Terms:
    """On which errands to the base are held."""
    settings = hub.settings.onec
    wait = timedelta(seconds=settings.lost_answer_wait if settings else 0)
    return Terms(1, timedelta(seconds=hub.settings.streams.worker_lease), wait)


def greet(hub: Hub, place: Place) -> None:
    """Tell the base, with an empty message, which versions we speak; it then writes in those.

    What it answers does not matter: a base that did not listen goes on in the lower version.
    """
    with hub.engine.begin() as connection:
        keep(connection, replace(place, asked=place.version))
    try:
        Sender(hub).hand_over([])
    except ProvodkaError as error:
        log.warning("greeting_refused", code=error.code)


class Watcher(Protocol):
    """Somebody who wants to know of each errand, and may keep a document from going."""

    def ready(self, one: Ready) -> ProvodkaError | None:
        """A document is about to go; an error is the reason why it must not."""
        ...

    def ended(self, errand: Errand, outcome: Outcome) -> None:
        """An errand has come to this."""
        ...


@dataclass
class Sender:
    """Takes due errands, of `documents` alone if there are any, and hands them over.

    What the base has already waits unless the base was `heard`.
    """

    hub: Hub
    worker: Worker = field(default_factory=lambda: Worker(SYSTEM))
    documents: Sequence[UUID] | None = None
    watcher: Watcher | None = None
    heard: bool = True
    counts: Counter[str] = field(default_factory=Counter)
    sound: bool | None = None

    def run(self) -> Counter[str]:
        """Message after message until nothing is due and nothing is left to acknowledge."""
        self._ask_after()
        while ready := self.gathered():
            if not self._deliver(ready):
                return self.counts
        with self.hub.engine.connect() as connection:
            place = read_place(connection)
        if place.numbers.received > place.acknowledged:
            self.hand_over([])
        return self.counts

    def _ask_after(self) -> None:
        """A message whose end was not seen: the base may still know the job that read it."""
        with self.hub.engine.connect() as connection:
            last = exchange.last_sent(connection)
        if last is None or last.state != "unseen" or not last.mark:
            return
        try:
            self.hub.require_exchange().outcome(last.mark)
        except ProvodkaError as error:
            log.info("message_still_unseen", message=last.number, code=error.code)
            return
        self.counts["delivered"] += landed(self.hub, last)

    def gathered(self) -> list[Ready]:
        """Objects of all that is due, those that others refer to first."""
        ready: list[Ready] = []
        while len(ready) < BATCH:
            with self.hub.engine.begin() as connection:
                errands = claims.claim(
                    connection, self.worker, limit=BATCH, documents=self.documents
                )
            if not errands:
                break
            with self.hub.engine.begin() as connection:
                place = read_place(connection)
                composed = compose(connection, self.hub, errands, place.version)
            self._end(composed)
            ready += [one for one in composed.ready if self._may_go(one)]
            if not composed.queued:
                break
        order = {one.name: index for index, one in enumerate(in_order(self.hub.mappings.values()))}
        return sorted(ready, key=lambda one: order[one.paper.mapping.name])

    def _end(self, composed: Composed) -> None:
        for errand, outcome in composed.ended:
            self._settle(errand, outcome)

    def _may_go(self, one: Ready) -> bool:
        if one.paper.binding is not None and not self.heard:
            self._settle(one.errand, Again(UNHEARD_WAIT, _unheard(one)))
            return False
        refusal = self.watcher.ready(one) if self.watcher else None
        if refusal is not None:
            self._settle(one.errand, outcome_of(refusal, one.errand))
        return refusal is None

    def _settle(self, errand: Errand, outcome: Outcome) -> None:
        if self.watcher:
            self.watcher.ended(errand, outcome)
        self.counts[settle(self.hub.engine, SYSTEM, errand, outcome)] += 1

    def _deliver(self, ready: Sequence[Ready]) -> bool:
        """Hand documents over; a message that was refused is halved until the culprit is alone.

        `False` when there is no use in going on.
        """
        try:
            self.hand_over(ready)
        except Refused as error:
            return self._narrow(ready, error)
        except ProvodkaError as error:
            for one in ready:
                self._settle(one.errand, outcome_of(error, one.errand))
            return False
        return True

    def _narrow(self, ready: Sequence[Ready], error: Refused) -> bool:
        if not self._is_sound():
            for one in ready:
                self._settle(one.errand, Again(LONGEST_WAIT, error))
            return False
        if len(ready) == 1:
            return self._insist(ready[0])
        middle = len(ready) // 2
        return self._deliver(ready[:middle]) and self._deliver(ready[middle:])

    def _insist(self, one: Ready) -> bool:
        """A document that is refused alone once more is refused for good."""
        try:
            self.hand_over([one])
        except Refused as error:
            self._settle(one.errand, one.dead(error))
        except ProvodkaError as error:
            self._settle(one.errand, outcome_of(error, one.errand))
            return False
        return True

    def _is_sound(self) -> bool:
        """Whether the base takes an empty message: else it refuses the exchange, not a document."""
        if self.sound is None:
            try:
                self.hand_over([])
                self.sound = True
            except ProvodkaError:
                self.sound = False
        return self.sound

    def hand_over(self, ready: Sequence[Ready]) -> None:
        """One message, from its number to its end; raises what `EnterpriseDataBase.send` does."""
        message, place = self._begun(ready)
        base = self.hub.require_exchange()
        with tempfile.TemporaryFile() as file:
            self._write(file, place, ready)
            try:
                base.send(file)
            except ImportUnseen as error:
                self._ended(message, "unseen", error, mark=error.operation_id)
                raise
            except ProvodkaError as error:
                self._ended(message, "refused" if isinstance(error, Refused) else "failed", error)
                raise
        self._read(message, place)
        if self.watcher:
            for one in ready:
                self.watcher.ended(one.errand, Done("delivered"))

    def _begun(self, ready: Sequence[Ready]) -> tuple[Message, Place]:
        """Keep the number and the intents before anything is sent."""
        with self.hub.engine.begin() as connection:
            place = read_place(connection)
            place = replace(place, numbers=place.numbers.next_message())
            keep(connection, place)
            exchange.supersede(connection)
            number = place.numbers.sent
            row = exchange.begin(connection, "out", number, place.version, state="sending")
            exchange.put_in(connection, row, [one.item for one in ready])
            self._announce(connection, ready, f"ed:{number}")
        message = Message(row, "out", number, place.version, "sending", len(ready), "", {})
        return message, place

    def _announce(self, connection: Connection, ready: Sequence[Ready], marker: str) -> None:
        errands = [one.errand for one in ready]
        ours = claims.announce(connection, errands, lambda _errand: marker)
        if len(ours) < len(errands):
            self.worker.lose()
        self.worker.check()

    def _write(self, file: BinaryIO, place: Place, ready: Sequence[Ready]) -> None:
        header = _header(self.hub, place)
        write_message(file, header, [(one.kind, one.value) for one in ready])
        file.seek(0)

    def _ended(self, message: Message, state: str, error: ProvodkaError, mark: str = "") -> None:
        with self.hub.engine.begin() as connection:
            exchange.end(connection, message.id, state, mark=mark, trouble=error)

    def _read(self, message: Message, place: Place) -> None:
        self.counts["delivered"] += landed(self.hub, message)
        self.counts["messages"] += 1
        with self.hub.engine.begin() as connection:
            now = read_place(connection)
            keep(connection, replace(now, acknowledged=place.numbers.received))
        log.info("message_read", message=message.number, objects=message.objects)


def _unheard(one: Ready) -> RetriableError:
    return RetriableError(
        f"{one.kind} {one.key}",
        found=_("в 1С его могли изменить, а последнее сообщение базы еще не принято"),
        expected=_("сначала принять, потом писать поверх"),
        next_step=_("ничего: уйдет после приема; если прием остановлен, причину скажет status"),
        code="base_unheard",
    )


def _header(hub: Hub, place: Place) -> Header:
    settings = hub.require_exchange().settings
    known = hub.translations.values()
    return Header(
        format=namespace_of(place.version),
        created=_local(hub),
        versions=tuple(reversed(supported_versions())),
        confirmation=Confirmation(
            sender=settings.peer_code,
            recipient=place.base_code,
            exchange_plan=settings.exchange_plan,
            message_no=place.numbers.sent,
            received_no=place.numbers.received,
        ),
        objects=tuple(
            AvailableObject(
                one.object,
                "*" if one.mapping.writes else "",
                "*" if one.mapping.reads else "",
            )
            for one in known
        ),
    )


def _local(hub: Hub) -> datetime:
    return hub.clock().astimezone(hub.base_zone).replace(tzinfo=None, microsecond=0)
