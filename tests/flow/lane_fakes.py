"""Stand-ins for the lane's tests: a hub without neighbours, couriers that note what they carry."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine

from provodka.connectors.crm_store import outbox
from provodka.connectors.crm_store.outbox import Errand, Intent
from provodka.flows.deliver.courier import StillMine
from provodka.flows.deliver.outcome import Done, Outcome
from provodka.flows.hub import Hub
from provodka.flows.lane import Lane
from provodka.flows.settings import load_settings

PATIENCE = 30.0


@dataclass
class FakeCourier:
    """Carries errands into a list; held up while `open` is not set."""

    target: str
    lost_answer_wait: timedelta = timedelta()
    workers: int = 1
    ahead: int = 1
    carried: list[str] = field(default_factory=list)
    open: threading.Event = field(default_factory=threading.Event)
    began: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def willing(cls, target: str) -> FakeCourier:
        """One that is never held up."""
        courier = cls(target)
        courier.open.set()
        return courier

    def has_carried(self, count: int) -> bool:
        """Whether it is that many by now."""
        return len(self.carried) == count

    def marker(self, errand: Errand) -> str:
        """The errand's key."""
        return errand.key

    def carry(self, errand: Errand, still_mine: StillMine) -> Outcome:
        """Wait until let through, then note the errand."""
        self.began.set()
        self.open.wait(PATIENCE)
        still_mine()
        self.carried.append(errand.key)
        return Done("delivered")


def quiet_hub(store: Engine, folder: Path) -> Hub:
    """A hub with a store and no neighbours."""
    file = folder / "hub.yaml"
    file.write_text('company: {name: ООО «Ромашка», inn: "7707083893"}\n', encoding="utf-8")
    settings, source = load_settings(file)
    return Hub(settings, source, folder, store, base=None, smtp=None, sent=None)


@contextmanager
def running(lane: Lane) -> Iterator[threading.Thread]:
    """The lane in a thread, for the block."""
    thread = threading.Thread(target=lane.run)
    thread.start()
    try:
        yield thread
    finally:
        lane.stop()
        thread.join()


def queue(store: Engine, target: str, key: str) -> None:
    """Commit an errand, as a rule would."""
    intent = Intent(key, target, "push", "invoice", uuid4())
    with store.begin() as connection:
        outbox.enqueue(connection, intent)


def eventually(truth: Callable[[], object]) -> bool:
    """Whether something comes true within the test's patience."""
    ends = time.monotonic() + PATIENCE
    while not truth():
        if time.monotonic() > ends:
            return False
        time.sleep(0.01)
    return True
