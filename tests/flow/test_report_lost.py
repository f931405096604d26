"""Lost clients, ABC and XYZ of real purchases, counted again by pandas apart from the product."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from sqlalchemy import Engine, text
from tests.flow.history_books import cdnow, cdnow_file, load, own_store, rows, write

from provodka.connectors.crm_store import journal
from provodka.dashboards.reports.catalog import run
from provodka.dashboards.reports.lost_clients_kept import rebuild, verify
from provodka.dashboards.results import MOSCOW, Ratio, ReportQuery, ReportResult
from provodka.flows.reports import rebuild_reports, refresh_reports
from provodka.foundation.errors import ConfigurationError

WINDOWS = (("1997-04-01", "1997-05-01"), ("1997-07-01", "1998-01-01"), ("1998-01-01", "1998-07-01"))
OTHER = ZoneInfo("Europe/Kaliningrad")
SPELLS = "SELECT * FROM report.buying_spell ORDER BY scope, owner, spell"
ORDERS = "client client_kind ordered_at completed_at item item_kind quantity amount status"


def moment(said: str, zone: ZoneInfo = MOSCOW) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=zone)


@pytest.fixture(scope="module")
def shop(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with own_store(server, template) as engine:
        load(engine, "orders", cdnow_file(tmp_path_factory.mktemp("cdnow")))
        refresh_reports(engine)
        yield engine


def report(engine: Engine, name: str, since: str, until: str, **asked: Any) -> ReportResult:
    with engine.connect() as connection:
        query = ReportQuery(moment(since), moment(until), **asked)
        return run(connection, name, query)


def purchases() -> pd.DataFrame:
    frame = pd.DataFrame(cdnow(), columns=["client", "on", "count", "sum"])
    frame["on"] = pd.to_datetime(frame["on"], format="%Y%m%d")
    frame["sum"] = frame["sum"].map(Decimal)
    return frame


def lost_by_pandas() -> pd.DataFrame:
    """A row for each loss: who, when last bought, when lost, how often before, when back."""
    found = []
    for who, own in purchases().sort_values("on").groupby("client"):
        days = list(own["on"])
        for place, last in enumerate(days):
            lost = last + pd.DateOffset(months=3)
            later = days[place + 1] if place + 1 < len(days) else None
            if later is None or later > lost:
                found.append((who, last, lost, place + 1, later))
    return pd.DataFrame(found, columns=["client", "last", "lost", "orders", "back"])


def local(at: Any) -> pd.Timestamp | None:
    return None if at is None else pd.Timestamp(at.astimezone(MOSCOW).replace(tzinfo=None))


@pytest.mark.requirement("R102")
@pytest.mark.parametrize(("since", "until"), WINDOWS)
def test_lost_clients_are_those_that_pandas_finds_row_by_row(
    shop: Engine, since: str, until: str
) -> None:
    table = report(shop, "lost_clients", since, until).table("lost_payers")
    keys = [column.key for column in table.columns]
    ours = {
        (
            row[keys.index("client")],
            local(row[keys.index("last_at")]),
            local(row[keys.index("lost_at")]),
            row[keys.index("orders")],
            local(row[keys.index("returned_at")]),
        )
        for row in table.rows
    }
    losses = lost_by_pandas()
    inside = losses[(losses["lost"] >= since) & (losses["lost"] < until)]
    theirs = {
        (one.client, one.last, one.lost, one.orders, None if pd.isna(one.back) else one.back)
        for one in inside.itertuples()
    }
    assert len(table.rows) == len(inside) > 0
    assert ours == theirs


@pytest.mark.requirement("R102")
@pytest.mark.parametrize(("since", "until"), WINDOWS)
def test_the_rate_is_of_those_who_were_active_at_the_start(
    shop: Engine, since: str, until: str
) -> None:
    result = report(shop, "lost_clients", since, until)
    table = result.table("payers")
    [row] = table.rows
    found = dict(zip([column.key for column in table.columns], row, strict=True))
    bought, losses = purchases(), lost_by_pandas()
    inside = losses[(losses["lost"] >= since) & (losses["lost"] < until)]
    before = bought[bought["on"] < since].groupby("client")["on"].max()
    active = int((before + pd.DateOffset(months=3) >= pd.Timestamp(since)).sum())
    first = bought.groupby("client")["on"].min()
    assert found["active_before"] == active
    assert found["lost"] == len(inside)
    assert found["one_time"] == int((inside["orders"] == 1).sum())
    assert found["begun"] == int(((first >= since) & (first < until)).sum())
    back = losses["back"]
    assert found["returned"] == int(((back >= since) & (back < until)).sum())
    assert found["rate"] == Ratio(len(inside), active)
    assert result.trusted


def test_a_day_that_the_last_month_lacks_is_clamped_to_its_end(
    store: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("clamped")
    buys = [("A", "30.11.2025"), ("B", "31.03.2026"), ("C", "30.11.2025"), ("C", "28.02.2026")]
    line = ("ФЛ", "Вода", "вода", 1, "1", "")
    lines = [(who, line[0], on, on, *line[1:]) for who, on in buys]
    load(store, "orders", write(folder / "a.csv", ORDERS, lines))
    refresh_reports(store)
    table = report(store, "lost_clients", "2026-02-01", "2026-08-01").table("lost_payers")
    keys = [column.key for column in table.columns]
    found = [(row[0], local(row[keys.index("lost_at")])) for row in table.rows]
    assert found == [
        ("A", pd.Timestamp("2026-02-28")),
        ("C", pd.Timestamp("2026-05-28")),
        ("B", pd.Timestamp("2026-06-30")),
    ]


def test_what_is_kept_is_what_is_counted_anew_for_another_zone(shop: Engine) -> None:
    since, until = WINDOWS[1]
    kept = report(shop, "lost_clients", since, until).table("payers").rows
    again = report(shop, "lost_clients", since, until, where={"item_kind": "disc"})
    assert again.table("payers").rows == kept
    assert again.trusted
    away = report(shop, "lost_clients", since, until, zone=OTHER)
    assert away.trusted
    nothing = report(shop, "lost_clients", since, until, where={"item_kind": "вода"})
    assert nothing.table("lost_payers").rows == ()


def test_spells_that_follow_the_journal_are_those_that_are_built_anew(
    store: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, bought = tmp_path_factory.mktemp("growing"), cdnow()[:600]
    for part in (bought[:200], bought[:600]):
        load(store, "orders", cdnow_file(folder, part))
        refresh_reports(store)
    with store.begin() as connection:
        journal.attribute(connection, "person:test")
        one = "SELECT id FROM crm.order ORDER BY completed_at, id LIMIT 1 OFFSET "
        for place, change in enumerate(
            ("status = 'cancelled', completed_at = NULL", "deleted_at = now()",
             "completed_at = completed_at + interval '5 months'",
             "client_id = (SELECT id FROM crm.client ORDER BY name LIMIT 1)")
        ):  # fmt: skip
            connection.execute(text(f"UPDATE crm.order SET {change} WHERE id = ({one}{place * 7})"))
    refresh_reports(store)
    followed = rows(store, SPELLS)
    with store.begin() as connection:
        rebuild(connection)
        assert all(check.ok for check in verify(connection))
    assert rows(store, SPELLS) == followed
    assert len(followed) > 100


def test_at_an_earlier_instant_nothing_later_is_known(shop: Engine) -> None:
    at = moment("1997-09-15")
    result = report(shop, "lost_clients", "1997-07-01", "1998-01-01", as_of=at)
    losses = lost_by_pandas()
    known = losses[(losses["lost"] >= "1997-07-01") & (losses["lost"] <= "1997-09-15")]
    assert len(result.table("lost_payers").rows) == len(known)
    assert result.as_of == at
    assert result.trusted


def test_a_future_order_of_a_lost_client_is_flagged(
    store: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("ahead")
    line = ("ФЛ", "Вода", "вода", 1, "1", "")
    done = ("A", line[0], "01.01.2026", "01.01.2026", *line[1:])
    ahead = ("A", line[0], "01.05.2026", "", *line[1:])
    load(store, "orders", write(folder / "a.csv", ORDERS, [done, ahead]))
    refresh_reports(store)
    table = report(store, "lost_clients", "2026-04-01", "2026-06-01").table("lost_payers")
    [row] = table.rows
    assert row[-1] == datetime(2026, 4, 30, 21, tzinfo=UTC)


def abc_by_pandas(since: str, until: str) -> dict[str, tuple[Decimal, str]]:
    bought = purchases()
    inside = bought[(bought["on"] >= since) & (bought["on"] < until)]
    sums = inside.groupby("client")["sum"].agg(lambda own: sum(own, Decimal(0)))
    sums = sums[sums > 0].sort_values(ascending=False)
    whole, ahead, found = sum(sums, Decimal(0)), Decimal(0), {}
    for who, value in sums.items():
        share = ahead / whole
        found[str(who)] = (
            value,
            "A" if share < Decimal("0.8") else "B" if share < Decimal("0.95") else "C",
        )
        ahead += value
    return found


@pytest.mark.requirement("R84", "R112")
def test_abc_is_what_pandas_makes_of_it(shop: Engine) -> None:
    since, until = "1997-07-01", "1998-07-01"
    result = report(shop, "abc_xyz", since, until, by="client")
    theirs = abc_by_pandas(since, until)
    rows = result.table("classes").rows
    ours = {row[0]: (row[1], row[4]) for row in rows}
    assert {who: value for who, (value, _class) in ours.items()} == {
        who: value for who, (value, _class) in theirs.items()
    }
    # Equal sums are ordered by key, which pandas does not know: their classes are compared so.
    assert sorted(ours.values()) == sorted(theirs.values())
    assert result.trusted


def xyz_by_pandas(since: str, until: str, clients: set[str]) -> dict[str, tuple[int, str]]:
    start, end = pd.Timestamp(since), pd.Timestamp(until)
    bought, found = purchases(), {}
    for who, own in bought[bought["client"].isin(clients)].groupby("client"):
        begun = max(own["on"].min(), start)
        edges = [begun]
        while begun + pd.DateOffset(months=len(edges)) <= end:
            edges.append(begun + pd.DateOffset(months=len(edges)))
        months = [
            float(sum(own[(own["on"] >= a) & (own["on"] < b)]["sum"], Decimal(0)))
            for a, b in pairwise(edges)
        ]
        series = pd.Series(months)
        name = ""
        if len(months) >= 6 and series.mean() > 0:
            variation = series.std(ddof=0) / series.mean()
            name = "X" if variation <= 0.1 else "Y" if variation <= 0.25 else "Z"
        found[str(who)] = (len(months), name)
    return found


@pytest.mark.requirement("R84")
def test_xyz_counts_months_from_the_first_purchase_with_the_empty_ones(shop: Engine) -> None:
    since, until = "1997-07-01", "1998-07-01"
    found = report(shop, "abc_xyz", since, until, by="client").table("classes").rows
    some = found[:25] + found[-25:]
    theirs = xyz_by_pandas(since, until, {str(row[0]) for row in some})
    assert {row[0]: (row[5], row[8]) for row in some} == theirs


def test_the_whole_shop_is_one_item_with_even_demand(shop: Engine) -> None:
    [row] = report(shop, "abc_xyz", "1997-07-01", "1998-07-01").table("classes").rows
    assert (row[0], row[4], row[8]) == ("CD", "A", "Y")
    other = report(shop, "abc_xyz", "1997-07-01", "1998-07-01", where={"y": "15"})
    assert other.table("classes").rows[0][8] == "Z"


def test_an_unknown_choice_is_refused(shop: Engine) -> None:
    with pytest.raises(ConfigurationError, match="metric"):
        report(shop, "abc_xyz", "1997-07-01", "1998-07-01", where={"metric": "profit"})


@pytest.mark.parametrize("where", [{"a": "NaN"}, {"x": "-1"}, {"a": "96"}, {"y": "5"}])
def test_thresholds_that_part_nothing_are_refused(shop: Engine, where: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError):
        report(shop, "abc_xyz", "1997-07-01", "1998-07-01", where=where)


def test_a_rebuild_tells_of_spells_that_were_changed_by_hand(shop: Engine) -> None:
    with shop.begin() as connection:
        connection.execute(
            text(
                "UPDATE report.buying_spell SET orders = orders + 1 WHERE (scope, owner, spell) ="
                " (SELECT scope, owner, spell FROM report.buying_spell LIMIT 1)"
            )
        )
    assert rebuild_reports(shop, keep=True).differing["report.buying_spell"] == 2
    assert rebuild_reports(shop, keep=False).same
