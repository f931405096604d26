"""The whole reader over real HTTP, while an accountant enters and deletes documents."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.contract.onec.opening import QUICK
from tests.contract.sandbox.neighbours import INVOICES, Base, Process

from provodka.connectors.onec.odata.client import ODataBase
from provodka.connectors.onec.odata.filters import Field, Filter, Function
from provodka.connectors.onec.odata.guest import Manners
from provodka.connectors.onec.odata.pages import Page, read_pages
from provodka.connectors.onec.odata.query import Query
from provodka.connectors.onec.odata.settings import OneCSettings

PAGE = 2_000
"""Bytes of a page: a few documents."""

WIDE = ("Ref_Key", "Date", "Number", "Товары")
NARROW = ("Ref_Key", "DataVersion")
hours = st.integers(0, 5)
deeds = st.lists(st.tuples(st.sampled_from(["add", "add", "delete"]), hours), max_size=3)
years = count(1960)


class Ledger:
    """The documents of one year, entered and deleted as an accountant would, past the hub."""

    def __init__(self, base: Base, year: int) -> None:
        self.base, self.year = base, year
        self.keys: list[str] = []
        self.deleted: set[str] = set()

    def add(self, hour: int) -> None:
        body = {"Date": f"{self.year}-05-01T{hour:02}:00:00", "Товары": self.base.draft()["Товары"]}
        made = self.base.http.post(INVOICES, json=body)
        self.keys.append(made.json()["Ref_Key"])

    def delete(self, place: int) -> None:
        left = [key for key in self.keys if key not in self.deleted]
        if left:
            key = left[place % len(left)]
            assert self.base.http.delete(f"{INVOICES}(guid'{key}')").status_code == 204
            self.deleted.add(key)

    def do(self, deed: str, number: int) -> None:
        (self.add if deed == "add" else self.delete)(number)

    @property
    def mine(self) -> Filter:
        """What selects these documents alone."""
        return Function("year", Field("Date")) == self.year


@pytest.fixture(scope="module")
def about(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    process = Process(tmp_path_factory.mktemp("base"), "--no-pbx")
    yield process.about
    process.kill()


@pytest.fixture(scope="module")
def accountant(about: dict[str, Any]) -> Iterator[Base]:
    found = Base(about)
    with closing(found.http):
        yield found


@pytest.fixture(scope="module")
def base(about: dict[str, Any]) -> Iterator[ODataBase]:
    given = OneCSettings(
        about["onec_url"],
        about["onec_login"],
        about["onec_password"],
        page_bytes=PAGE,
        manners=Manners(share=100),
    )
    with ODataBase(given, retries=QUICK) as opened:
        yield opened


def keys_of(pages: list[Page]) -> list[str]:
    return [row["Ref_Key"] for page in pages for row in page.rows]


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    start=st.lists(hours, min_size=6, max_size=16),
    work=st.lists(deeds, min_size=1, max_size=6),
    select=st.sampled_from([WIDE, NARROW]),
)
def test_no_document_is_lost_or_repeated_while_others_are_entered_and_deleted(
    base: ODataBase,
    accountant: Base,
    start: list[int],
    work: list[list[tuple[str, int]]],
    select: tuple[str, ...],
) -> None:
    ledger = Ledger(accountant, next(years))
    for hour in start:
        ledger.add(hour)
    before = set(ledger.keys)
    pages = []
    mine = Query(select=select, filter=ledger.mine)
    for page in read_pages(base._transport, INVOICES, mine, first_rows=3):
        pages.append(page)
        for deed, number in work.pop() if work else []:
            ledger.do(deed, number)
    given = keys_of(pages)
    assert len(pages) > 1
    assert len(given) == len(set(given))
    assert before - ledger.deleted <= set(given)
    assert set(given) <= set(ledger.keys)
