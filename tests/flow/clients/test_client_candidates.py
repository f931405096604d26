"""Candidates are found once, and kept up as clients come and change."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text

from provodka.connectors.crm_store import journal
from provodka.flows.clients.candidates import listed, refresh
from provodka.flows.clients.merging import merge
from provodka.flows.clients.undoing import unmerge
from provodka.foundation.identifiers import uuid7

INN = "7707083893"


def insert(store: Engine, table: str, **values: Any) -> UUID:
    key: UUID = values.setdefault("id", uuid7())
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    change(store, f"INSERT INTO crm.{table} ({names}) VALUES ({marks})", **values)
    return key


def change(store: Engine, statement: str, **values: Any) -> None:
    with store.begin() as connection:
        journal.attribute(connection, "person:Котов")
        connection.execute(text(statement), values)


def found(store: Engine, least: int = 50) -> list[dict[str, Any]]:
    refresh(store)
    with store.connect() as connection:
        return listed(connection, least, 100)


def both(row: dict[str, Any]) -> set[UUID]:
    return {row["first"], row["second"]}


@pytest.mark.requirement("R76")
def test_a_newcomer_is_compared_alone_with_its_reasons_in_words(store: Engine) -> None:
    one = insert(store, "client", name="ООО Ромашка", inn=INN, phone="+79990000001")
    insert(store, "client", name="АО Василек")
    assert found(store) == []
    other = insert(store, "client", name="«РОМАШКА» ООО", phone="+79990000001")
    assert refresh(store) == {"compared": 1}
    [row] = found(store)
    assert both(row) == {one, other}
    assert [reason["text"] for reason in row["reasons"]] == [
        "наименование то же: РОМАШКА",
        "телефон тот же: +79990000001",
    ]
    assert refresh(store) == {}


def test_a_telephone_of_a_contact_counts_and_stops_counting(store: Engine) -> None:
    one = insert(store, "client", name="ООО Ромашка Сервис", phone="+79990000001")
    other = insert(store, "client", name="Ромашка Сервис Плюс")
    assert found(store, 40) == []
    contact = insert(store, "contact", name="Котов", client_id=other, phone="8 999 000-00-01")
    assert [both(row) for row in found(store, 40)] == [{one, other}]
    change(store, "DELETE FROM crm.contact WHERE id = :id", id=contact)
    assert found(store, 40) == []


def test_a_merged_pair_is_no_candidate_until_it_is_taken_apart(store: Engine) -> None:
    one, other = (insert(store, "client", name="ООО Ромашка", inn=INN) for _number in range(2))
    assert len(found(store)) == 1
    with store.begin() as connection:
        number = merge(connection, one, other, "Орлова").number
    assert found(store) == []
    with store.begin() as connection:
        unmerge(connection, number, "Орлова")
    assert [both(row) for row in found(store)] == [{one, other}]


def test_kept_up_step_by_step_the_list_is_what_a_comparison_of_all_gives(store: Engine) -> None:
    names = ("ООО Ромашка", "Рамашка", "АО Василек", "Василек Плюс", "ИП Котов И. И.", "Котов Илья")
    for number, name in enumerate(names * 2):
        values = {"phone": f"+7999000000{number % 5}", "email": f"{number % 3}@x.example"}
        insert(store, "client", name=name, **values)
        refresh(store)
    change(store, "UPDATE crm.client SET phone = NULL WHERE name LIKE '%Плюс'")
    step_by_step = found(store, 0)
    with store.begin() as connection:
        _start_over(connection)
    at_once = found(store, 0)
    assert len(at_once) > 3
    assert _plain(step_by_step) == _plain(at_once)


def _start_over(connection: Connection) -> None:
    connection.execute(text("DELETE FROM hub.cursor WHERE stream = 'duplicates'"))


def _plain(rows: list[dict[str, Any]]) -> list[Any]:
    return [{**row, "seen_at": None} for row in rows]
