"""The funnel of all deals, counted in few passes, is the one that is counted as any other is."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from tests.contract.dashboards.conftest import complete
from tests.contract.dashboards.histories import History, day, write_deltas
from tests.property.stage_histories import Change, busy_changes, changes, tell
from tests.property.test_stage_visit import start_over

from provodka.dashboards.reports import stage_visit
from provodka.dashboards.reports.as_of import settle
from provodka.dashboards.reports.funnel import compute_funnel
from provodka.dashboards.results import ReportQuery

MANY = 70
"""More stages than one number has bits."""
LONG = text("""
    INSERT INTO crm.stage (scenario, code, name, rank, kind)
    SELECT 'sale', 's' || n, 'Этап ' || n, 100 + n, 'open' FROM generate_series(1, :many) n
""")
in_store = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@in_store
@given(busy_changes | changes, st.integers(1, 70), st.integers(1, 30))
def test_all_deals_are_counted_as_some_are(
    store: Engine, wanted: list[Change], at: int, horizon: int
) -> None:
    with store.begin() as connection:
        start_over(connection)
        write_deltas(connection, tell(wanted).deltas)
    with store.begin() as connection:
        stage_visit.refresh(connection)
        complete(connection)
    query = ReportQuery(day(-400), day(400), as_of=day(at), horizon_days=horizon)
    with store.connect() as connection:
        asked = settle(connection, query)
        found = compute_funnel(connection, asked)
        assert found == compute_funnel(connection, replace(asked, whole=False))
    assert asked.bare or not found.balance


def test_a_scenario_of_very_many_stages_is_counted_as_others_are(store: Engine) -> None:
    history = History()
    history.deal(1, 1, "s6")
    history.deal(1, 2, "won")
    with store.connect() as connection:
        start_over(connection)
        connection.execute(LONG, {"many": MANY})
        write_deltas(connection, history.deltas)
        stage_visit.refresh(connection)
        complete(connection)
        asked = settle(connection, ReportQuery(day(-400), day(400), as_of=day(9)))
        found = compute_funnel(connection, asked)
    assert asked.bare
    assert [one.stage for one in found.cohort if one.visited] == ["s6", "won"]
