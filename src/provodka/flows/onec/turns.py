"""Pages taken one at a time, in turn with live sync: for work that goes on beside it for hours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from provodka.connectors.crm_store import locks
from provodka.flows.hub import Hub
from provodka.flows.onec.bases import no_base
from provodka.flows.onec.following.guarding import Deletions
from provodka.flows.onec.metadata.admitting import Admitted
from provodka.flows.onec.pulling import TAKING, balances_of, taking_for
from provodka.flows.onec.taking import Taking, take
from provodka.flows.settings import OneC
from provodka.flows.tolerance import Tolerance
from provodka.mappings.compiled import Mapping

__all__ = ["Turns", "database_clock", "settings_of"]

KNOWN_FOR = timedelta(minutes=1)
NOW = text("SELECT clock_timestamp()")
Noted = Callable[[Connection, Counter[str]], None]


def noting_nothing(_connection: Connection, _counts: Counter[str]) -> None:
    """A page that moves nothing else with it."""


def database_clock(hub: Hub) -> datetime:
    """The moment by the database's clock, which stamps what is agreed on."""
    with hub.engine.connect() as connection:
        moment: datetime = connection.execute(NOW).scalar_one()
    return moment


def settings_of(hub: Hub) -> OneC:
    """The base's section of `hub.yaml`; a `ConfigurationError` where there is none."""
    hub.require_base()
    if hub.settings.onec is None:
        raise no_base(hub.source)
    return hub.settings.onec


@dataclass
class Turns:
    """Takes pages of one mapping, each in a transaction and a turn of its own.

    Marks of deletion that would bury a living document are held back in `deletions` until `end`.
    What is remembered of the store from page to page is forgotten after a minute, since others
    write to it meanwhile. `again` re-reads documents whose version has not changed.
    """

    hub: Hub
    found: Admitted
    mapping: Mapping
    settings: OneC
    again: bool = True
    deletions: Deletions = field(init=False)
    _taking: Taking | None = None
    _made_at: datetime | None = None
    _asked: datetime | None = None

    def __post_init__(self) -> None:
        self.deletions = Deletions(self.settings)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Nobody else takes anything in the block."""
        with locks.alone(self.hub.engine, TAKING, wait=True):
            yield

    def take(
        self,
        rows: Sequence[dict[str, Any]],
        asked: datetime,
        noted: Noted = noting_nothing,
    ) -> Counter[str]:
        """Take a page that was asked for at that moment (`database_clock`); counts as `take`.

        `noted` is called with the counts in its transaction.
        """
        self._asked = min(asked, self._asked or asked)
        with self.turn():
            taking = self._fresh(asked)
            with self.hub.engine.begin() as connection:
                kept = self.deletions.held(connection, self.mapping, rows)
                counts = take(connection, taking, self.mapping, kept)
                noted(connection, counts)
        return counts

    def end(self) -> Counter[str]:
        """Carry out the deletions, or raise `TooManyDeletions` and do none of them."""
        held, self.deletions = self.deletions, Deletions(self.settings)
        asked, self._asked = self._asked or database_clock(self.hub), None
        if not held.mappings:
            return Counter()
        with self.turn():
            return held.carry_out(self.hub.engine, self._fresh(asked))

    def _fresh(self, asked: datetime) -> Taking:
        now = self.hub.clock()
        if self._taking is None or self._made_at is None or now - self._made_at >= KNOWN_FOR:
            self._taking, self._made_at = self._made(), now
        self._taking.asked = asked
        return self._taking

    def _made(self) -> Taking:
        """Knows the store as it is now; never takes a load for the first: others load as well."""
        books = self._taking.books if self._taking else None
        known = self.found.readable
        taking = (
            Taking(self.hub.base_zone, books, self.hub.mappings, balances=balances_of(self.hub))
            if books is not None
            else taking_for(self.hub, known)
        )
        self.found.heeded_by(taking)
        for mapping in self.hub.mappings.values():
            taking.handed_over(mapping.kind)
        taking.again, taking.heard = self.again, self.hub.tally.add
        taking.tolerance = Tolerance.of(self.hub.settings.streams)
        return taking
