"""Visits of real rows: the store's own triggers write the journal, the refresh follows it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine, text
from tests.contract.dashboards.histories import key, write_scenarios
from tests.contract.dashboards.visits import read_visits

from provodka.connectors.crm_store.journal import attribute
from provodka.dashboards.reports import stage_visit, visits_told
from provodka.dashboards.reports.stage_visit import Refreshed


def people(connection: Connection) -> None:
    """One manager of one department, one client, one deal on its first stage."""
    write_scenarios(connection)
    attribute(connection, "person:anna")
    for statement in (
        "INSERT INTO crm.department (id, name) VALUES (:d1, 'Опт'), (:d2, 'Розница')",
        "INSERT INTO crm.employee (id, name, department_id) VALUES (:e, 'Анна Орлова', :d1)",
        "INSERT INTO crm.client (id, name) VALUES (:c, 'ООО «Ромашка»')",
        "INSERT INTO crm.deal (id, title, client_id, scenario, stage, responsible_id, amount)"
        " VALUES (:deal, 'Вода', :c, 'sale', 'letter', :e, 1000.50)",
    ):
        run(connection, statement)


def run(connection: Connection, statement: str) -> None:
    keys = {"deal": key(1), "c": key(2), "e": key(3), "d1": key(4), "d2": key(5)}
    used = {name: value for name, value in keys.items() if f":{name}" in statement}
    connection.execute(text(statement), used)


def refresh(store: Engine) -> Refreshed:
    with store.begin() as connection:
        return stage_visit.refresh(connection)


@pytest.mark.parametrize("few", [0, visits_told.FEW])
def test_a_moved_deal_has_two_visits_with_what_was_true_at_each_entry(
    store: Engine, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(visits_told, "FEW", few)
    with store.begin() as connection:
        people(connection)
    refresh(store)
    with store.begin() as connection:
        run(connection, "UPDATE crm.employee SET department_id = :d2 WHERE id = :e")
        run(connection, "UPDATE crm.client SET kind = 'individual' WHERE id = :c")
        run(connection, "UPDATE crm.deal SET stage = 'offer' WHERE id = :deal")
        run(connection, "UPDATE crm.employee SET department_id = NULL WHERE id = :e")
    refresh(store)
    with store.connect() as connection:
        first, second = read_visits(connection, [key(1)])
    assert (first.department, first.client_kind) == (key(4), "legal_entity")
    assert (second.department, second.client_kind) == (key(5), "individual")
    assert (first.exit, first.left_at, first.origin) == (
        "advanced",
        second.entered_at,
        "person:anna",
    )


def test_an_old_visit_keeps_its_rank_when_the_scenario_changes(store: Engine) -> None:
    with store.begin() as connection:
        people(connection)
    refresh(store)
    with store.begin() as connection:
        run(connection, "UPDATE crm.stage SET rank = rank + 10 WHERE scenario = 'sale'")
        run(connection, "UPDATE crm.scenario SET version = 'v2' WHERE code = 'sale'")
        run(connection, "UPDATE crm.deal SET stage = 'offer' WHERE id = :deal")
    refresh(store)
    with store.begin() as connection:
        before = read_visits(connection)
        stage_visit.rebuild(connection)
        assert read_visits(connection) == before
    assert [(visit.rank, visit.scenario_version) for visit in before] == [(1, "v1"), (12, "v2")]


def test_a_refresh_that_is_rolled_back_is_done_again(store: Engine) -> None:
    with store.begin() as connection:
        people(connection)
    with store.connect() as connection:
        stage_visit.refresh(connection)
        connection.rollback()
    assert refresh(store).rows == 1


def test_a_refresh_without_changes_writes_nothing(store: Engine) -> None:
    with store.begin() as connection:
        people(connection)
    refresh(store)
    again = refresh(store)
    assert (again.deltas, again.deals, again.rows) == (0, 0, 0)


def test_the_tables_are_not_complete_past_the_start_of_a_transaction_still_open(
    store: Engine,
) -> None:
    with store.begin() as connection:
        people(connection)
    with store.connect() as slow:
        slow.execute(text("UPDATE crm.deal SET amount = 7"))
        begun: datetime = slow.execute(text("SELECT now()")).scalar_one()
        assert refresh(store).until <= begun
        slow.commit()
    assert refresh(store).until > begun


def test_a_tombstone_in_the_store_ends_the_visit(store: Engine) -> None:
    with store.begin() as connection:
        people(connection)
        run(connection, "UPDATE crm.deal SET deleted_at = now() WHERE id = :deal")
    refresh(store)
    with store.connect() as connection:
        (visit,) = read_visits(connection)
    assert visit.exit == "deleted"
    assert visit.left_at is not None
    assert visit.left_at <= datetime.now(UTC)
