"""Mutual settlements and stock as streams, against the books of the sandbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import pytest
from tests.contract.sandbox.neighbours import Base, Hands
from tests.e2e.company import run
from tests.flow.balance_books import (
    BOOKS,
    CONTRACTS,
    SETTLEMENTS,
    WAREHOUSES,
    about,
    accountant,
    client,
    hands,
    hub,
    left,
    moved,
    named,
    newcomer,
    owed,
    value,
)

from provodka.connectors.crm_store import cursors, parked
from provodka.flows.hub import Hub
from provodka.flows.onec.balances.asking import table_of
from provodka.flows.planning.applying import apply
from provodka.flows.planning.rehearsing import rehearse
from provodka.flows.recorded import run_recorded
from provodka.flows.streams import STREAMS
from provodka.mappings.balances.catalog import load_balances
from provodka.mappings.balances.reading import (
    read_balance,
    references,
)
from provodka.mappings.catalog import set_folder

__all__ = ["about", "accountant", "client", "hands", "hub"]


@pytest.mark.requirement("R28", "R94")
def test_debts_are_what_the_entries_of_a_shipment_and_a_payment_come_to(
    hub: Hub, accountant: Base, hands: Hands, client: str
) -> None:
    run(hub, "settlements")
    assert owed(hub, client) == (0, 0)
    first, second = (accountant.posted(Контрагент_Key=client) for _time in range(2))
    hands.ship(first)
    assert run(hub, "settlements")["new"] == 1
    assert owed(hub, client) == (3210, 0)
    hands.pay(first, share="0.5")
    assert run(hub, "settlements")["changed"] == 1
    assert owed(hub, client) == (1605, 0)
    hands.pay(second)
    run(hub, "settlements")
    net = moved(accountant, client, "62.01") + moved(accountant, client, "62.02")
    debt, ours = owed(hub, client)
    assert (debt - ours, debt) == (net, moved(accountant, client, "62.01"))


def test_stock_is_what_is_left_after_a_shipment(
    hub: Hub, accountant: Base, hands: Hands, client: str
) -> None:
    run(hub, "stock")
    invoice = accountant.posted(Контрагент_Key=client)
    water = invoice["Товары"][0]["Номенклатура"]
    before = left(hub, water)
    assert before[0] > 0
    hands.ship(invoice)
    counts = run(hub, "stock")
    assert counts["changed"] + counts["new"] == 1
    after = left(hub, water)
    assert after == (before[0] - 3, moved(accountant, water, "41.01"))
    assert "Основной склад" in named(hub, water)


def test_the_same_balances_again_write_nothing(
    hub: Hub, accountant: Base, hands: Hands, client: str
) -> None:
    hands.ship(accountant.posted(Контрагент_Key=client))
    run(hub, "settlements", "stock")
    deltas = value(hub, "SELECT count(*) FROM hub.delta")
    later = replace(hub, clock=lambda: hub.clock() + timedelta(hours=1))
    again = run(later, "settlements", "stock")
    assert (again["same"], again["new"] + again["changed"] + again["zeroed"]) == (again["read"], 0)
    assert value(hub, "SELECT count(*) FROM hub.delta") == deltas
    with hub.engine.connect() as connection:
        place = cursors.read(connection, "settlements") or {}
    read_at = value(hub, "SELECT max(as_of) FROM crm.settlement_balance")
    assert datetime.fromisoformat(place["as_of"]) > read_at + timedelta(minutes=59)


@pytest.mark.requirement("R94")
def test_a_debt_that_is_paid_becomes_nothing_and_stays(
    hub: Hub, accountant: Base, hands: Hands, client: str
) -> None:
    invoice = accountant.posted(Контрагент_Key=client)
    hands.ship(invoice)
    run(hub, "settlements")
    hands.pay(invoice)
    assert run(hub, "settlements")["zeroed"] == 1
    assert owed(hub, client) == (0, 0)
    told = """
        SELECT d.op || ' ' || d.origin || ' ' || (d.before->>'client_debt') || ' '
            || (d.after->>'client_debt')
        FROM hub.delta d WHERE d.kind = 'settlement_balance' ORDER BY d.id DESC LIMIT 1
    """
    assert value(hub, told) == "update onec 3210 0"
    assert run(hub, "settlements")["zeroed"] == 0


def test_tomorrows_documents_are_not_in_todays_debt(
    hub: Hub, accountant: Base, hands: Hands, client: str
) -> None:
    hands.ship(accountant.posted(Контрагент_Key=client))
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    run(replace(hub, clock=lambda: long_ago), "settlements")
    assert owed(hub, client) == (0, 0)


def parked_payloads(hub: Hub) -> list[Any]:
    """What waits for a parent, as it is kept."""
    with hub.engine.begin() as connection:
        return list(parked.hold(connection, "settlements").values())


def test_a_balance_of_a_client_that_is_not_here_yet_waits_and_comes_in_with_him(
    hub: Hub, accountant: Base, hands: Hands
) -> None:
    stranger = newcomer(accountant, "Новый клиент")
    hands.ship(accountant.posted(Контрагент_Key=stranger))
    assert run(hub, "settlements")["parked"] == 1
    with hub.engine.connect() as connection:
        [waiting] = parked.listed(connection, stream="settlements")
    assert (waiting.waits_for_kind, waiting.waits_for_key) == ("client", stranger)
    run(hub, "catalogs")
    assert owed(hub, stranger) == (3210, 0)
    assert value(hub, "SELECT count(*) FROM hub.parked") == 0
    counts = run(hub, "settlements")
    assert (counts["parked"], counts["new"], counts["changed"]) == (0, 0, 0)


def test_a_balance_waits_as_it_was_read_last_and_no_longer_than_the_base_speaks_of_it(
    hub: Hub, accountant: Base, hands: Hands
) -> None:
    stranger = newcomer(accountant, "Поздний плательщик")
    invoice = accountant.posted(Контрагент_Key=stranger)
    hands.ship(invoice)
    run(hub, "settlements")
    hands.pay(invoice, share="0.25")
    run(hub, "settlements")
    [payload] = parked_payloads(hub)
    assert [Decimal(one) for one in payload["sums"]] == [Decimal("2407.50"), 0]
    hands.pay(invoice, share="0.75")
    run(hub, "settlements")
    assert parked_payloads(hub) == []


@pytest.mark.requirement("R116", "S-5")
def test_a_register_of_its_own_says_the_same_as_the_accounts(
    hub: Hub, accountant: Base, hands: Hands, client: str
) -> None:
    hands.ask("POST", "published", **{SETTLEMENTS: True})
    paid, owing = (accountant.posted(Контрагент_Key=client) for _time in range(2))
    hands.ship(owing)
    hands.pay(paid, share="0.25")
    other = load_balances(set_folder("unf"))["settlements"]
    hub.__dict__["balances"] = {"settlements": other}
    run(hub, "settlements")
    debt, ours = owed(hub, client)
    assert debt - ours == moved(accountant, client, "62.01", "62.02") != 0


def test_rows_that_the_base_has_not_added_up_come_to_the_same(
    hub: Hub, accountant: Base, hands: Hands, client: str
) -> None:
    for _time in range(2):
        hands.ship(accountant.posted(Контрагент_Key=client))
    one, base, now = hub.balances["settlements"], hub.require_base(), hub.clock()
    tables = [table_of(one, base, now, ("62.01", "62.02"), asked) for asked in (None, ())]
    coarse, fine = (base.read_table(table, one.select) for table in tables)
    assert len(fine) > len(coarse)
    known = {key: uuid5(NAMESPACE_OID, key[1]) for key in references(one, fine)}
    readings = [read_balance(one, rows, known, {"currency": {}}) for rows in (coarse, fine)]
    assert set(readings[0].standings) == set(readings[1].standings)
    assert readings[0].misread == readings[1].misread == []


def test_a_client_may_be_known_by_a_key_of_analytics(
    hub: Hub, accountant: Base, hands: Hands, client: str
) -> None:
    hands.ask("POST", "published", **{SETTLEMENTS: True})
    invoice = accountant.posted(Контрагент_Key=client)
    contract = invoice["ДоговорКонтрагента_Key"]
    hands.ship(invoice)
    own = load_balances(set_folder("unf"))["settlements"]
    by_owner = [
        replace(one, theirs="Договор_Key", through=CONTRACTS, taken="Owner_Key")
        if one.ours == "client_id"
        else one
        for one in own.dimensions
    ]
    hub.__dict__["balances"] = {"settlements": replace(own, dimensions=tuple(by_owner))}
    run(hub, "settlements")
    [owner] = [row["Owner_Key"] for row in accountant.rows(CONTRACTS) if row["Ref_Key"] == contract]
    debt, ours = owed(hub, owner)
    assert debt - ours == moved(accountant, contract, "62.01", "62.02", slot=2) != 0
    assert owed(hub, client) == (0, 0)


@pytest.mark.requirement("R116")
def test_a_register_that_is_not_published_stops_its_stream_alone_and_says_where(
    hub: Hub, hands: Hands
) -> None:
    hands.ask("POST", "published", **{BOOKS: False})
    ran = {name: run_recorded(hub, STREAMS[name]) for name in ("settlements", "stock", "catalogs")}
    assert [one.state for one in ran.values()] == ["failed", "failed", "done"]
    note = ran["settlements"].note
    assert "settlements.yaml:3" in note
    assert BOOKS in note
    assert "опубликован" in note
    assert "уберите settlements из onec.balances" in note


def test_warehouses_that_are_not_published_are_told_by_name(hub: Hub, hands: Hands) -> None:
    hands.ask("POST", "published", **{WAREHOUSES: False})
    ran = run_recorded(hub, STREAMS["stock"])
    assert (ran.state, f"«{WAREHOUSES}»" in ran.note) == ("failed", True)
    assert value(hub, "SELECT count(*) FROM crm.stock_balance") == 0


def test_accounts_that_the_base_does_not_have_are_told_at_their_line(hub: Hub) -> None:
    one = replace(hub.balances["settlements"], accounts=("99", "98"))
    hub.__dict__["balances"] = {"settlements": one}
    ran = run_recorded(hub, STREAMS["settlements"])
    assert ran.state == "failed"
    assert ("нет счетов 99, 98" in ran.note, "settlements.yaml:5" in ran.note) == (True, True)


def test_a_balance_that_is_not_wanted_is_passed_over(hub: Hub) -> None:
    assert hub.settings.onec
    fewer = hub.settings.onec.model_copy(update={"balances": ("stock",)})
    other = replace(hub, settings=hub.settings.model_copy(update={"onec": fewer}))
    ran = [run_recorded(other, STREAMS[name]).state for name in ("settlements", "stock")]
    assert ran == ["skipped", "done"]


def test_a_plan_shows_the_balances_and_is_carried_out_to_the_letter(
    hub: Hub, accountant: Base, hands: Hands, client: str
) -> None:
    hands.ship(accountant.posted(Контрагент_Key=client))
    chosen = [STREAMS["settlements"]]
    plan, again = (rehearse(hub, chosen).plan for _time in range(2))
    assert plan.digest == again.digest
    assert owed(hub, client) == (0, 0)
    named = [one.document for one in plan.changes if client in one.document]
    assert len(named) == 1
    assert named[0].startswith(f"onec:settlement_balance:{client}|")
    stranger = newcomer(accountant, "Поздний клиент")
    run(hub, "catalogs")
    hands.ship(accountant.posted(Контрагент_Key=stranger))
    done = apply(hub, plan, chosen, lambda _stream, _state: None)
    assert done.later == 1
    assert owed(hub, client)[0] == 3210
    assert owed(hub, stranger) == (0, 0)
    run(hub, "settlements")
    assert owed(hub, stranger)[0] == 3210
