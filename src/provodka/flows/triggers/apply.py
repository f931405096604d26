"""The rules' stream: journal → events → effects, one transaction a page, safe to kill anywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine

from provodka.connectors.crm_store import cursors, journal
from provodka.connectors.crm_store.journal import Delta, Position
from provodka.flows.triggers.publishing import LOCK, NOBODY_AT_WORK, TRY_LOCK, in_force
from provodka.flows.triggers.setting_aside import STREAM
from provodka.flows.triggers.standing_now import StandingNow
from provodka.flows.triggers.step import Step
from provodka.flows.triggers.unplanned import all_without
from provodka.flows.triggers.waits import apply_due
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.calendar import WorkingCalendar
from provodka.trigger_rules.changes import whole_transactions
from provodka.trigger_rules.planned import PLANNED_KINDS

__all__ = ["STREAM", "apply_deltas", "apply_triggers", "ensure_planned"]

PAGE = 500


def apply_triggers(
    engine: Engine,
    book: RuleBook,
    calendar: WorkingCalendar,
    now: datetime,
    *,
    page: int = PAGE,
    approved: bool = False,
    leave_to_others: bool = False,
) -> Counter[str]:
    """Apply the rules to everything new in the journal, the rules' own effects included.

    Of `approved` rules each page takes the versions that people have put in force by then,
    otherwise the book as it is.

    Counts `deltas`, `events`, `effects`, `planned` (next steps added), `set_aside` and `disabled`
    (rules that failed too often). One runner at a time; each page's effects, letters and cursor
    are one transaction. With `leave_to_others`, what another process is at already is left to
    it: it ends only when it has read everything. A fast lane is at it as long as it lives, unless
    it has not moved for a minute.
    """
    counts: Counter[str] = Counter()
    with engine.connect() as connection:
        more = True
        while more:
            with connection.begin():
                if not _turn(connection, leave_to_others):
                    break
                rules = in_force(connection, book) if approved else book
                more = _apply_some(connection, rules, calendar, now, counts, page)
    return counts


def _turn(connection: Connection, leave_to_others: bool) -> bool:
    """Take the stream's turn, waiting for it if it is not to be left to others."""
    if not leave_to_others:
        connection.execute(LOCK)
        return True
    nobody = bool(connection.execute(NOBODY_AT_WORK).scalar())
    return nobody and bool(connection.execute(TRY_LOCK).scalar())


def ensure_planned(
    engine: Engine, book: RuleBook, calendar: WorkingCalendar, now: datetime
) -> Counter[str]:
    """Plan a next step for every open deal that has none; counts `planned`.

    A deal with changes that the rules have not read yet is left to them. The stream is stopped for
    it only if there is such a deal: all open deals are looked at.
    """
    counts: Counter[str] = Counter()
    with engine.connect() as connection:
        more = bool(all_without(connection, book, _place(connection), 1))
    while more:
        with engine.begin() as connection:
            connection.execute(LOCK)
            step = Step(connection, book, calendar, now, counts)
            found = all_without(connection, book, _place(connection), PAGE)
            step.surround((), found)
            planned = step.plan(dict.fromkeys(found))
            more = bool(planned) and len(found) == PAGE
    return counts


def _place(connection: Connection) -> Position | None:
    return Position.from_json(cursors.read(connection, STREAM))


def apply_deltas(
    connection: Connection,
    book: RuleBook,
    calendar: WorkingCalendar,
    now: datetime,
    deltas: Sequence[Delta],
    *,
    approved: bool = False,
) -> Counter[str]:
    """Apply the rules to these deltas in the caller's transaction; repeats are harmless.

    This is also how a delta that was set aside is tried again, by switched off rules too.
    """
    counts: Counter[str] = Counter()
    connection.execute(LOCK)
    rules = in_force(connection, book) if approved else book
    Step(connection, rules, calendar, now, counts, all_rules=True).run(deltas)
    return counts


def _apply_some(
    connection: Connection,
    book: RuleBook,
    calendar: WorkingCalendar,
    now: datetime,
    counts: Counter[str],
    page: int,
) -> bool:
    """Handle one page, or what is due if there is nothing new; whether there may be more."""
    standing = StandingNow.read(connection)
    waits = standing.due is not None
    step = Step(connection, book, calendar, now, counts, healthy=not standing.failing, waits=waits)
    wrote = counts["effects"] + counts["planned"]
    full = _apply_page(step, standing, page)
    if full or counts["effects"] + counts["planned"] > wrote:
        return True
    return waits and apply_due(step, page)


def _apply_page(step: Step, standing: StandingNow, page: int) -> bool:
    """Handle one page and move the cursor; whether the page was full."""
    connection, book = step.connection, step.book
    kinds = sorted(book.kinds | PLANNED_KINDS)
    deltas = journal.read_deltas(connection, standing.place, page, kinds)
    whole = whole_transactions(deltas, page)
    step.run(whole)
    full = len(deltas) == page
    ends = (whole[-1].position if whole else None, None if full else standing.end)
    reached = max((one for one in ends if one), default=None)
    if reached and (standing.place is None or reached > standing.place):
        cursors.move(connection, STREAM, reached.to_json())
    return full
