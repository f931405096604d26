"""Trying again what the rules had to set aside, once a person has mended its reason."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection

from provodka.connectors.crm_store import journal, quarantine
from provodka.connectors.crm_store.journal import Delta, Position
from provodka.flows.triggers.apply import PAGE, STREAM, apply_deltas
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.calendar import WorkingCalendar

__all__ = ["retry_set_aside"]


def retry_set_aside(
    connection: Connection, book: RuleBook, calendar: WorkingCalendar, now: datetime, key: str
) -> Counter[str]:
    """Apply the rules to one set-aside delta again (`key` is its number) and count as they do.

    What was done the first time stays done once; only what failed is made up for. The entry
    is healed when nothing fails any more.
    """
    delta = journal.delta_by_id(connection, int(key))
    if delta is None:
        return Counter()
    quarantine.heal(connection, STREAM, [key])
    return apply_deltas(connection, book, calendar, now, _with_its_kin(connection, delta))


def _with_its_kin(connection: Connection, delta: Delta) -> list[Delta]:
    """The deltas of the same transaction about the same document, as they were first seen."""
    around = journal.read_deltas(connection, Position(delta.xid, 0), PAGE, [delta.kind])
    kin = [one for one in around if (one.xid, one.document) == (delta.xid, delta.document)]
    return kin if delta in kin else [delta]
