"""The machine itself: people, hubs and failures in any order, and the model after each step.

Rules stand by who acts. What they share is `Stage`, how everything ends `Rest`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from tests.property.machine.happenings import (
    AT_ONCE,
    BOTH,
    CIRCUMSTANCES,
    FAULTS,
    PUSH,
    WORK,
    Played,
)
from tests.property.machine.people import HERE, THERE
from tests.property.machine.places import Founded
from tests.property.machine.rest import Rest
from tests.property.machine.stage import Stage

__all__ = ["machine"]

TURNS = st.integers(0, 15)
WORKS = st.sampled_from(sorted(WORK))


class People(Stage):
    """Managers in CRM, accountants in the base, and both at once."""

    @rule(act=st.sampled_from(sorted(HERE)), turn=TURNS)
    def managers_act(self, act: str, turn: int) -> None:
        """One of them, here."""
        self.act(act, turn)
        self.step(act)

    @rule(act=st.sampled_from(sorted(THERE)), turn=TURNS)
    def accountants_act(self, act: str, turn: int) -> None:
        """One of them, there."""
        self.act(act, turn)
        self.step(act)

    @rule(what=st.sampled_from(sorted(BOTH)), turn=TURNS)
    def both_sides_change_the_same(self, what: str, turn: int) -> None:
        """Neither knows of the other."""
        for act in BOTH[what]:
            self.act(act, turn)
        self.step(f"both {what}")


class AtWork(Stage):
    """The hub reads and writes, undisturbed or not."""

    @rule(work=WORKS)
    def the_hub_works(self, work: str) -> None:
        """In one direction, or in both in either order."""
        self.work(WORK[work])
        self.step(work)

    @rule(
        work=WORKS,
        after=st.integers(0, 12),
        act=st.sampled_from([*HERE, *THERE]),
        turn=TURNS,
    )
    def people_act_while_the_hub_works(self, work: str, after: int, act: str, turn: int) -> None:
        """Between two of its requests."""

        def meanwhile() -> None:
            self.hubs.behave()
            self.look_after_the_hub()
            self.act(act, turn)
            self.hubs.misbehave()

        self.hubs.wire.requests, self.hubs.wire.meanwhile = after, meanwhile
        self.work(WORK[work])
        self.step(f"{act} meanwhile")


class Deaths(Stage):
    """The hub dies between two statements or requests; another one begins."""

    @rule(work=WORKS, after=st.integers(1, 80))
    def the_hub_dies(self, work: str, after: int) -> None:
        """In whatever it does."""
        self.hubs.wire.left = after
        self.work(WORK[work])
        self.step("death")

    @rule(turn=TURNS, after=st.integers(15, 60))
    def the_hub_dies_with_an_invoice_on_its_way(self, turn: int, after: int) -> None:
        """Where a second one would be the worst."""
        self.act("bills", turn)
        self.hubs.wire.left = after
        self.work(PUSH)
        self.step("death with an invoice")


class Failures(Rest):
    """The base, the net, the store and the clock let the hub down."""

    @rule(fault=st.sampled_from(sorted(FAULTS)))
    def something_fails(self, fault: str) -> None:
        """Together with the latest other failures."""
        del self.hubs.troubles[: 1 - AT_ONCE]
        self.hubs.troubles.append(FAULTS[fault])
        self.step(fault)

    @rule(what=st.sampled_from(CIRCUMSTANCES), number=st.integers(-50, 50))
    def circumstances_change(self, what: str, number: int) -> None:
        """By the method of that name."""
        getattr(self, what)(number)
        self.step(what)

    def read_only(self, _number: int) -> None:
        """The store may only be read."""
        self.writable(yes=False)

    def disorder(self, number: int) -> None:
        """Changes come in another order than they were made, some twice."""
        self.hubs.wire.disorder = random.Random(number)  # noqa: S311

    def clock(self, number: int) -> None:
        """The hub's clock jumps by so many hours."""
        self.hubs.ahead += timedelta(hours=number)


class Everyone(People, AtWork, Deaths, Failures):
    """All of them, in any order."""


def machine(ways: dict[str, Callable[[], Founded]], played: Played) -> type[RuleBasedStateMachine]:
    """The machine over companies that `ways` found; counts into `played`."""
    return type("Everyone", (Everyone,), {"ways": ways, "played": played})
