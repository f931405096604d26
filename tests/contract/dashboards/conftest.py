"""A store that holds a history counted by hand."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, Engine
from tests.contract.dashboards.histories import History, day, key, write_deltas, write_scenarios

from provodka.connectors.crm_store import cursors
from provodka.dashboards.reports import stage_visit


def seven_deals() -> History:
    """Seven deals of January and one of February; see the numbers in the tests."""
    told = History()
    for number, name in ((701, "Опт"), (702, "Розница")):
        told.put("department", number, 0, name=name)
    for number, name, department in ((801, "Анна Орлова", 701), (802, "Борис Зуев", 702)):
        told.put("employee", number, 0, name=name, department_id=str(key(department)))
    told.put("client", 901, 0, name="ООО «Ромашка»", kind="legal_entity")
    told.put("client", 902, 0, name="Иван Петров", kind="individual")
    boris = {"responsible_id": str(key(802)), "client_id": str(key(902)), "source": "сайт"}
    told.deal(1, 1, "letter")
    told.deal(2, 1, "letter", **boris)
    told.deal(3, 2, "letter")
    told.deal(1, 3, "offer")
    told.deal(4, 3, "letter")
    told.deal(3, 4, "bill")
    told.deal(5, 4, "offer", **boris)
    told.deal(6, 5, "letter")
    told.deal(2, 5, "lost")
    told.deal(1, 6, "bill", amount=140)
    told.deal(7, 6, "letter")
    told.deal(6, 6, "offer")
    told.deal(5, 7, "won")
    told.drop(7, 8, into=1)
    told.deal(3, 8, "offer")
    told.deal(3, 9, "bill")
    told.deal(5, 9, "bill")
    told.deal(1, 10, "won", amount=150)
    told.drop(6, 12)
    told.deal(8, 40, "letter")
    return told


@pytest.fixture
def counted(store: Engine) -> Engine:
    """The seven deals, refreshed; the visits are complete until day 365."""
    with store.begin() as connection:
        write_scenarios(connection)
        write_deltas(connection, seven_deals().deltas)
    with store.begin() as connection:
        stage_visit.refresh(connection)
        complete(connection)
    return store


def complete(connection: Connection, until: float = 365) -> None:
    """Say that the visits are complete until a day of the history's own clock."""
    stored = cursors.read(connection, stage_visit.STREAM)
    assert stored is not None
    cursors.move(connection, stage_visit.STREAM, {**stored, "until": day(until).isoformat()})
