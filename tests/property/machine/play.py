"""The machine itself: people, hubs and failures in any order, and the model after each step."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from tests.property.machine.documents import Broken
from tests.property.machine.happenings import (
    AT_ONCE,
    BOTH,
    BUSY,
    CIRCUMSTANCES,
    DUE,
    FAULTS,
    PULL,
    PUSH,
    ROUNDS,
    WORK,
    Played,
)
from tests.property.machine.hubs import Hubs
from tests.property.machine.looking import Looker
from tests.property.machine.model import Model
from tests.property.machine.people import HERE, THERE, People
from tests.property.machine.places import Founded

from provodka.flows.onec.replaying import replay
from provodka.flows.onec.resolving import resolve
from provodka.foundation.errors import ProvodkaError

__all__ = ["machine"]

names = itertools.count()


def machine(ways: dict[str, Callable[[], Founded]], played: Played) -> type[RuleBasedStateMachine]:
    """The machine over companies that `ways` found; counts into `played`."""

    class Everyone(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.opened = ExitStack()
            self.broken = False
            self.busy = 0

        @initialize(way=st.sampled_from(sorted(ways)))
        def the_company_opens(self, way: str) -> None:
            company = ways[way]()
            name = f"{company.database}_{next(names)}"
            self.place = self.opened.enter_context(company.copy(name))
            self.hubs = Hubs(self.place)
            self.opened.callback(self.hubs.close)
            self.model = Model()
            self.people = People(self.place, self.model)
            self.looker = Looker(self.place)
            self.model.found(self.looker.look())

        @rule(act=st.sampled_from(sorted(HERE)), turn=st.integers(0, 15))
        def managers_act(self, act: str, turn: int) -> None:
            self._act(act, turn)
            self._step(act)

        @rule(act=st.sampled_from(sorted(THERE)), turn=st.integers(0, 15))
        def accountants_act(self, act: str, turn: int) -> None:
            self._act(act, turn)
            self._step(act)

        @rule(what=st.sampled_from(sorted(BOTH)), turn=st.integers(0, 15))
        def both_sides_change_the_same(self, what: str, turn: int) -> None:
            for act in BOTH[what]:
                self._act(act, turn)
            self._step(f"both {what}")

        @rule(work=st.sampled_from(sorted(WORK)))
        def the_hub_works(self, work: str) -> None:
            self._work(WORK[work])
            self._step(work)

        @rule(work=st.sampled_from(sorted(WORK)), after=st.integers(1, 80))
        def the_hub_dies(self, work: str, after: int) -> None:
            self.hubs.wire.left = after
            self._work(WORK[work])
            self._step("death")

        @rule(turn=st.integers(0, 15), after=st.integers(15, 60))
        def the_hub_dies_with_an_invoice_on_its_way(self, turn: int, after: int) -> None:
            self._act("bills", turn)
            self.hubs.wire.left = after
            self._work(PUSH)
            self._step("death with an invoice")

        @rule(
            work=st.sampled_from(sorted(WORK)),
            after=st.integers(0, 12),
            act=st.sampled_from([*HERE, *THERE]),
            turn=st.integers(0, 15),
        )
        def people_act_while_the_hub_works(
            self, work: str, after: int, act: str, turn: int
        ) -> None:
            def meanwhile() -> None:
                self.hubs.behave()
                self._look_after_the_hub()
                self._act(act, turn)
                self.hubs.misbehave()

            self.hubs.wire.requests, self.hubs.wire.meanwhile = after, meanwhile
            self._work(WORK[work])
            self._step(f"{act} meanwhile")

        @rule(fault=st.sampled_from(sorted(FAULTS)))
        def something_fails(self, fault: str) -> None:
            del self.hubs.troubles[: 1 - AT_ONCE]
            self.hubs.troubles.append(FAULTS[fault])
            self._step(fault)

        @rule(what=st.sampled_from(CIRCUMSTANCES), number=st.integers(-50, 50))
        def circumstances_change(self, what: str, number: int) -> None:
            getattr(self, what)(number)
            self._step(what)

        def mended(self, _number: int = 0) -> None:
            """Failures are over."""
            self.hubs.troubles.clear()
            self._writable(yes=True)

        def read_only(self, _number: int) -> None:
            """The store may only be read."""
            self._writable(yes=False)

        def disorder(self, number: int) -> None:
            """Changes come in another order than they were made, some twice."""
            self.hubs.wire.disorder = random.Random(number)  # noqa: S311

        def clock(self, number: int) -> None:
            """The hub's clock jumps by so many hours."""
            self.hubs.ahead += timedelta(hours=number)

        def due(self, _number: int = 0) -> None:
            """What waits for its time is due."""
            with self.place.operator.begin() as connection:
                connection.execute(text("SET TRANSACTION READ WRITE"))
                connection.execute(DUE)

        @rule(turn=st.integers(0, 15))
        def somebody_decides(self, turn: int) -> None:
            # In a store that may only be read nobody can decide anything.
            if self.model.disputed and not self._stuck:
                self._decide(turn)
            self._step("decision")

        @precondition(lambda self: self.busy > BUSY)
        @rule()
        def everyone_is_quiet(self) -> None:
            self._quiet()
            self._step("quiet")

        def teardown(self) -> None:
            try:
                if not self.broken and hasattr(self, "looker"):
                    self._end()
            finally:
                self.opened.close()

        def _end(self) -> None:
            self._quiet()
            while self.model.disputed:
                for turn in range(len(self.model.disputed)):
                    self._decide(turn)
                self._quiet()
            played.examples += 1
            played.deaths += self.hubs.deaths
            played.documents += len(self.model.docs)

        def _step(self, what: str) -> None:
            played.steps[what] += 1
            self.busy += 1

        def _act(self, act: str, turn: int) -> None:
            with self._judging():
                side = self.people.act(act, turn)
                self.model.people(self.looker.look(), side)

        def _work(self, streams: tuple[str, ...]) -> None:
            wire = self.hubs.wire
            troubled = bool(wire.left or wire.meanwhile or self._stuck or self.hubs.troubles)
            self.model.begin()
            for stream in streams:
                try:
                    self.hubs.run(stream)
                except (ProvodkaError, SQLAlchemyError, psycopg.Error):
                    if not troubled:
                        self.broken = True
                        raise
            self._look_after_the_hub()
            if "accounting" in streams:
                self.model.compared()

        _stuck = False

        def _writable(self, *, yes: bool) -> None:
            """Let the store be written to by the hub, or not; open connections are told so too."""
            if self._stuck is not yes:
                return
            self._stuck = not yes
            word = "off" if yes else "on"
            with self.place.operator.connect() as connection:
                name = connection.execute(text("SELECT current_database()")).scalar_one()
                connection.execute(
                    text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {word}')
                )
                connection.commit()
            self.hubs.close()

        def _decide(self, turn: int) -> None:
            self.broken = True
            waiting = list(self.model.disputes())
            key, name = waiting[turn % len(waiting)]
            [(number,)] = self._rows(
                "SELECT id FROM hub.conflict WHERE resolved_at IS NULL"
                " AND document = :key AND field = :name", key=key, name=name,
            )  # fmt: skip
            shown = {
                (str(row.document), row.field): row.theirs
                for row in self._rows(
                    "SELECT document, field, theirs FROM hub.conflict WHERE resolved_at IS NULL"
                )
            }
            take = ("ours", "theirs")[turn // 2 % 2]
            resolve(self.hubs.hub, [number], take, "Орлова")  # type: ignore[arg-type]
            self.model.people_resolved(self.looker.look(), shown)
            self.broken = False

        def _quiet(self) -> None:
            """Nobody acts, nothing fails, and the hub has all the time it needs."""
            self.mended()
            self.hubs.wire.disorder = None
            for _round in range(ROUNDS):
                self.hubs.ahead += timedelta(days=2)
                self.due()
                before = self._deltas()
                self._work(PULL + PUSH)
                self._again()
                if self._deltas() == before and not self._left():
                    break
            with self._judging():
                self._nothing_left()
                self.model.at_rest(self.looker.look())
                self._no_more()
            self.busy = 0

        def _again(self) -> None:
            """A person has what was set aside tried again, unless the base has it no more."""
            for stream, key, _found in self._aside():
                self.model.begin()
                replay(self.hubs.hub, stream, [key])
            self._look_after_the_hub()

        def _aside(self) -> list[Any]:
            erased = {key for doc in self.model.docs if doc.erased for key in (doc.here, doc.there)}
            rows = self._rows(
                "SELECT stream, external_key, found FROM hub.quarantine WHERE state = 'open'"
            )
            return [row for row in rows if row.external_key not in erased]

        def _left(self) -> list[Any]:
            return self._rows(
                "SELECT key, state, trouble->>'found' FROM hub.outbox"
                " WHERE state IN ('waiting', 'sending', 'unsure')"
            )

        def _nothing_left(self) -> None:
            left = [*self._left(), *self._aside(), *self._rows("SELECT * FROM hub.parked")]
            if left:
                raise Broken(f"left lying: {left}")

        def _no_more(self) -> None:
            before = self._deltas()
            self.hubs.run(*PULL, *PUSH)
            sight, after = self.looker.look(), self._deltas()
            if sight.written or after != before:
                raise Broken(f"quiet, and the hub goes on: {sight.written}, {before} → {after}")

        def _deltas(self) -> int:
            [(count,)] = self._rows("SELECT count(*) FROM hub.delta")
            return int(count)

        def _rows(self, sql: str, **values: Any) -> list[Any]:
            with self.place.operator.connect() as connection:
                return list(connection.execute(text(sql), values))

        def _look_after_the_hub(self) -> None:
            with self._judging():
                self.model.hub(self.looker.look())

        def _judging(self) -> Any:
            return _Judging(self)

    @dataclass
    class _Judging:
        """What is found broken is not looked at again while everything is put away."""

        one: Everyone

        def __enter__(self) -> None:
            self.one.broken = True

        def __exit__(self, kind: Any, *_more: object) -> None:
            self.one.broken = kind is not None

    return Everyone
