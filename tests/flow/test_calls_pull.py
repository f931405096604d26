"""Calls from the PBX's log land on their clients, each once, whatever is read again."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from tests.e2e.company import Company, run
from tests.e2e.neighbours import Neighbours

from provodka.flows.hub import Hub

CALLS = "SELECT * FROM crm.call ORDER BY started_at, id"
LEGS = "SELECT count(*) FROM hub.call_leg"
PHONES = "SELECT phone FROM crm.client WHERE phone IS NOT NULL ORDER BY name LIMIT 1"


@pytest.fixture
def phone(company: Company) -> str:
    """The number of one client, as the PBX logs it."""
    found = company.value(
        "SELECT phone FROM crm.client WHERE phone IS NOT NULL ORDER BY name LIMIT 1"
    )
    return str(found).removeprefix("+")


def owner(company: Company, phone: str) -> Any:
    return company.value("SELECT id FROM crm.client WHERE phone = :phone", phone=f"+{phone}")


@pytest.mark.requirement("R66", "R67")
def test_a_call_is_put_on_its_client_and_shown_on_the_open_deal(
    hub: Hub, company: Company, sandbox: Neighbours, phone: str
) -> None:
    deal = company.deal(client_id=owner(company, phone))
    sandbox.call(kind="incoming", phone=phone)
    assert run(hub, "calls")["calls"] == 1
    [call] = company.rows(CALLS)
    assert (call.client_id, call.direction, call.outcome) == (
        owner(company, phone), "incoming", "answered",
    )  # fmt: skip
    [shown] = company.rows("SELECT * FROM crm.interaction")
    assert (shown.deal_id, shown.kind) == (deal, "call")


@pytest.mark.requirement("R67", "R76")
def test_a_number_of_two_clients_is_not_guessed(
    hub: Hub, company: Company, sandbox: Neighbours, phone: str
) -> None:
    company.insert("client", name="ООО Сосед", phone=f"+{phone}")
    sandbox.call(phone=phone, kind="incoming")
    run(hub, "calls")
    [call] = company.rows(CALLS)
    assert (call.client_id, call.ambiguous) == (None, True)


@pytest.mark.requirement("R70")
def test_a_stranger_is_kept_without_a_client(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    sandbox.call(stranger=True, kind="missed")
    run(hub, "calls")
    [call] = company.rows(CALLS)
    assert (call.client_id, call.ambiguous, call.outcome) == (None, False, "missed")


@pytest.mark.parametrize("kind", ["transfer", "group", "abandoned", "busy", "outgoing"])
def test_however_many_lines_a_call_took_it_is_one_call(
    hub: Hub, company: Company, sandbox: Neighbours, kind: str
) -> None:
    sandbox.call(kind=kind)
    run(hub, "calls")
    assert len(company.rows(CALLS)) == 1


def test_the_log_read_from_its_beginning_changes_nothing(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    for _number in range(5):
        sandbox.call()
    run(hub, "calls")
    before = company.value("SELECT count(*) FROM hub.delta")
    company.execute("DELETE FROM hub.cursor WHERE stream LIKE 'calls:%'")
    run(hub, "calls")
    assert company.value("SELECT count(*) FROM hub.delta") == before


def test_a_half_written_line_waits_and_a_rotated_log_is_read_to_its_end(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    first = sandbox.call(half=True, kind="group")
    run(hub, "calls")
    assert company.value(LEGS) == first["rows"] - 1
    sandbox.control.post("pbx/rotate", json={}).raise_for_status()
    second = sandbox.call(kind="incoming")
    run(hub, "calls")
    assert company.value(LEGS) == first["rows"] + second["rows"]
    assert len(company.rows(CALLS)) == 2
    assert company.set_aside() == []


def test_several_readers_at_once_take_each_call_once(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    for _number in range(20):
        sandbox.call()
    readers = [threading.Thread(target=run, args=(hub, "calls")) for _reader in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert len(company.rows(CALLS)) == 20
    linked = company.value("SELECT count(*) FROM crm.call WHERE client_id IS NOT NULL")
    assert company.value("SELECT count(*) FROM crm.interaction") == linked
    orphans = (
        "SELECT count(*) FROM crm.interaction i LEFT JOIN crm.call c USING (id) WHERE c.id IS NULL"
    )
    assert company.value(orphans) == 0
