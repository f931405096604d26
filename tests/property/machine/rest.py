"""Rest: nobody acts, nothing fails, and both sides have to come to the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import text
from tests.property.machine.documents import Broken
from tests.property.machine.happenings import BUSY, DUE, PULL, PUSH, ROUNDS
from tests.property.machine.stage import Stage

from provodka.flows.onec.replaying import replay
from provodka.flows.onec.resolving import Take, resolve

__all__ = ["Rest"]

OPEN = "SELECT document, field, theirs FROM hub.conflict WHERE resolved_at IS NULL"
NUMBER = """
    SELECT id FROM hub.conflict WHERE resolved_at IS NULL AND document = :key AND field = :name
"""
ASIDE = "SELECT stream, external_key, found FROM hub.quarantine WHERE state = 'open'"
LEFT = """
    SELECT key, state, trouble->>'found' FROM hub.outbox
    WHERE state IN ('waiting', 'sending', 'unsure')
"""
SIDES: tuple[Take, ...] = get_args(Take)[:2]


class Rest(Stage):
    """Rules by which disputes end and everything comes to rest, which each example ends with."""

    @rule(turn=st.integers(0, 15))
    def somebody_decides(self, turn: int) -> None:
        """A person settles a dispute; where the store may only be read, nobody can."""
        if self.model.disputed and not self.stuck:
            self.decide(turn)
        self.step("decision")

    @precondition(lambda self: self.busy > BUSY)
    @rule()
    def everyone_is_quiet(self) -> None:
        """For as long as the hub needs."""
        self.quiet()
        self.step("quiet")

    def teardown(self) -> None:
        """All comes to rest and every dispute is settled, unless a fault was found before."""
        try:
            if not self.broken and hasattr(self, "looker"):
                self._end()
        finally:
            self.opened.close()

    def _end(self) -> None:
        self.quiet()
        while self.model.disputed:
            for turn in range(len(self.model.disputed)):
                self.decide(turn)
            self.quiet()
        self.played.examples += 1
        self.played.deaths += self.hubs.deaths
        self.played.documents += len(self.model.docs)

    def decide(self, turn: int) -> None:
        """A person who has seen both sides takes one of them."""
        with self.judging():
            waiting = list(self.model.disputes())
            key, name = waiting[turn % len(waiting)]
            [(number,)] = self.rows(NUMBER, key=key, name=name)
            shown = {(str(row.document), row.field): row.theirs for row in self.rows(OPEN)}
            resolve(self.hubs.hub, [number], SIDES[turn // 2 % 2], "Орлова")
            self.model.people_resolved(self.looker.look(), shown)

    def quiet(self) -> None:
        """Nobody acts, nothing fails, and the hub has all the time it needs."""
        self.mended()
        self.hubs.wire.disorder = None
        for _round in range(ROUNDS):
            if not self._goes_on():
                break
        else:
            self.broken = True
            raise Broken("quiet, and the hub goes on")
        with self.judging():
            self._nothing_is_left()
            self.model.at_rest(self.looker.look(afresh=True))
        self.busy = 0

    def mended(self, _number: int = 0) -> None:
        """Failures are over."""
        self.hubs.troubles.clear()
        self.writable(yes=True)

    def due(self, _number: int = 0) -> None:
        """What waits for its time is due."""
        with self.place.operator.begin() as connection:
            connection.execute(text("SET TRANSACTION READ WRITE"))
            connection.execute(DUE)

    def writable(self, *, yes: bool) -> None:
        """Let the store be written to by the hub, or not; open connections are told so too."""
        if self.stuck is not yes:
            return
        self.stuck = not yes
        word = "off" if yes else "on"
        with self.place.operator.connect() as connection:
            name = connection.execute(text("SELECT current_database()")).scalar_one()
            connection.execute(
                text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {word}')
            )
            connection.commit()
        self.hubs.close()

    def _goes_on(self) -> bool:
        """Whether the hub, two days later, has changed or written anything, or has work left."""
        self.hubs.ahead += timedelta(days=2)
        self.due()
        before = self._deltas()
        written = self.work(PULL + PUSH) + self._try_again()
        return bool(written or self._deltas() != before or self.rows(LEFT))

    def _try_again(self) -> int:
        """A person has what was set aside tried again, unless the base has it no more."""
        for stream, key, _found in self._aside():
            self.model.begin()
            replay(self.hubs.hub, stream, [key])
        return self.look_after_the_hub()

    def _aside(self) -> list[Any]:
        erased = {key for doc in self.model.docs if doc.erased for key in (doc.here, doc.there)}
        return [row for row in self.rows(ASIDE) if row.external_key not in erased]

    def _nothing_is_left(self) -> None:
        left = [*self.rows(LEFT), *self._aside(), *self.rows("SELECT * FROM hub.parked")]
        if left:
            raise Broken(f"left lying: {left}")

    def _deltas(self) -> int:
        [(count,)] = self.rows("SELECT count(*) FROM hub.delta")
        return int(count)
