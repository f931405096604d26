"""History in windows: nothing twice, nothing lost, live sync goes on in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection
from tests.e2e.company import Company, run
from tests.e2e.neighbours import INVOICES, Neighbours

from provodka.connectors.crm_store import backfills, locks
from provodka.connectors.onec.odata.client import ODataBase
from provodka.flows.hub import Hub
from provodka.flows.onec.backfill.pausing import Pause
from provodka.flows.onec.backfill.running import Request, backfill
from provodka.flows.onec.backfill.windows import Size, Window, cut
from provodka.flows.onec.following.guarding import TooManyDeletions, trusting
from provodka.flows.onec.pulling import TAKING
from provodka.flows.onec.turns import Turns

YEARS = 100
Sleep = Callable[[float], None]


@pytest.fixture(scope="module", autouse=True)
def years(company: Company, sandbox: Neighbours) -> None:
    """Years of invoices in 1C, one every ten days, none of them here."""
    sandbox.bulk(YEARS)
    for place, row in enumerate(sandbox.rows(INVOICES)):
        day = date(2022, 1, 10) + timedelta(days=10 * place)
        sandbox.patch(INVOICES, row["Ref_Key"], Date=f"{day}T12:00:00")


@pytest.fixture
def whole(hub: Hub, company: Company, sandbox: Neighbours) -> tuple[Window, ...]:
    """Windows over all of it; the store has forgotten everything before."""
    for table in ("hub.backfill_window", "crm.invoice_lines", "crm.invoice"):
        company.execute(f"DELETE FROM {table}", origin="onec")
    company.execute("DELETE FROM hub.binding WHERE kind = 'invoice'")
    company.execute("DELETE FROM hub.cursor WHERE stream = 'onec:invoice'")
    dates = sorted(row["Date"][:10] for row in sandbox.rows(INVOICES))
    first, last = (date.fromisoformat(dates[place]) for place in (0, -1))
    return tuple(cut(first, last + timedelta(days=1), Size.parse("6mo")))


def asked(windows: tuple[Window, ...], **how: Any) -> Request:
    return Request("invoice", windows, **how)


def read(hub: Hub, windows: tuple[Window, ...], **how: Any) -> Counter[str]:
    return backfill(hub, asked(windows, **how))


def numbers(company: Company) -> list[str]:
    return [row.number for row in company.rows("SELECT number FROM crm.invoice ORDER BY 1")]


def theirs(sandbox: Neighbours) -> list[str]:
    return sorted(row["Number"].strip() for row in sandbox.rows(INVOICES))


def windows_done(company: Company) -> list[Any]:
    return company.rows("SELECT * FROM hub.backfill_window WHERE done_at IS NOT NULL")


class Killed(BaseException):
    """The process is gone."""


def dying(monkeypatch: pytest.MonkeyPatch, page: int, *, committed: bool) -> None:
    """The hub dies at a page: before its transaction is committed, or right after."""
    take, seen = Turns.take, Counter[str]()

    def mortal(turns: Turns, rows: Any, at: datetime, noted: Any) -> Counter[str]:
        seen["pages"] += 1

        def dies(connection: Connection, counts: Counter[str]) -> None:
            noted(connection, counts)
            if seen["pages"] == page and not committed:
                raise Killed

        counts = take(turns, rows, at, dies)
        if seen["pages"] == page:
            raise Killed
        return counts

    monkeypatch.setattr(Turns, "take", mortal)


@pytest.fixture
def small_pages(hub: Hub) -> Iterator[Hub]:
    """The hub, its pages of a few documents."""
    base = hub.require_base()
    few = replace(base.settings, page_bytes=12_000, max_answer_bytes=24_000)
    with ODataBase(few) as other:
        yield replace(hub, base=other)


def test_every_document_comes_once_the_newest_window_first(
    hub: Hub, company: Company, sandbox: Neighbours, whole: tuple[Window, ...]
) -> None:
    heard: list[Window] = []
    counts = backfill(hub, asked(whole), heard=lambda window, _counts: heard.append(window))
    assert numbers(company) == theirs(sandbox)
    assert counts["new"] == counts["read"] == len(theirs(sandbox))
    assert heard == sorted(whole, reverse=True)
    assert len(whole) > 3


def test_what_is_done_is_not_read_again_unless_told_to(
    hub: Hub, company: Company, whole: tuple[Window, ...]
) -> None:
    read(hub, whole)
    before = numbers(company)
    assert read(hub, whole) == Counter()
    again = read(hub, whole, again=True)
    assert (again["new"], again["changed"], again["read"]) == (0, 0, len(before))
    assert numbers(company) == before


@pytest.mark.parametrize(("page", "committed"), [(1, False), (2, True), (2, False), (7, True)])
def test_a_hub_killed_in_a_window_goes_on_there_and_doubles_nothing(
    small_pages: Hub, company: Company, sandbox: Neighbours, whole: tuple[Window, ...],
    monkeypatch: pytest.MonkeyPatch, page: int, committed: bool,
) -> None:  # fmt: skip
    with monkeypatch.context() as patched:
        dying(patched, page, committed=committed)
        with pytest.raises(Killed):
            read(small_pages, whole)
    stored = len(numbers(company))
    rest = read(small_pages, whole)
    assert numbers(company) == theirs(sandbox)
    assert rest["new"] == len(theirs(sandbox)) - stored
    assert rest["read"] == rest["new"], "what was stored is not read again"
    assert sum(row.counts["new"] for row in windows_done(company)) == len(theirs(sandbox))


def test_a_hub_killed_between_windows_reads_the_others_only(
    hub: Hub, company: Company, sandbox: Neighbours, whole: tuple[Window, ...]
) -> None:
    def dies(_window: Window, _counts: Counter[str]) -> None:
        if len(windows_done(company)) == 2:
            raise Killed

    with pytest.raises(Killed):
        backfill(hub, asked(whole), heard=dies)
    assert read(hub, whole)["windows"] == len(whole) - 2
    assert numbers(company) == theirs(sandbox)


def test_live_sync_takes_its_turn_between_pages(
    small_pages: Hub, company: Company, sandbox: Neighbours, whole: tuple[Window, ...]
) -> None:
    live: list[Counter[str]] = []

    def syncing(_seconds: float) -> None:
        with locks.alone(company.engine, TAKING) as free:
            assert free, "between pages the turn is anybody's"
        if len(live) < 2:
            sandbox.bulk(1)
            live.append(run(small_pages, "accounting"))

    backfill(small_pages, asked(whole, pause=Pause(seconds=1)), sleep=syncing)
    assert [one["new"] for one in live] == [1, 1], "new papers do not wait for history"
    assert numbers(company) == theirs(sandbox)


def test_when_the_windows_are_done_the_comparison_sees_to_the_rest(
    hub: Hub, company: Company, sandbox: Neighbours, whole: tuple[Window, ...]
) -> None:
    newest = whole[:2]
    read(hub, newest)
    few = len(numbers(company))
    assert 0 < few < len(theirs(sandbox))
    run(replace(hub, clock=lambda: datetime.now(UTC) + timedelta(days=2)), "accounting")
    assert numbers(company) == theirs(sandbox)


def test_a_window_read_with_an_older_mapping_is_read_again(
    hub: Hub, company: Company, whole: tuple[Window, ...]
) -> None:
    read(hub, whole)
    company.execute("UPDATE hub.backfill_window SET mapping_version = 'older'")
    assert read(hub, whole)["windows"] == len(whole)


def test_the_hours_of_the_base_are_waited_for(
    hub: Hub, company: Company, whole: tuple[Window, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = [timedelta(minutes=5), timedelta(seconds=20)]
    slept: list[float] = []
    monkeypatch.setattr(
        ODataBase, "wait_for_hours", lambda *_given: closed[0] if closed else timedelta(0)
    )

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        closed.pop(0)

    backfill(hub, asked(whole[:1]), sleep=sleep)
    assert slept == [60.0, 20.0]


def test_reading_stops_when_the_hours_end_and_goes_on_where_it_was(
    small_pages: Hub, company: Company, sandbox: Neighbours, whole: tuple[Window, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    minutes: Iterator[int] = iter([0, 0, 9, 9, 0] + [0] * 1000)
    monkeypatch.setattr(
        ODataBase, "wait_for_hours", lambda *_given: timedelta(minutes=next(minutes))
    )
    slept: list[float] = []
    together = Window(whole[-1].since, whole[0].until)
    counts = backfill(small_pages, asked((together,)), sleep=slept.append)
    assert slept == [60.0]
    assert counts["new"] == counts["read"] == len(theirs(sandbox))


def test_too_many_deletions_leave_their_window_undone_until_they_are_allowed(
    hub: Hub, company: Company, sandbox: Neighbours, whole: tuple[Window, ...]
) -> None:
    read(hub, whole)
    assert hub.settings.onec
    onec = hub.settings.onec.model_copy(update={"deletes_max": 1, "deletes_max_share": 0})
    strict = replace(hub, settings=hub.settings.model_copy(update={"onec": onec}))
    rows = sorted(sandbox.rows(INVOICES), key=lambda row: row["Date"])[:3]
    for row in rows:
        sandbox.patch(INVOICES, row["Ref_Key"], DeletionMark=True)
    company.execute("UPDATE hub.backfill_window SET done_at = NULL, place = NULL")
    with pytest.raises(TooManyDeletions):
        read(strict, whole)
    living = "SELECT count(*) FROM crm.invoice WHERE deleted_at IS NOT NULL"
    assert company.value(living) == 0
    assert len(windows_done(company)) == len(whole) - 1
    read(trusting(strict), whole)
    assert company.value(living) == 3
    assert len(windows_done(company)) == len(whole)
    for row in rows:
        sandbox.patch(INVOICES, row["Ref_Key"], DeletionMark=False)


def test_progress_is_kept_page_by_page(
    small_pages: Hub, company: Company, whole: tuple[Window, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    dying(monkeypatch, 3, committed=True)
    with pytest.raises(Killed):
        read(small_pages, whole)
    with company.engine.connect() as connection:
        begun = [one for one in backfills.listed(connection, "onec:invoice") if one["place"]]
    assert sum(one["counts"]["read"] for one in begun) == len(numbers(company))
