"""A sandbox that the tests of this folder share, and a way to start others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.contract.sandbox.neighbours import Base, Hands, Process, Record

Starter = Callable[..., Process]


@pytest.fixture
def start() -> Iterator[Starter]:
    """Starts sandboxes that are gone when the test ends."""
    started: list[Process] = []

    def run(state: Path, *options: str) -> Process:
        started.append(Process(state, *options))
        return started[-1]

    yield run
    for process in started:
        process.kill()


@pytest.fixture(scope="session")
def about(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    """A sandbox that all tests of this folder share: addresses and logins."""
    process = Process(tmp_path_factory.mktemp("sandbox"), "--seed", "7")
    yield process.about
    process.kill()


@pytest.fixture(scope="session")
def base(about: Record) -> Iterator[Base]:
    """The shared sandbox's base."""
    found = Base(about)
    with closing(found.http):
        yield found


@pytest.fixture(scope="session")
def control(about: Record) -> Iterator[Hands]:
    """The shared sandbox's control API."""
    found = Hands(about)
    with closing(found.http):
        yield found


@pytest.fixture
def hands(control: Hands) -> Iterator[Hands]:
    """The control API; faults and switches are put back afterwards."""
    before = control.ask("GET", "switches")
    yield control
    control.ask("DELETE", "faults")
    control.ask("POST", "switches", **before)
