"""One page of a PBX's log, in one transaction: legs, calls, interactions, cursor."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, replace
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, select

from provodka.connectors.crm_store import cursors, journal, quarantine
from provodka.connectors.crm_store.merge import merge
from provodka.connectors.crm_store.tables import hub
from provodka.connectors.telephony.asterisk_csv import BadRow, CdrPage, CdrPosition, Leg, read_page
from provodka.flows.calls.storing import store_calls
from provodka.flows.settings import AsteriskLog
from provodka.flows.work import Later, Work, later_of
from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _

__all__ = ["pull_calls"]


def pull_calls(work: Work, source: AsteriskLog) -> Counter[str]:
    """Read a log to its end; counts `calls`, `legs`, `set_aside`, `gaps`.

    Each page is one transaction. Reading the same rows twice changes nothing.
    """
    counts: Counter[str] = Counter()
    stream = f"calls:{source.name}"
    with work.begin() as connection:
        kept = cursors.read(connection, stream)
    position = CdrPosition.from_json(json.dumps(kept)) if kept else None
    while True:
        page = read_page(source.path, position, zone=ZoneInfo(source.zone))
        if page.empty:
            return counts
        with work.begin() as connection:
            counts += _take(connection, source, stream, _without(page, stream, later_of(work)))
        position = page.position


def _without(page: CdrPage, stream: str, later: Later) -> CdrPage:
    """A page without what a run must pass over."""
    if not later:
        return page
    legs = [leg for leg in page.legs if ("call", leg.linkedid) not in later]
    bad = [row for row in page.bad if (stream, f"{row.file}:{row.offset}") not in later]
    return replace(page, legs=legs, bad=bad)


def _take(connection: Connection, source: AsteriskLog, stream: str, page: CdrPage) -> Counter[str]:
    journal.attribute(connection, "telephony")
    touched = _store_legs(connection, source.name, page.legs)
    changed = store_calls(connection, source, _legs_of(connection, source.name, touched))
    for row in page.bad:
        _set_aside(connection, stream, row)
    if page.position is not None:
        cursors.move(connection, stream, json.loads(page.position.to_json()))
    return Counter(legs=len(page.legs), calls=changed, set_aside=len(page.bad), gaps=int(page.gap))


def _store_legs(connection: Connection, source: str, legs: Iterable[Leg]) -> list[str]:
    """Keep the legs; returns the calls that they belong to."""
    rows = {
        "\x1f".join(leg.key): (source, "\x1f".join(leg.key), leg.linkedid, asdict(leg))
        for leg in legs
    }
    columns = ("source", "leg_key", "call_key", "leg")
    merge(connection, hub.call_leg, columns, rows.values(), key=("source", "leg_key"))
    return sorted({call_key for _source, _key, call_key, _leg in rows.values()})


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
        _("Журнал звонков, файл {file}, байт {offset}").format(file=row.file, offset=row.offset),
        found=row.reason,
        expected=_("строка Master.csv одной из известных раскладок"),
        next_step=_("посмотрите строку командой provodka quarantine show"),
        code="bad_cdr_row",
    )
    quarantine.set_aside(connection, stream, f"{row.file}:{row.offset}", {"raw": row.raw}, error)
