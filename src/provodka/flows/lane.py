"""The fast lane: wakes on PostgreSQL's NOTIFY, so that a commit is acted on at once.

It is a hint for latency, never a guarantee: the schedules do the same work by the same
functions, and every step takes its own lock, so running twice at once is harmless.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import psycopg
import structlog

from provodka.connectors.crm_store import inbox, requests
from provodka.connectors.crm_store.outbox import Errand
from provodka.flows.calls.listening import listeners
from provodka.flows.deliver.courier import Courier, StillMine
from provodka.flows.deliver.couriers import couriers
from provodka.flows.deliver.loop import deliver
from provodka.flows.deliver.outcome import Again, Outcome
from provodka.flows.hub import Hub
from provodka.flows.inbox.handling import handle_inbox
from provodka.flows.lane_worker import POLL_SECONDS, Records, Worker
from provodka.flows.onec.exchange.running import send_due
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.onec.watching import watch_invoices
from provodka.flows.requests.carrying import carry_requests
from provodka.flows.triggers.apply import apply_triggers
from provodka.flows.triggers.publishing import AT_WORK
from provodka.foundation.errors import ProvodkaError, RetriableError
from provodka.foundation.i18n import _

__all__ = ["Lane"]

log = structlog.get_logger("provodka.lane")
LAST_WORDS_SECONDS = 8.0


class Lane:
    """Rules, outgoing invoices and each target's delivery, each in a thread of its own.

    A slow or dead system holds up its own deliveries only. Without `carriers`, those of the
    systems that `hub.yaml` names deliver.
    """

    def __init__(self, hub: Hub, carriers: Iterable[Courier] | None = None) -> None:
        self.stopping = threading.Event()
        self._engine = hub.engine
        self._lease = timedelta(seconds=hub.settings.streams.worker_lease)
        self._revive_store = hub.revive_store
        records = Records(hub.engine)
        self._readers = [
            Worker("triggers", partial(_apply_rules, hub), self.stopping, records),
            Worker("invoices", partial(watch_invoices, hub), self.stopping, records),
        ]
        self._inbox = Worker("inbox", partial(handle_inbox, hub), self.stopping, records)
        self._desk = Worker("requests", partial(carry_requests, hub), self.stopping, records)
        self._phones = list(listeners(hub, self.stopping, records))
        self._couriers = {
            courier.target: Worker(courier.target, self._delivery(courier), self.stopping, records)
            for courier in (couriers(hub) if carriers is None else carriers)
        }
        if hub.exchange is not None and carriers is None:
            by_messages = Worker(SYSTEM, partial(send_due, hub), self.stopping, records)
            self._couriers[SYSTEM] = by_messages

    def run(self) -> None:
        """Work until `stop` is called; what is under way then gets a few seconds to end.

        A step that does not end in time is left to its fate: whatever it was doing outside is
        recorded in the outbox and looked up by the next run.
        """
        workers = [*self._readers, self._inbox, self._desk, *self._phones, *self._couriers.values()]
        threads = [
            threading.Thread(target=one.run, name=f"lane-{one.name}", daemon=True)
            for one in workers
        ]
        for thread in threads:
            thread.start()
        while not self.stopping.is_set():
            try:
                self._listen()
            except psycopg.Error as error:
                log.warning("lane_lost_database", error=type(error).__name__)
                self.stopping.wait(POLL_SECONDS)
                with suppress(ProvodkaError):
                    self._revive_store()
        _wake(workers)
        _join(threads, LAST_WORDS_SECONDS)

    def stop(self) -> None:
        """End `run` after the steps under way."""
        self.stopping.set()

    def _delivery(self, courier: Courier) -> Callable[[], object]:
        leaving = _Leaving(courier, self.stopping)
        return partial(deliver, self._engine, leaving, lease=self._lease)

    def _listen(self) -> None:
        address = self._engine.url.set(drivername="postgresql")
        with psycopg.connect(
            address.render_as_string(hide_password=False),
            autocommit=True,
            application_name="provodka-lane",
        ) as connection:
            connection.execute(AT_WORK)
            heard = ("hub_delta", "hub_outbox", inbox.CHANNEL, requests.CHANNEL)
            connection.execute(";".join(f"LISTEN {channel}" for channel in heard))
            _wake([*self._readers, self._inbox, self._desk, *self._couriers.values()])
            while not self.stopping.is_set():
                for notice in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                    self._heed(notice)

    def _heed(self, notice: psycopg.Notify) -> None:
        if notice.channel == "hub_delta":
            _wake(self._readers)
        elif notice.channel == inbox.CHANNEL:
            _wake([self._inbox])
        elif notice.channel == requests.CHANNEL:
            _wake([self._desk])
        elif notice.payload in self._couriers:
            _wake([self._couriers[notice.payload]])


@dataclass(frozen=True)
class _Leaving:
    """A courier that takes no further errand once the lane is stopping."""

    courier: Courier
    stopping: threading.Event

    @property
    def target(self) -> str:
        return self.courier.target

    @property
    def lost_answer_wait(self) -> timedelta:
        return self.courier.lost_answer_wait

    @property
    def workers(self) -> int:
        return self.courier.workers

    @property
    def ahead(self) -> int:
        return self.courier.ahead

    def marker(self, errand: Errand) -> str:
        return self.courier.marker(errand)

    def carry(self, errand: Errand, still_mine: StillMine) -> Outcome:
        if not self.stopping.is_set():
            return self.courier.carry(errand, still_mine)
        trouble = RetriableError(
            errand.key,
            found=_("хаб останавливают"),
            next_step=_("ничего делать не нужно: поручение выполнит следующий запуск"),
            code="stopping",
        )
        return Again(timedelta(), trouble, nothing_sent=not errand.unsure, stop=True)


def _apply_rules(hub: Hub) -> object:
    approved = hub.settings.rules_approval
    return apply_triggers(hub.engine, hub.book, hub.calendar, hub.clock(), approved=approved)


def _wake(workers: Iterable[Worker]) -> None:
    for worker in workers:
        worker.woken.set()


def _join(threads: Iterable[threading.Thread], seconds: float) -> None:
    ends = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, ends - time.monotonic()))
        if thread.is_alive():
            log.warning("lane_step_left_unfinished", thread=thread.name)
