"""Time on stages and to a win over a real sales pipeline, as pandas and lifelines have it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from lifelines import AalenJohansenFitter, KaplanMeierFitter
from lifelines.utils import qth_survival_time
from sqlalchemy import Engine
from tests.contract.dashboards.histories import START, History, day, key
from tests.flow.report_books import tell, told_rows

from provodka.dashboards.reports import catalog
from provodka.dashboards.results import ReportQuery, ReportResult

pytestmark = pytest.mark.requirement("R110")
FILE = Path(__file__).parents[1] / "data" / "dashboards" / "sales_pipeline_sample.csv"
ENDS = {"Won": "won", "Lost": "lost"}
AS_OF = date(2017, 12, 15)


def days_of(column: Any) -> Any:
    """Days from the tests' first day."""
    return (pd.to_datetime(column) - pd.Timestamp(START.date())).dt.days


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Opportunities that were engaged: when, when closed, how it ended by the instant."""
    found = pd.read_csv(FILE)
    found = found[found.engage_date.notna()].reset_index(drop=True)
    found["begun"] = days_of(found.engage_date)
    found["closed"] = days_of(found.close_date)
    return found


@pytest.fixture
def pipeline(store: Engine, frame: pd.DataFrame) -> Engine:
    told = History()
    agents = {name: 800 + n for n, name in enumerate(sorted(frame.sales_agent.unique()), 1)}
    for name, number in agents.items():
        told.put("employee", number, int(frame.begun.min()) - 1, name=name)
    for number, row in enumerate(frame.itertuples(), 1):
        told.deal(
            number,
            row.begun,
            "offer",
            source=row.product,
            responsible_id=str(key(agents[row.sales_agent])),
        )
        if row.deal_stage in ENDS:
            told.deal(number, row.closed, ENDS[row.deal_stage])
    tell(store, told)
    return store


def seen_by(frame: pd.DataFrame, at: int) -> pd.DataFrame:
    """Lengths and ends of what had begun by an instant; what ended later is still open."""
    seen = frame[frame.begun <= at].copy()
    over = seen.closed <= at
    seen["length"] = seen.closed.where(over, at) - seen.begun
    seen["kind"] = seen.deal_stage.map({"Won": 1, "Lost": 2}).where(over, 0).fillna(0).astype(int)
    return seen


def asked(store: Engine, at: int, by: str | None = None) -> ReportResult:
    first, last = date(2016, 1, 1), date(2018, 1, 1)
    since, until = ((one - START.date()).days for one in (first, last))
    query = ReportQuery(day(since), day(until), as_of=day(at), by=by)
    with store.connect() as connection:
        return catalog.run(connection, "stage_time", query)


def test_medians_are_those_of_kaplan_and_meier(pipeline: Engine, frame: pd.DataFrame) -> None:
    at = (AS_OF - START.date()).days
    result = asked(pipeline, at, by="source")
    assert result.trusted
    rows = {row["group"]: row for row in told_rows(result.table("visits"))}
    seen = seen_by(frame, at)
    assert set(rows) == set(seen["product"])
    for product, own in seen.groupby("product"):
        fitted = KaplanMeierFitter().fit(own.length, own.kind > 0)
        row = rows[product]
        assert (row["n"], row["n_censored"]) == (len(own), int((own.kind == 0).sum()))
        for column, left in (("median", 0.5), ("p90", 0.1)):
            theirs = qth_survival_time(left, fitted.survival_function_)
            ours = row[column]
            assert (None if ours is None else float(ours) / 24) == (
                None if theirs == float("inf") else theirs
            )


def test_shares_won_are_those_of_aalen_and_johansen(pipeline: Engine, frame: pd.DataFrame) -> None:
    at = (AS_OF - START.date()).days
    [row] = told_rows(asked(pipeline, at).table("to_win"))
    seen = seen_by(frame, at)
    assert (row["won"], row["lost"], row["n_censored"]) == tuple(
        int((seen.kind == kind).sum()) for kind in (1, 2, 0)
    )
    # lifelines spreads ties at random: here ends come before the censored of the same day.
    seen = seen.sort_values(["length", "kind"], ascending=[True, False])
    spread = [length + n * 1e-7 for n, length in enumerate(seen.length)]
    fitter = AalenJohansenFitter(calculate_variance=False)
    fitted = fitter.fit(spread, seen.kind.tolist(), event_of_interest=1)
    known = fitted.cumulative_density_["CIF_1"]
    for days in (30, 90, 180):
        theirs = known[known.index <= days + 0.5].iloc[-1]
        assert float(row[f"won_{days}"]) == pytest.approx(theirs * 100, abs=0.15)


def test_the_same_answer_after_more_has_happened(pipeline: Engine) -> None:
    early = (date(2017, 6, 1) - START.date()).days
    result = asked(pipeline, early)
    assert result == asked(pipeline, early)
    assert result != asked(pipeline, early + 30)
