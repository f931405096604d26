"""Reading a set page by page while other people add, delete and re-date its documents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from provodka.connectors.onec.odata.place import Place

BY_DATE = ("Date", "Number")
BY_CODE = ("Code",)
MOST_REQUESTS = 2000

moments = st.integers(0, 5).map(lambda hour: f"2026-11-22T{hour:02}:00:00")
deeds = st.lists(
    st.one_of(
        st.tuples(st.just("add"), moments, st.integers(0, 3)),
        st.tuples(st.just("delete"), st.integers(0, 10_000), st.just(0)),
    ),
    max_size=6,
)


@dataclass
class Set:
    """A published set as a base holds it: rows in order, some entered and deleted meanwhile."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    count: int = 0

    def add(self, date: str, number: int) -> None:
        self.count += 1
        key = str(UUID(int=self.count * 7919 % 104_729))
        self.rows.append(
            {"Ref_Key": key, "Date": date, "Number": str(number), "Code": date + str(number)}
        )
        self.rows.sort(key=lambda row: (row["Date"], row["Number"], row["Ref_Key"]))

    def delete(self, place: int) -> None:
        if self.rows:
            self.removed.add(self.rows.pop(place % len(self.rows))["Ref_Key"])

    def answer(self, floor: str, skip: int, top: int) -> list[dict[str, Any]]:
        assert skip >= 0
        since = [row for row in self.rows if row["Date"] >= floor]
        return [dict(row) for row in since[skip : skip + top]]


def read(
    base: Set, place: Place, size: int, work: list[list[tuple[str, Any, int]]], fields: set[str]
) -> list[str]:
    """All keys that a read gives, in turn, while the work is done between its requests."""
    given: list[str] = []
    for _request in range(MOST_REQUESTS):
        skip, asked = place.ask(size)
        came = base.answer(place.floor, skip, asked)
        new = place.accept([{name: row[name] for name in fields} for row in came])
        for deed, what, number in work.pop() if work else []:
            base.add(what, number) if deed == "add" else base.delete(what)
        if new is None:
            continue
        given += [came[row]["Ref_Key"] for row in new]
        if len(came) < asked:
            return given
    raise AssertionError("the read does not come to an end")


@settings(max_examples=400, deadline=None)
@given(
    start=st.lists(st.tuples(moments, st.integers(0, 3)), max_size=25),
    work=st.lists(deeds, max_size=30),
    size=st.integers(1, 7),
    order=st.sampled_from([BY_DATE, BY_CODE]),
    with_date=st.booleans(),
)
def test_no_row_is_lost_and_none_repeated_whatever_is_added_or_deleted_meanwhile(
    start: list[tuple[str, int]],
    work: list[list[tuple[str, Any, int]]],
    size: int,
    order: tuple[str, ...],
    with_date: bool,
) -> None:
    base = Set()
    for date, number in start:
        base.add(date, number)
    before = {row["Ref_Key"] for row in base.rows}
    fields = {"Ref_Key", *(("Date", "Number") if with_date else ())}
    given = read(base, Place(order), size, work, fields)
    assert len(given) == len(set(given))
    assert before - base.removed <= set(given)


@settings(max_examples=200, deadline=None)
@given(
    start=st.lists(st.tuples(moments, st.integers(0, 3)), min_size=1, max_size=25),
    between=deeds,
    size=st.integers(1, 7),
    stop=st.integers(1, 24),
)
def test_a_read_that_goes_on_after_a_pause_loses_nothing(
    start: list[tuple[str, int]], between: list[tuple[str, Any, int]], size: int, stop: int
) -> None:
    base = Set()
    for date, number in start:
        base.add(date, number)
    before = [row["Ref_Key"] for row in base.rows]
    earlier = before[:stop]
    for deed, what, number in between:
        base.add(what, number) if deed == "add" else base.delete(what)
    place = Place(BY_DATE, skip=len(earlier), after=earlier[-1])
    given = read(base, place, size, [], {"Ref_Key", "Date", "Number"})
    assert set(before) - base.removed <= {*earlier, *given}
    assert len(given) == len(set(given))
    if not between:
        assert given == before[stop:]
