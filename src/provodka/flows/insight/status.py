"""How the hub is doing: systems, runs, lag of each reader, what waits and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, text

from provodka.connectors.crm_store import cursors, errands, runs
from provodka.connectors.crm_store.errands import Held
from provodka.connectors.crm_store.parked import Standing, listed
from provodka.connectors.crm_store.retention import Overdue
from provodka.connectors.crm_store.tables.hub import conflict, outbox, parked, quarantine
from provodka.dashboards.insight.arrivals import NOTHING, Arrivals, arrivals
from provodka.flows.hub import Hub
from provodka.flows.insight.readers import Reader, months_held, readers_of
from provodka.flows.onec.exchange.place import STREAM as EXCHANGE
from provodka.flows.onec.exchange.place import told
from provodka.flows.onec.following.choosing import STREAM, remembered
from provodka.flows.settings import HubSettings
from provodka.flows.triggers.failing import read_health

__all__ = [
    "DisabledRule",
    "Queue",
    "RunLine",
    "Status",
    "System",
    "Waiting",
    "status",
    "systems_of",
]

MOST_OVERDUE = 50


@dataclass(frozen=True, slots=True)
class System:
    """A configured neighbour: where it is, what waits for it, when it last took something.

    `trouble` is what stands in the way of the oldest errand under way, if anything does;
    `changes` tells how changes in it are found, once that has been chosen.
    """

    name: str
    address: str
    waiting: int = 0
    last_delivery: datetime | None = None
    trouble: str = ""
    changes: str = ""


@dataclass(frozen=True, slots=True)
class RunLine:
    """The latest run of a flow."""

    flow: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    counts: Mapping[str, int]
    note: str


@dataclass(frozen=True, slots=True)
class Queue:
    """Errands of one target in one state."""

    target: str
    state: str
    count: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """Documents of one stream that wait, under one code (a reason, or the kind of a parent)."""

    stream: str
    code: str
    count: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class DisabledRule:
    """A rule that failed too often in a row and was switched off; `found` is what it said last."""

    rule: str
    version: str
    failures: int
    disabled_at: datetime
    found: str


@dataclass(frozen=True, slots=True)
class Status:
    """Everything at one moment; `last_delta` is the time of the newest change."""

    at: datetime
    company: str
    systems: tuple[System, ...]
    runs: tuple[RunLine, ...]
    last_delta: datetime | None
    readers: tuple[Reader, ...]
    outbox: tuple[Queue, ...]
    quarantine: tuple[Waiting, ...]
    parked: tuple[Waiting, ...]
    conflicts: tuple[Waiting, ...]
    overdue: tuple[Standing, ...] = ()
    workers: tuple[Held, ...] = ()
    disabled_rules: tuple[DisabledRule, ...] = ()
    inbox: Arrivals = NOTHING
    journal_held: Overdue | None = None


def status(hub: Hub) -> Status:
    """Ask the store; no outside system is touched."""
    with hub.engine.connect() as connection:
        now = hub.clock()
        return Status(
            at=now,
            company=hub.settings.company.name,
            systems=systems_of(connection, hub.settings),
            runs=tuple(_run(row) for row in runs.last(connection)),
            last_delta=_last_delta(connection),
            readers=readers_of(connection, now),
            outbox=_outbox(connection),
            workers=tuple(errands.workers(connection)),
            disabled_rules=_disabled(connection),
            inbox=arrivals(connection, now),
            journal_held=months_held(connection, hub.settings),
            quarantine=_grouped(
                connection,
                (quarantine.c.stream, quarantine.c.code, quarantine.c.first_seen),
                quarantine.c.state == "open",
            ),
            parked=_grouped(
                connection, (parked.c.stream, parked.c.waits_for_kind, parked.c.since), None
            ),
            overdue=_overdue(connection, now, hub.settings.streams.parked_days),
            conflicts=_grouped(
                connection,
                (conflict.c.stream, conflict.c.kind, conflict.c.seen_at),
                conflict.c.resolved_at.is_(None),
            ),
        )


def _disabled(connection: Connection) -> tuple[DisabledRule, ...]:
    return tuple(
        DisabledRule(name, one.version, one.failures, one.disabled_at, one.trouble["found"])
        for name, one in read_health(connection).items()
        if one.disabled_at is not None
    )


def _overdue(connection: Connection, now: datetime, days: int) -> tuple[Standing, ...]:
    return tuple(listed(connection, before=now - timedelta(days=days), limit=MOST_OVERDUE))


def systems_of(connection: Connection, settings: HubSettings) -> tuple[System, ...]:
    """The configured neighbours, each found by indexes alone, however long the outbox is."""
    found = []
    if settings.onec:
        base = _target(connection, "onec", settings.onec.url)
        found.append(replace(base, changes=_changes(connection, settings.onec.protocol)))
    if settings.mail:
        smtp = settings.mail.smtp
        found.append(_target(connection, "mail", f"{smtp.host}:{smtp.port}"))
    pbxes = (System(f"calls:{pbx.name}", pbx.address) for pbx in settings.telephony)
    return (*found, *pbxes)


def _changes(connection: Connection, protocol: str) -> str:
    if protocol == "odata":
        return remembered(cursors.read(connection, STREAM))
    return told(cursors.read(connection, EXCHANGE))


def _target(connection: Connection, name: str, address: str) -> System:
    row = connection.execute(
        text(
            "SELECT (SELECT count(*) FROM hub.outbox WHERE target = :name AND state IN"
            "  ('waiting', 'sending', 'unsure')) AS waiting,"
            " (SELECT settled_at FROM hub.outbox WHERE target = :name AND settled_at IS NOT NULL"
            "  AND state IN ('delivered', 'flagged') ORDER BY settled_at DESC LIMIT 1) AS last,"
            " (SELECT trouble->>'found' FROM hub.outbox WHERE target = :name"
            "  AND trouble IS NOT NULL AND state IN ('waiting', 'sending', 'unsure')"
            "  ORDER BY id LIMIT 1) AS trouble"
        ),
        {"name": name},
    ).one()
    return System(name, address, row.waiting, row.last, row.trouble or "")


def _run(row: Mapping[str, Any]) -> RunLine:
    return RunLine(
        row["flow"],
        row["state"],
        row["started_at"],
        row["finished_at"],
        row["counts"] or {},
        row["note"] or "",
    )


def _last_delta(connection: Connection) -> datetime | None:
    latest: datetime | None = connection.execute(
        text("SELECT at FROM hub.delta ORDER BY xid DESC, id DESC LIMIT 1")
    ).scalar()
    return latest


def _outbox(connection: Connection) -> tuple[Queue, ...]:
    rows: Any = connection.execute(
        select(outbox.c.target, outbox.c.state, func.count(), func.min(outbox.c.created_at))
        .group_by(outbox.c.target, outbox.c.state)
        .order_by(outbox.c.target, outbox.c.state)
    )
    return tuple(Queue(*row) for row in rows)


def _grouped(connection: Connection, columns: Any, condition: Any) -> tuple[Waiting, ...]:
    stream, code, since = columns
    query = select(stream, code, func.count(), func.min(since)).group_by(stream, code)
    if condition is not None:
        query = query.where(condition)
    rows: Any = connection.execute(query.order_by(stream, code))
    return tuple(Waiting(*row) for row in rows)
