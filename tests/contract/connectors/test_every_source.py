"""What every source promises, whatever it reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from itertools import count

import pytest
from tests.contract.connectors.contract import (
    Source,
    Stopped,
    between_commits,
    cursors,
    deltas,
    moments,
)

from provodka.foundation.errors import ProvodkaError, RetriableError


def once(source: Source, keys: Sequence[str]) -> bool:
    """Whether the store has each of these, and has it once."""
    kept = Counter(source.kept())
    return {key: kept[key] for key in keys} == dict.fromkeys(keys, 1)


@pytest.mark.requirement("R28")
def test_what_is_entered_is_read_once_and_the_place_never_goes_back(source: Source) -> None:
    keys: list[str] = []
    places = []
    for number in (3, 0, 1, 2):
        keys += source.enter(number) if number else ()
        source.read()
        assert once(source, keys)
        places.append(source.place())
    assert places == sorted(places)
    assert places[0] < places[-1]


@moments
@pytest.mark.timeout(600)
@pytest.mark.requirement("R28")
def test_what_is_entered_while_it_reads_is_not_lost_at_the_boundary(
    source: Source, stride: int
) -> None:
    keys = list(source.enter(2))
    source.read()
    for moment in count(step=stride):
        keys += source.enter(1)
        late = partial(enter_late, source, keys)
        with between_commits(source.hub.engine, moment, late) as left:
            source.read()
        source.read()
        if left[0] >= 0:
            break
    assert once(source, keys)


@pytest.mark.requirement("R28", "R29")
def test_reading_the_same_again_writes_nothing(source: Source) -> None:
    source.enter(2)
    source.read()
    before = cursors(source.people)
    keys = source.enter(3)
    source.read()
    kept, journal = sorted(source.kept()), deltas(source.people)
    source.repeat(before)
    assert once(source, keys)
    assert (sorted(source.kept()), deltas(source.people)) == (kept, journal)


@pytest.mark.requirement("R28", "R114")
def test_a_system_that_is_away_is_named_with_the_next_step_and_nothing_is_lost(
    source: Source,
) -> None:
    keys = list(source.enter(1))
    source.read()
    keys += source.enter(2)
    before = (source.place(), sorted(source.kept()))
    with source.down(), pytest.raises(ProvodkaError) as trouble:
        source.read()
    assert isinstance(trouble.value, RetriableError)
    assert all((trouble.value.where, trouble.value.found, trouble.value.next_step))
    assert (source.place(), sorted(source.kept())) == before
    source.read()
    assert once(source, keys)


@moments
@pytest.mark.timeout(600)
@pytest.mark.requirement("R28")
def test_stopped_at_any_moment_it_goes_on_where_it_was(source: Source, stride: int) -> None:
    keys: list[str] = []
    for moment in count(step=stride):
        keys += source.enter(1)
        with between_commits(source.hub.engine, moment, stop) as left, suppress(Stopped):
            source.read()
        source.read()
        if left[0] >= 0:
            break
    assert once(source, keys)


def enter_late(source: Source, keys: list[str]) -> None:
    keys += source.enter(1)


def stop() -> None:
    raise Stopped
