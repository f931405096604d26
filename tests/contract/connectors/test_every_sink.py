"""What every sink promises, wherever it writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from itertools import count

import pytest
from tests.contract.connectors.contract import Sink, Stopped, between_commits, moments


def once(sink: Sink, keys: Sequence[str]) -> bool:
    """Whether each of these has arrived once, as it was written, and nothing else has."""
    arrived = Counter(sink.landed())
    assert {key: arrived[key] for key in keys} == dict.fromkeys(keys, 1)
    for key in keys:
        ours, theirs = sink.sides(key)
        assert ours == theirs
    return True


@pytest.mark.requirement("R27")
def test_what_is_written_reads_back_as_it_was_sent(sink: Sink) -> None:
    keys = sink.wish(3)
    assert sink.deliver() == []
    assert once(sink, keys)


@pytest.mark.requirement("R27")
def test_delivering_again_writes_nothing_again(sink: Sink) -> None:
    keys = list(sink.wish(2))
    for _time in range(3):
        assert sink.deliver() == []
        assert once(sink, keys)
    keys += sink.wish(1)
    assert sink.deliver() == []
    assert once(sink, keys)


@pytest.mark.requirement("R27")
def test_what_was_written_and_never_confirmed_is_there_once(sink: Sink) -> None:
    keys = sink.wish(2)
    sink.answer_lost()
    sink.deliver()
    assert sink.deliver() == []
    assert once(sink, keys)


@pytest.mark.requirement("R27", "R114")
def test_a_system_that_is_away_is_named_with_the_next_step_and_gets_all_later(sink: Sink) -> None:
    keys = sink.wish(2)
    with sink.down():
        told = sink.deliver()
    assert told
    assert all(one.code and one.found and one.next_step for one in told)
    assert not set(keys).intersection(sink.landed())
    assert sink.deliver() == []
    assert once(sink, keys)


@moments
@pytest.mark.timeout(600)
@pytest.mark.requirement("R27")
def test_stopped_at_any_moment_it_writes_each_once(sink: Sink, stride: int) -> None:
    keys: list[str] = []
    for moment in count(step=stride if stride == 1 else stride * sink.pace):
        keys += sink.wish(1)
        with between_commits(sink.hub.engine, moment, stop) as left, suppress(Stopped):
            sink.deliver()
        assert sink.deliver() == []
        if left[0] >= 0:
            break
    assert once(sink, keys)


def stop() -> None:
    raise Stopped
