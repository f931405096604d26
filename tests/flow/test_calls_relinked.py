"""Calls of before, laid on a client who has their number since."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from tests.flow.calls_desk import (
    OFFICE,
    calls,
    calls_store,
    came,
    insert,
    kept_store,
    rows,
    take,
    went,
)

from provodka.connectors.crm_store import journal
from provodka.connectors.crm_store.journal import read_deltas
from provodka.flows.calls.relinking import link_calls_anew
from provodka.flows.work import Rehearsal
from provodka.trigger_rules.changes import net_changes
from provodka.trigger_rules.events import events_of

__all__ = ["calls_store", "kept_store"]

NUMBER = "+79990000001"


@pytest.fixture
def store(calls_store: Engine) -> Engine:
    """Two calls of a stranger, one each way, and one inside the office; all else is known."""
    with calls_store.begin() as connection:
        connection.execute(text("DELETE FROM hub.cursor WHERE stream = 'calls:owners'"))
    inside = came(900, src="102", dst="101", channel="PJSIP/102-00000009")
    take(calls_store, OFFICE, came(0), went(600), inside)
    link_calls_anew(calls_store)
    return calls_store


def change(store: Engine, sql: str, **values: Any) -> None:
    with store.begin() as connection:
        journal.attribute(connection, "person:Котов")
        connection.execute(text(sql), values)


def laid(store: Engine) -> list[tuple[UUID | None, bool]]:
    """Whose the two calls are, and whether they wait for a choice."""
    found = [one for one in calls(store) if one.client_number]
    return [(one.client_id, one.ambiguous) for one in found]


@pytest.mark.requirement("R67")
def test_calls_of_a_stranger_are_laid_on_the_client_who_is_made_of_him(store: Engine) -> None:
    client = insert(store, "client", name="ООО Новый", phone=NUMBER)
    deal = insert(store, "deal", title="Вода", client_id=client, kind="unstaged")
    assert link_calls_anew(store) == {"linked": 2}
    assert laid(store) == [(client, False)] * 2
    shown = rows(store, "SELECT client_id, deal_id FROM crm.interaction WHERE kind = 'call'")
    assert [(one.client_id, one.deal_id) for one in shown] == [(client, deal)] * 2
    assert link_calls_anew(store) == {}


def test_the_history_of_a_call_names_the_change_that_laid_it(store: Engine) -> None:
    client = insert(store, "client", name="ООО Новый", phone=NUMBER)
    link_calls_anew(store)
    sql = (
        "SELECT l.origin, c.document, c.origin AS whose FROM hub.delta l"
        " JOIN hub.delta c ON c.id = l.cause WHERE l.kind = 'call' AND l.op = 'update'"
        " AND c.document = :client"
    )
    with store.connect() as connection:
        found = connection.execute(text(sql), {"client": client}).all()
    assert len(found) == 2
    assert {(one.origin, one.document) for one in found} == {("telephony", client)}


@pytest.mark.parametrize("how", ["number", "contact", "contact moved"])
def test_a_number_that_a_client_gets_later_brings_his_calls(store: Engine, how: str) -> None:
    client = insert(store, "client", name="ООО Старый")
    other = insert(store, "client", name="ООО Прежний")
    link_calls_anew(store)
    contact = None
    if how == "number":
        change(store, "UPDATE crm.client SET phone = :n WHERE id = :c", n=NUMBER, c=client)
    else:
        owner = client if how == "contact" else other
        contact = insert(store, "contact", name="Анна", client_id=owner, phone=NUMBER)
        change(store, "UPDATE crm.contact SET client_id = :c WHERE id = :k", c=client, k=contact)
    assert link_calls_anew(store) == {"linked": 2}
    assert laid(store) == [(client, False)] * 2
    assert {one.contact_id for one in calls(store) if one.client_number} == {contact}


def test_a_number_of_two_clients_is_not_guessed_until_they_are_one(store: Engine) -> None:
    kept = insert(store, "client", name="ООО Первый", phone=NUMBER)
    gone = insert(store, "client", name="ООО Второй", phone=NUMBER)
    assert link_calls_anew(store) == {}
    assert laid(store) == [(None, True)] * 2
    merged = "UPDATE crm.client SET merged_into_id = :kept, deleted_at = now() WHERE id = :gone"
    change(store, merged, kept=kept, gone=gone)
    assert link_calls_anew(store) == {"linked": 2}
    assert laid(store) == [(kept, False)] * 2


def test_calls_that_have_a_client_stay_where_they_are(store: Engine) -> None:
    first = insert(store, "client", name="ООО Первый", phone=NUMBER)
    link_calls_anew(store)
    insert(store, "client", name="ООО Второй", phone=NUMBER)
    assert link_calls_anew(store) == {}
    assert laid(store) == [(first, False)] * 2


def test_a_change_that_says_nothing_of_numbers_lays_nothing(store: Engine) -> None:
    client = insert(store, "client", name="ООО Новый")
    change(store, "UPDATE crm.client SET name = 'ООО Другой' WHERE id = :c", c=client)
    assert link_calls_anew(store) == {}
    assert laid(store) == [(None, False)] * 2


def test_the_first_look_finds_what_was_there_before_it_was_looked_for(store: Engine) -> None:
    client = insert(store, "client", name="ООО Новый", phone=NUMBER)
    change(store, "DELETE FROM hub.cursor WHERE stream = 'calls:owners'")
    assert link_calls_anew(store) == {"linked": 2}
    assert laid(store) == [(client, False)] * 2


def test_a_plan_shows_what_would_be_laid_and_lays_nothing(store: Engine) -> None:
    insert(store, "client", name="ООО Новый", phone=NUMBER)
    with Rehearsal.on(store) as rehearsal:
        assert link_calls_anew(rehearsal) == {"linked": 2}
    assert laid(store) == [(None, False)] * 2


def test_a_call_that_is_laid_later_is_no_new_call_to_the_rules(store: Engine) -> None:
    insert(store, "client", name="ООО Новый", phone=NUMBER)
    with store.connect() as connection:
        place = journal.latest(connection)
    link_calls_anew(store)
    with store.connect() as connection:
        deltas = read_deltas(connection, place, kinds=["call"])
    assert len(deltas) == 2
    events = [event.name for one in net_changes(deltas) for event in events_of(one, {})]
    assert [name for name in events if name.startswith("call_")] == []
