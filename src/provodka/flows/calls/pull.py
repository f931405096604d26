"""What a PBX has, page by page, each in one transaction: legs, calls, interactions, cursor."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import msgspec
import structlog
from sqlalchemy import Connection, select

from provodka.connectors.crm_store import cursors, journal, quarantine
from provodka.connectors.crm_store.merge import merge
from provodka.connectors.crm_store.tables import hub
from provodka.connectors.telephony.pbx import PBXES
from provodka.connectors.telephony.source import BadRow, CallPage, CallSource, Leg
from provodka.flows.calls.storing import store_calls
from provodka.flows.settings import PbxOptions, pbx_secrets
from provodka.flows.work import Later, Work, later_of
from provodka.foundation.errors import Misunderstood, ProvodkaError
from provodka.foundation.i18n import _

__all__ = ["keep_legs", "open_pbx", "pull_calls", "pull_every_pbx"]

log = structlog.get_logger("provodka.calls")

USUAL = {field.name: field.default for field in fields(Leg)}
AT_ONCE = 500


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


def keep_legs(connection: Connection, options: PbxOptions, legs: Sequence[Leg]) -> int:
    """Keep legs and the calls that they belong to, whoever brought them; how many changed."""
    touched = _store_legs(connection, options.name, legs)
    return sum(
        store_calls(connection, options, _legs_of(connection, options.name, touched[at:][:AT_ONCE]))
        for at in range(0, len(touched), AT_ONCE)
    )


def _store_legs(connection: Connection, source: str, legs: Iterable[Leg]) -> list[str]:
    """Keep the legs; returns the calls that they belong to."""
    rows = {
        "\x1f".join(leg.key): (source, "\x1f".join(leg.key), leg.linkedid, _told(leg))
        for leg in legs
    }
    columns = ("source", "leg_key", "call_key", "leg")
    merge(connection, hub.call_leg, columns, rows.values(), key=("source", "leg_key"))
    return sorted({call_key for _source, _key, call_key, _leg in rows.values()})


def _told(leg: Leg) -> dict[str, Any]:
    """What a leg says beyond the usual."""
    return {name: value for name, usual in USUAL.items() if (value := getattr(leg, name)) != usual}


def _legs_of(connection: Connection, source: str, calls: list[str]) -> dict[str, list[Leg]]:
    rows = connection.execute(
        select(hub.call_leg.c.call_key, hub.call_leg.c.leg).where(
            hub.call_leg.c.source == source, hub.call_leg.c.call_key.in_(calls)
        )
    )
    legs: dict[str, list[Leg]] = defaultdict(list)
    for call_key, leg in rows:
        legs[call_key].append(msgspec.convert(leg, Leg))
    return legs


def _set_aside(connection: Connection, stream: str, row: BadRow) -> None:
    error = Misunderstood(
        _("Журнал звонков, {file}, место {offset}").format(file=row.file, offset=row.offset),
        found=row.reason,
        expected=_("запись о звонке, какие пишет эта АТС"),
        next_step=_("посмотрите строку командой provodka quarantine show"),
        code="bad_cdr_row",
    )
    quarantine.set_aside(connection, stream, f"{row.file}:{row.offset}", {"raw": row.raw}, error)
