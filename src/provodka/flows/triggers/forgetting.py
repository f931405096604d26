"""How far back rules remember, in months and in what their caps still count."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import Engine

from provodka.connectors.crm_store import rule_memory
from provodka.flows.triggers.clock import LOCK as CLOCK
from provodka.flows.triggers.publishing import LOCK, in_force
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.calendar import WorkingCalendar
from provodka.trigger_rules.moments import before_moment, months_after

__all__ = ["forget_old"]


def forget_old(
    engine: Engine,
    book: RuleBook,
    calendar: WorkingCalendar,
    now: datetime,
    months: int,
    *,
    approved: bool = False,
) -> Counter[str]:
    """Let go of signals, settled waits and firings older than so many months.

    Counts `signals`, `waits` and `firings`. A firing stays as long as its rule's own cap, in the
    file or in the version in force, still counts it.
    """
    counts: Counter[str] = Counter()
    before = months_after(now, -months)
    while True:
        with engine.begin() as connection:
            connection.execute(CLOCK)
            connection.execute(LOCK)
            books = [book, in_force(connection, book)] if approved else [book]
            gone = rule_memory.forget(connection, before, _floors(books, calendar, now))
        if not gone:
            return counts
        counts += gone


def _floors(books: list[RuleBook], calendar: WorkingCalendar, now: datetime) -> dict[str, datetime]:
    """Since when each capped rule's firings count."""
    found: dict[str, datetime] = {}
    for rule in (rule for book in books for rule in book.rules):
        if rule.text.at_most is not None:
            since = before_moment(rule.text.at_most.within, now, calendar).at
            found[rule.name] = min(since, found.get(rule.name, since))
    return found
