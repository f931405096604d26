"""The win rate of a real sales pipeline, counted from its file apart from the product."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path

from sqlalchemy import Engine
from tests.contract.dashboards.conftest import complete
from tests.contract.dashboards.histories import START, History, day, write_deltas, write_scenarios

from provodka.dashboards.reports import stage_visit
from provodka.dashboards.reports.as_of import settle
from provodka.dashboards.reports.funnel import compute_funnel
from provodka.dashboards.results import Ratio, ReportQuery

FILE = Path(__file__).parents[2] / "data" / "dashboards" / "sales_pipeline_sample.csv"
ENDS = {"Won": "won", "Lost": "lost"}


def when(written: str) -> int:
    """Days from the tests' first day to a day of the file."""
    return (date.fromisoformat(written) - START.date()).days


def test_the_win_rate_is_that_of_the_file(store: Engine) -> None:
    rows = list(csv.DictReader(FILE.read_text(encoding="utf-8").splitlines()))
    engaged = [row for row in rows if row["engage_date"]]
    told = History()
    for number, row in enumerate(engaged, 1):
        told.deal(number, when(row["engage_date"]), "offer", source=row["product"])
        if row["close_date"]:
            told.deal(number, when(row["close_date"]), ENDS[row["deal_stage"]])
    with store.begin() as connection:
        write_scenarios(connection)
        write_deltas(connection, told.deltas)
    with store.begin() as connection:
        stage_visit.refresh(connection)
        complete(connection)
    query = ReportQuery(day(when("2017-04-01")), day(when("2017-07-01")), by="source")
    with store.connect() as connection:
        found = compute_funnel(connection, settle(connection, query))
    quarter = [row for row in engaged if "2017-04-01" <= row["close_date"] < "2017-07-01"]
    closed = Counter((row["product"], row["deal_stage"]) for row in quarter)
    expected = {
        product: Ratio(closed[product, "Won"], closed[product, "Won"] + closed[product, "Lost"])
        for product in {row["product"] for row in quarter}
    }
    assert len(quarter) > 50
    assert {win.group: win.rate for win in found.wins if win.won + win.lost} == expected
