"""`pytest --requirements`: which numbered requirements are proven, and by how many tests."""

from __future__ import annotations

import re
from collections import Counter

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(
        "--requirements", action="store_true", help="print the proven requirements, run nothing"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Only collect when the option is given."""
    if config.getoption("--requirements"):
        config.option.collectonly = True
        config.option.verbose = -2


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print one line for each requirement, in the order of their numbers."""
    if not config.getoption("--requirements"):
        return
    proven = config.stash[PROVEN]
    for name in sorted(proven, key=_place):
        terminalreporter.write_line(f"{name}: {proven[name]}")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Count the marks of what was collected."""
    session.config.stash[PROVEN] = Counter(
        name
        for item in session.items
        for mark in item.iter_markers("requirement")
        for name in mark.args
    )


PROVEN = pytest.StashKey[Counter[str]]()


def _place(name: str) -> tuple[str, int]:
    number = re.search(r"\d+", name)
    return name[:1], int(number[0]) if number else 0
