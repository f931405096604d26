"""Running streams one after another, each recorded, none stopping the others."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Engine

from provodka.connectors.crm_store import runs
from provodka.flows.cli.progress import Progress
from provodka.flows.cli.telling import each, understood
from provodka.flows.hub import Hub
from provodka.flows.insight.plan import Plan, read_plan
from provodka.flows.streams import Stream
from provodka.flows.work import Rehearsal, Work
from provodka.foundation.errors import ConfigurationError, ProvodkaError
from provodka.foundation.i18n import _

__all__ = ["Ran", "rehearse", "run_all"]

log = structlog.get_logger("provodka.sync")
SET_ASIDE = ("set_aside", "flagged", "dead")
"""Counters of documents that now wait for a person."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How one stream went; `state` is done, set_aside, failed, wrong (settings) or skipped."""

    name: str
    title: str
    state: str
    counts: Mapping[str, int]
    seconds: float
    errors: tuple[ProvodkaError, ...] = ()


def run_all(hub: Hub, streams: Sequence[Stream], progress: Progress, *, named: bool) -> list[Ran]:
    """Run streams into the store; one whose system is not configured is skipped unless named."""
    ran = []
    for stream in streams:
        progress.begin(stream)
        number = _start(hub.engine, stream)
        one = _run(hub, stream, hub.engine, named=named)
        _finish(hub.engine, number, one)
        progress.end(stream, one.state)
        ran.append(one)
    return ran


def rehearse(
    hub: Hub, streams: Sequence[Stream], progress: Progress, *, named: bool
) -> tuple[list[Ran], Plan]:
    """Run streams in one transaction, read what they did, and undo it all."""
    ran = []
    with Rehearsal.on(hub.engine) as rehearsal:
        for stream in streams:
            progress.begin(stream)
            one = _run(hub, stream, rehearsal, named=named)
            progress.end(stream, one.state)
            ran.append(one)
        return ran, read_plan(rehearsal.connection)


def _run(hub: Hub, stream: Stream, work: Work, *, named: bool) -> Ran:
    started = time.monotonic()

    def ended(state: str, counts: Mapping[str, int], *errors: ProvodkaError) -> Ran:
        seconds = time.monotonic() - started
        return Ran(stream.name, stream.title, state, dict(counts), seconds, errors)

    try:
        counts: Counter[str] = stream.run(hub, work)
    except Exception as error:
        mine = understood(error)
        if mine is None:
            log.exception("stream_broke", stream=stream.name)
            mine = _broke(stream, error)
        if mine.code == "no_base" and not named:
            return ended("skipped", {})
        log.warning("stream_failed", stream=stream.name, code=mine.code)
        state = "wrong" if isinstance(mine, ConfigurationError) else "failed"
        return ended(state, {}, *each(mine))
    aside = sum(counts[name] for name in SET_ASIDE)
    return ended("set_aside" if aside else "done", counts)


def _start(engine: Engine, stream: Stream) -> int:
    with engine.begin() as connection:
        return runs.start(connection, stream.name)


def _finish(engine: Engine, number: int, ran: Ran) -> None:
    states = {"wrong": "failed", "skipped": "done"}
    note = _("не настроен") if ran.state == "skipped" else "\n".join(map(str, ran.errors))
    with engine.begin() as connection:
        runs.finish(connection, number, states.get(ran.state, ran.state), ran.counts, note)


def _broke(stream: Stream, error: Any) -> ProvodkaError:
    return ProvodkaError(
        _("Поток «{name}»").format(name=stream.title),
        found=_("внутренняя ошибка {kind}").format(kind=type(error).__name__),
        next_step=_("подробности в журнале; сообщите разработчикам"),
        code="broken",
    )
