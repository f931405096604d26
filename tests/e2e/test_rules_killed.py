"""Kill -9 anywhere in the rules' loop, all shipped scenarios at work: every effect once.

The same days are lived twice: in one store nobody dies, in the other the hub is killed again and
again, between any two statements, before a commit, right before and right after a message leaves.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from tests.databases import copied
from tests.e2e.rules_days import Days, outcome, starting
from tests.e2e.rules_lives import Lives, Outside, react, tell_time

from provodka.connectors.crm_store.engine import open_engine

SEED = int(os.environ.get("KILL_SEED", "20261122"))
DOUBLED = "SELECT key FROM hub.outbox GROUP BY key HAVING count(*) > 1"
UNSENT = "SELECT key, state FROM hub.outbox WHERE state <> 'delivered'"


@dataclass
class Pair:
    """The same company twice: `quiet` is never killed."""

    quiet: Days
    killed: Days
    lives: Lives
    there: Outside
    mood: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311

    def day(self, deaths: int, points: int) -> None:
        """One day for both; the hub of one dies about so many times, then finishes the day."""
        for company in (self.quiet, self.killed):
            company.live()
        self.lives.live(self.killed.now, self.mood.randint(1, points // 4), clock=True)
        for company in (self.quiet, self.killed):
            tell_time(company.engine, company.book, company.now)
        for _death in range(deaths):
            self.lives.live(self.killed.now, self.mood.randint(1, points))
        for company, outside in ((self.quiet, self.there), (self.killed, self.lives.outside)):
            # The second time reads what the first has sent, so that a day leaves nothing unread.
            for _time in range(2):
                react(company.engine, company.book, company.now, outside)

    def differences(self) -> dict[str, tuple[Counter[Any], Counter[Any]]]:
        """What only one of them has."""
        left, right = outcome(self.quiet.engine), outcome(self.killed.engine)
        return {
            name: (left[name] - right[name], right[name] - left[name])
            for name in left
            if left[name] != right[name]
        }


@pytest.fixture
def pair(store: Engine, store_url: str, server: str, template: str, tmp_path: Path) -> Any:
    now = starting(datetime.now(UTC))
    there, here = Outside(tmp_path / "quiet.jsonl"), Outside(tmp_path / "killed.jsonl")
    with copied(server, template) as url:
        engine = open_engine(url)
        lives = Lives(store_url, here, tmp_path / "last")
        yield Pair(Days(engine, now=now), Days(store, now=now), lives, there)
        engine.dispose()


def die(pair: Pair, *, days: int, deaths: int, points: int) -> None:
    """Live, die and compare."""
    for _day in range(days):
        pair.day(deaths, points)
    ends = pair.lives.ends
    print(f"seed {SEED}, {ends.total()} deaths: {dict(ends)}")  # noqa: T201
    assert pair.differences() == {}
    for company, outside in ((pair.quiet, pair.there), (pair.killed, pair.lives.outside)):
        assert [key for key, times in outside.arrived().items() if times > 1] == []
        assert company.rows(DOUBLED) == []
        assert company.rows(UNSENT) == []
    assert pair.there.arrived().total() == pair.lives.outside.arrived().total() > days


@pytest.mark.timeout(600)
@pytest.mark.requirement("R29", "R93")
def test_the_rules_killed_a_dozen_times_do_what_they_would_have_done(pair: Pair) -> None:
    die(pair, days=2, deaths=6, points=200)
    assert pair.lives.ends.total() >= 8


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.requirement("R29", "R93")
def test_the_rules_killed_at_two_hundred_points_do_what_they_would_have_done(pair: Pair) -> None:
    while pair.lives.ends.total() < 200:
        die(pair, days=1, deaths=15, points=250)
    assert len(pair.lives.ends) > 20
