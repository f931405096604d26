"""What a PBX has, page by page, each in one transaction: legs, calls, interactions, cursor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection

from provodka.connectors.crm_store import cursors, journal, quarantine
from provodka.connectors.telephony.pbx import PBXES
from provodka.connectors.telephony.source import BadRow, CallPage, CallSource, Leg
from provodka.flows.calls import keeping
from provodka.flows.calls.storing import store_calls
from provodka.flows.settings import PbxOptions, pbx_secrets
from provodka.flows.work import Later, Work, later_of
from provodka.foundation.errors import Misunderstood, ProvodkaError
from provodka.foundation.i18n import _

__all__ = ["keep_legs", "open_pbx", "pull_calls", "pull_every_pbx"]

log = structlog.get_logger("provodka.calls")


def open_pbx(options: PbxOptions) -> CallSource:
    """Connect to a PBX as `hub.yaml` describes it; call after `load_settings`."""
    return PBXES[options.kind].open(options, pbx_secrets(options))


def pull_every_pbx(
    work: Work, telephony: Iterable[PbxOptions], clock: Callable[[], datetime]
) -> Counter[str]:
    """Read every PBX to its end; one that fails does not keep the others from being read.

    Raises the first trouble when all have been tried.
    """
    counts: Counter[str] = Counter()
    troubles: list[ProvodkaError] = []
    for options in telephony:
        try:
            counts += pull_calls(work, options, clock)
        except ProvodkaError as error:
            log.warning("pbx_failed", source=options.name, error=error.code)
            troubles.append(error)
    if troubles:
        raise troubles[0]
    return counts


def pull_calls(work: Work, options: PbxOptions, clock: Callable[[], datetime]) -> Counter[str]:
    """Read a PBX to its end; counts `calls`, `legs`, `set_aside`, `gaps`.

    Each page is one transaction. Reading the same rows twice changes nothing.
    """
    counts: Counter[str] = Counter()
    stream = f"calls:{options.name}"
    with work.begin() as connection:
        position = cursors.read(connection, stream)
    with closing(open_pbx(options)) as source:
        for page in _pages(source, position, clock):
            with work.begin() as connection:
                told = _without(page, stream, later_of(work))
                counts += _take(connection, options, stream, told)
    return counts


def _pages(source: CallSource, position: Any, clock: Callable[[], datetime]) -> Iterator[CallPage]:
    """Pages with something in them; the reader stands behind one when the next is asked for."""
    while True:
        page = source.read(position, now=clock())
        if page.legs or page.bad or page.position != position:
            yield page
        if not page.more:
            return
        position = page.position


def _without(page: CallPage, stream: str, later: Later) -> CallPage:
    """A page without what a run must pass over."""
    if not later:
        return page
    legs = [leg for leg in page.legs if ("call", leg.linkedid) not in later]
    bad = [row for row in page.bad if (stream, f"{row.file}:{row.offset}") not in later]
    return replace(page, legs=legs, bad=bad)


def _take(connection: Connection, options: PbxOptions, stream: str, page: CallPage) -> Counter[str]:
    journal.attribute(connection, "telephony")
    changed = keep_legs(connection, options, page.legs)
    for row in page.bad:
        _set_aside(connection, stream, row)
    if page.position is not None:
        cursors.move(connection, stream, dict(page.position))
    return Counter(legs=len(page.legs), calls=changed, set_aside=len(page.bad), gaps=int(page.gap))


def keep_legs(connection: Connection, options: PbxOptions, legs: Iterable[Leg]) -> int:
    """Keep legs and the calls that they belong to, whoever brought them; how many changed.

    A note may come before the call's own rows: it is kept, and waits for them.
    """
    touched = keeping.keep_legs(connection, options.name, legs)
    calls = {key: some for key, some in touched.items() if not all(leg.note for leg in some)}
    return store_calls(connection, options, calls)


def _set_aside(connection: Connection, stream: str, row: BadRow) -> None:
    error = Misunderstood(
        _("Журнал звонков, {file}, место {offset}").format(file=row.file, offset=row.offset),
        found=row.reason,
        expected=_("запись о звонке, какие пишет эта АТС"),
        next_step=_("посмотрите строку командой provodka quarantine show"),
        code="bad_cdr_row",
    )
    quarantine.set_aside(connection, stream, f"{row.file}:{row.offset}", {"raw": row.raw}, error)
