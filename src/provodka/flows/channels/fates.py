"""What has become of messages that gateways have taken: asked ever less often, for three days."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select

from provodka.connectors.channel import Channel, Fate, Told
from provodka.connectors.crm_store import journal
from provodka.connectors.crm_store.tables.outward import dispatch
from provodka.connectors.crm_store.tables.talk import message

__all__ = ["ask_fates", "next_question"]

AT_ONCE = 200
PATIENCE = (
    (timedelta(minutes=2), timedelta(seconds=30)),
    (timedelta(hours=1), timedelta(minutes=5)),
    (timedelta(days=1), timedelta(hours=1)),
    (timedelta(days=3), timedelta(hours=6)),
)
"""While a message is younger than this, it is asked about this often."""
STATUS = {
    Fate.DELIVERED: "delivered",
    Fate.READ: "delivered",
    Fate.UNDELIVERED: "failed",
    Fate.EXPIRED: "failed",
}


def next_question(told: Told, accepted_at: datetime, now: datetime) -> datetime | None:
    """When to ask again; None when there is nothing more to learn."""
    if told.fate.final:
        return None
    age = now - accepted_at
    pause = next((pause for until, pause in PATIENCE if age < until), None)
    return now + pause if pause else None


def ask_fates(engine: Engine, target: str, channel: Channel[Any], now: datetime) -> Counter[str]:
    """Ask about every message that is due; counts `asked`, `told`.

    Each answer is kept by itself. Raises what `Channel.ask` does.
    """
    counts: Counter[str] = Counter()
    if not channel.tells_fate:
        return counts
    for row in _due(engine, target, now):
        told = channel.ask(row.external_id, row.recipient)
        _keep(engine, row, told, now)
        counts.update(asked=1, told=int(told.fate.value != row.state))
    return counts


def _due(engine: Engine, target: str, now: datetime) -> list[Any]:
    query = (
        select(dispatch, message.c.recipient)
        .join(message, message.c.id == dispatch.c.message)
        .where(dispatch.c.channel == target, dispatch.c.ask_at <= now)
        .order_by(dispatch.c.ask_at)
        .limit(AT_ONCE)
    )
    with engine.connect() as connection:
        return list(connection.execute(query))


def _keep(engine: Engine, row: Any, told: Told, now: datetime) -> None:
    values: dict[str, Any] = {
        "state": told.fate.value,
        "reason": told.reason or None,
        "told_at": now,
        "ask_at": next_question(told, row.accepted_at, now),
    }
    if told.cost is not None:
        values["cost"] = told.cost
    with engine.begin() as connection:
        journal.attribute(connection, row.channel)
        mine = dispatch.update().where(dispatch.c.message == row.message)
        connection.execute(mine.values(values))
        if told.fate in STATUS:
            connection.execute(_message(row, told, now))


def _message(row: Any, told: Told, now: datetime) -> Any:
    """The message says the same; whoever has read it has also got it."""
    values: dict[str, Any] = {"status": STATUS[told.fate]}
    if values["status"] == "delivered":
        values["delivered_at"] = told.at or now
    if told.fate is Fate.READ:
        values["read_at"] = told.at or now
    return message.update().where(message.c.id == row.message).values(values)
