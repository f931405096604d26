"""Streams of one pace take turns: at a start, and from then on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from prefect.server.schemas.schedules import IntervalSchedule
from tests.flow.test_orchestration_flows import ONEC, settings

from provodka.flows.orchestration.deployments import schedules
from provodka.flows.orchestration.flows import FLOWS
from provodka.flows.orchestration.staggering import FIRST_WITHIN, anchor, first_run, share

MINUTE = timedelta(minutes=1)
MOMENT = datetime(2026, 11, 22, 12, 0, 7, tzinfo=UTC)


def test_after_a_start_no_two_streams_begin_within_half_a_second() -> None:
    firsts = sorted(first_run(name, FLOWS, MINUTE, MOMENT) for name in FLOWS)
    assert min(after - before for before, after in pairwise(firsts)) > timedelta(seconds=0.5)


def test_after_a_start_every_stream_begins_soon_and_within_its_own_pace() -> None:
    for pace in (timedelta(seconds=1), MINUTE, timedelta(hours=6)):
        for name in FLOWS:
            waits = first_run(name, FLOWS, pace, MOMENT) - MOMENT
            assert timedelta(0) <= waits < min(pace, FIRST_WITHIN)


def test_a_stream_has_the_same_turn_whatever_the_order_in_which_streams_are_named() -> None:
    backwards = sorted(FLOWS, reverse=True)
    assert [share(name, FLOWS) for name in FLOWS] == [share(name, backwards) for name in FLOWS]


def test_streams_of_a_minute_are_due_at_least_two_seconds_apart() -> None:
    turns = sorted((anchor(name, FLOWS, MINUTE).timestamp()) % 60 for name in FLOWS)
    apart = [after - before for before, after in pairwise([*turns, turns[0] + 60])]
    assert min(apart) > 2


def test_prefect_gives_each_stream_its_turn_and_a_restart_does_not_move_it() -> None:
    before = due(MOMENT)
    assert len(before) > 4
    assert len(set(before.values())) == len(before)
    assert due(MOMENT + timedelta(milliseconds=1)) == before


def due(now: datetime) -> dict[str, datetime]:
    """When Prefect would next run each stream of a minute that is deployed at that moment."""
    told = {
        name: IntervalSchedule(interval=one.interval, anchor_date=one.anchor_date)
        for name, one in schedules(settings(onec=ONEC), now).items()
        if one.interval == MINUTE
    }
    return {name: asyncio.run(one.get_dates(n=1, start=now))[0] for name, one in told.items()}
