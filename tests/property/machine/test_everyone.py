"""A company, its base and the hub, with everything that may go wrong, in any order."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import lru_cache

import pytest
import stamina
import structlog
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.property.machine.happenings import Played
from tests.property.machine.places import Founded, founded
from tests.property.machine.play import machine

from provodka.mappings.catalog import load_mappings

Ways = dict[str, Callable[[], Founded]]
STEPS = 50
SOAK = int(os.environ.get("MACHINE_STEPS", "10000"))


@pytest.fixture(scope="module")
def ways(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ways]:
    """Companies that follow an exchange plan, and that scan versions; founded when first asked."""
    with ExitStack() as opened:
        known: dict[str, Founded] = {}

        def found(way: str) -> Founded:
            if way not in known:
                folder = tmp_path_factory.mktemp(way) / "company"
                known[way] = opened.enter_context(founded(server, template, folder, way=way))
            return known[way]

        yield {way: lambda way=way: found(way) for way in ("plan", "scan")}  # type: ignore[misc]


@pytest.fixture(autouse=True)
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub begins anew after each death, but its files have not changed since."""
    monkeypatch.setattr("provodka.flows.hub.load_mappings", lru_cache(load_mappings))


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """Reads are repeated without waiting, and nobody reads the log."""
    stamina.set_testing(True, attempts=4, cap=True)
    known = structlog.get_config()["wrapper_class"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(wrapper_class=known)
    stamina.set_testing(False)


def profile(examples: int, *, same: bool) -> settings:
    """So many examples of fifty steps; the `same` ones in each run, or new ones, made shorter."""
    return settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=same,
        database=None,
        phases=[Phase.generate]
        if same and not os.environ.get("SHRINK")
        else [Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )


@pytest.mark.timeout(900)
@pytest.mark.requirement("R27", "R28", "R29")
def test_whatever_happens_nothing_is_lost_doubled_echoed_or_overwritten(ways: Ways) -> None:
    played = Played()
    run_state_machine_as_test(machine(ways, played), settings=profile(13, same=True))
    assert played.total >= 500


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_ten_thousand_steps_lose_double_echo_and_overwrite_nothing(
    ways: Ways, record_property: Callable[[str, object], None]
) -> None:
    played = Played()
    # An example may end before its fiftieth step.
    while played.total < SOAK:
        left = -(-(SOAK - played.total) // STEPS)
        run_state_machine_as_test(machine(ways, played), settings=profile(left, same=False))
    record_property("steps", played.total)
    record_property("deaths of the hub", played.deaths)
    record_property("documents", played.documents)
    record_property("examples", played.examples)
    record_property("kinds of steps", dict(played.steps.most_common()))
    assert played.total >= SOAK
