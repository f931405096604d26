"""Where everyone plays: one company, its base and its hubs, and the model that looks on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import Any, ClassVar

import psycopg
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from tests.property.machine.happenings import Played
from tests.property.machine.hubs import Hubs
from tests.property.machine.looking import Looker
from tests.property.machine.model import Model
from tests.property.machine.people import People
from tests.property.machine.places import Founded, Place

from provodka.foundation.errors import ProvodkaError

__all__ = ["WAYS", "Stage"]

WAYS = ("plan", "scan")
"""How the hub hears of changes: by an exchange plan, or by comparing versions."""
NAMES = count()


class Stage(RuleBasedStateMachine):
    """What all rules share. Whatever people or hubs do here, the model judges at once.

    `broken` tells that the model has found a fault, or that the stage is in the midst of finding
    one: then nothing is looked at again while everything is put away. `busy` counts steps since
    everybody was quiet; `stuck` that the store may only be read.
    """

    ways: ClassVar[dict[str, Callable[[], Founded]]]
    played: ClassVar[Played]

    def __init__(self) -> None:
        super().__init__()
        self.opened = ExitStack()
        self.broken = False
        self.busy = 0
        self.stuck = False

    @initialize(way=st.sampled_from(WAYS))
    def the_company_opens(self, way: str) -> None:
        """A store and a base of this example's own."""
        company = self.ways[way]()
        name = f"{company.database}_{next(NAMES)}"
        self.place: Place = self.opened.enter_context(company.copy(name))
        self.hubs = Hubs(self.place)
        self.opened.callback(self.hubs.close)
        self.model = Model()
        self.people = People(self.place, self.model)
        self.looker = Looker(self.place)
        self.model.found(self.looker.look())

    def step(self, what: str) -> None:
        """One more has been played."""
        self.played.steps[what] += 1
        self.busy += 1

    def act(self, name: str, turn: int) -> None:
        """Somebody does something by hand; the hub must have done nothing meanwhile."""
        with self.judging():
            side = self.people.act(name, turn)
            self.model.people(self.looker.look(), side)

    def work(self, streams: tuple[str, ...]) -> int:
        """The hub runs streams, and has done nothing that was not its to do; its writes there.

        It may fail only where something was made to fail.
        """
        wire = self.hubs.wire
        troubled = bool(wire.left or wire.meanwhile or self.stuck or self.hubs.troubles)
        self.model.begin()
        for stream in streams:
            try:
                self.hubs.run(stream)
            except (ProvodkaError, SQLAlchemyError, psycopg.Error):
                if not troubled:
                    self.broken = True
                    raise
        written = self.look_after_the_hub()
        if "accounting" in streams:
            self.model.compared()
        return written

    def look_after_the_hub(self) -> int:
        """Let the model judge what the hub has done; how often it has written to the base."""
        with self.judging():
            sight = self.looker.look()
            self.model.hub(sight)
        return sum(sight.written.values())

    @contextmanager
    def judging(self) -> Iterator[None]:
        """Whatever is raised inside is a fault that was found."""
        self.broken = True
        yield
        self.broken = False

    def rows(self, sql: str, **values: Any) -> list[Any]:
        """What the store holds, past the hub."""
        with self.place.operator.connect() as connection:
            return list(connection.execute(text(sql), values))
