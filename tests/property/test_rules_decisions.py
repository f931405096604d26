"""Properties of rules that hold for any amounts, times and histories."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from provodka.connectors.crm_store.journal import Delta
from provodka.foundation.money import kopecks
from provodka.trigger_rules.calendar import WorkingCalendar
from provodka.trigger_rules.changes import net_changes, whole_transactions
from provodka.trigger_rules.conditions import Expression
from provodka.trigger_rules.events import events_of
from provodka.trigger_rules.schema import roots

CALENDAR = WorkingCalendar()
MOMENTS = st.datetimes(
    datetime(2020, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC)  # noqa: DTZ001
)  # fmt: skip
SUMS = st.decimals(0, 10**9, places=2)
NAMES = roots("proposal", ("one", "won", "lost"))


@given(MOMENTS, st.integers(1, 60))
def test_a_term_in_days_falls_on_a_working_day_after_as_many(at: datetime, days: int) -> None:
    due = CALENDAR.add_working_days(at, days).at
    first = at.astimezone(CALENDAR.zone).date() + timedelta(days=1)
    between = (first + timedelta(days=n) for n in range((due.date() - first).days + 1))
    assert sum(CALENDAR.is_working(day) for day in between) == days
    assert CALENDAR.is_working(due.date())
    assert due > at


@given(MOMENTS, st.integers(1, 10_000), st.integers(1, 10_000))
def test_working_time_adds_up(at: datetime, first: int, second: int) -> None:
    one, two = timedelta(minutes=first), timedelta(minutes=second)
    at_once = CALENDAR.add_working_time(at, one + two).at
    assert CALENDAR.add_working_time(CALENDAR.add_working_time(at, one).at, two).at == at_once
    hours = CALENDAR.hours(at_once.date())
    assert hours is not None
    assert hours[0] <= at_once <= hours[1]


@given(st.dates(date(2018, 1, 1), date(2027, 12, 31)))
def test_there_is_rest_in_every_eight_days_and_work_in_every_fifty(day: date) -> None:
    works = [CALENDAR.is_working(day + timedelta(days=n)) for n in range(50)]
    assert not all(works[:8])
    assert any(works)


@given(SUMS, SUMS)
def test_conditions_compare_money_exactly(amount: Decimal, limit: Decimal) -> None:
    facts = {"proposal": {"amount": amount}}
    assert Expression(f"proposal.amount > {limit}", NAMES).holds(facts) is (amount > limit)
    assert Expression(f"proposal.amount == {limit}", NAMES).holds(facts) is (amount == limit)
    assert kopecks(Expression("proposal.amount", NAMES).value(facts)) == amount


@given(st.lists(st.tuples(SUMS, SUMS, st.booleans()), min_size=2, max_size=8))
def test_an_invoice_becomes_paid_exactly_when_the_sum_is_reached(
    history: list[tuple[Decimal, Decimal, bool]],
) -> None:
    def full(state: tuple[Decimal, Decimal, bool]) -> bool:
        return 0 < state[0] <= state[1]

    for number, (before, after) in enumerate(pairwise(history)):
        [name] = [
            [event.name for event in events_of(change, {})]
            for change in net_changes([_delta(number, before, after)])
        ]
        assert ("invoice_paid" in name) is (full(after) and not full(before))
        assert not {"invoice_paid", "invoice_partly_paid"} <= set(name)
        assert ("invoice_posted" in name) is (after[2] and not before[2])
        assert ("invoice_unposted" in name) is (before[2] and not after[2])


@given(st.lists(st.integers(1, 4), min_size=1, max_size=30), st.integers(1, 30))
def test_pages_never_cut_a_transaction_that_fits(sizes: list[int], limit: int) -> None:
    journal = [xid for xid, size in enumerate(sizes) for _row in range(size)]
    deltas = [_delta(number, None, None, xid) for number, xid in enumerate(journal)]
    read: list[int] = []
    while len(read) < len(deltas):
        whole = whole_transactions(deltas[len(read) :][:limit], limit)
        assert whole
        read += [one.id for one in whole]
        size = sizes[whole[-1].xid]
        if size < limit:
            assert len(read) == len(deltas) or deltas[len(read)].xid != whole[-1].xid
    assert read == [one.id for one in deltas]


def _delta(number: int, before: Any, after: Any, xid: int = 1) -> Delta:
    def row(state: Any) -> dict[str, Any] | None:
        if state is None:
            return None
        amount, paid, posted = state
        return {"amount": amount, "paid_amount": paid, "shipped_amount": 0, "posted": posted}

    return Delta(
        id=number, xid=xid, at=datetime(2026, 1, 1, tzinfo=UTC), kind="invoice",
        document=UUID(int=1), part="", op="update", before=row(before), after=row(after),
        origin="person:x", cause=None, depth=0,
    )  # fmt: skip
