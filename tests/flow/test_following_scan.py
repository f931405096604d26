"""A base without an exchange plan: versions scanned by date, deletions found by comparing all."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.e2e.company import Company, run, settle
from tests.e2e.neighbours import CLIENTS, INVOICES, RECEIPTS, Neighbours

from provodka.connectors.onec.odata.client import ODataBase
from provodka.flows.hub import Hub
from provodka.flows.onec.following.guarding import TooManyDeletions, trusting
from provodka.flows.work import Rehearsal

DAY = timedelta(days=1)


@pytest.fixture
def company(hub: Hub, company: Company) -> Company:
    """Everything has been read once."""
    run(hub, "accounting")
    return company


def at(hub: Hub, moment: datetime) -> Hub:
    return replace(hub, clock=lambda: moment)


def later(hub: Hub, wait: timedelta = DAY + timedelta(minutes=1)) -> Hub:
    """The hub when everything is due to be compared."""
    return at(hub, hub.clock() + wait)


def strict(hub: Hub, most: int = 1) -> Hub:
    assert hub.settings.onec
    onec = hub.settings.onec.model_copy(update={"deletes_max": most})
    return replace(hub, settings=hub.settings.model_copy(update={"onec": onec}))


def erase(sandbox: Neighbours, set_name: str, ref: str) -> None:
    sandbox.onec.delete(f"{set_name}(guid'{ref}')").raise_for_status()


def clients(sandbox: Neighbours) -> list[dict[str, Any]]:
    return sandbox.rows(CLIENTS, "IsFolder eq false")


def living(company: Company, kind: str = "client") -> int:
    return int(company.value(f"SELECT count(*) FROM crm.{kind} WHERE deleted_at IS NULL"))


def paid(hub: Hub, company: Company, sandbox: Neighbours, **how: Any) -> dict[str, Any]:
    """A payment that the hub has read."""
    key = company.bill(company.deal())
    settle(hub)
    wish = {"invoice": company.number(key), **how}
    receipt: dict[str, Any] = sandbox.control.post("accountant/pay", json=wish).json()
    run(hub, "accounting")
    return receipt


def purpose(company: Company) -> str:
    return str(company.value("SELECT comment FROM crm.payment"))


@pytest.mark.parametrize(
    ("age", "wait", "seen"),
    [(3, 1, True), (30, 1, False), (30, 62, True), (300, 62, False), (300, 1441, True)],
)
def test_a_change_of_an_older_document_is_seen_at_once_within_the_hour_or_within_the_day(
    hub: Hub, company: Company, sandbox: Neighbours, age: int, wait: int, seen: bool
) -> None:
    receipt = paid(hub, company, sandbox)
    run(later(hub), "accounting")
    old = (hub.clock() + DAY - timedelta(days=age)).strftime("%Y-%m-%dT12:00:00")
    sandbox.patch(RECEIPTS, receipt["ref"], Date=old, Комментарий="Исправлен")
    run(later(hub, DAY + timedelta(minutes=1 + wait)), "accounting")
    assert (purpose(company) == "Исправлен") is seen


def test_after_a_long_stop_the_scan_begins_where_the_last_one_was(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    receipt = paid(hub, company, sandbox)
    run(hub, "accounting")
    sandbox.patch(RECEIPTS, receipt["ref"], Комментарий="Исправлен")
    company.execute(
        "UPDATE hub.cursor SET position = position || CAST(:place AS jsonb)"
        " WHERE stream = 'onec:payment_bank'",
        place='{"swept_at": "2127-01-01T00:00:00+00:00", "looked_back_at":'
        ' "2127-01-01T00:00:00+00:00"}',
    )
    run(later(hub, timedelta(days=20)), "accounting")
    assert purpose(company) == "Исправлен"


@pytest.mark.requirement("R28")
def test_the_daily_comparison_finds_what_was_deleted_physically(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    before, gone = living(company), clients(sandbox)[0]
    erase(sandbox, CLIENTS, gone["Ref_Key"])
    assert run(hub, "catalogs")["deleted"] == 0
    assert run(later(hub), "catalogs")["deleted"] == 1
    assert living(company) == before - 1
    [row] = company.rows(
        "SELECT c.deleted_at FROM crm.client c JOIN hub.binding b ON b.document = c.id"
        " WHERE b.external_key = :ref",
        ref=gone["Ref_Key"],
    )
    assert row.deleted_at is not None


def test_what_only_left_the_filter_is_not_taken_for_deleted(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    receipt = paid(hub, company, sandbox)
    sandbox.patch(RECEIPTS, receipt["ref"], ВидОперации="ПрочееПоступление")
    assert run(later(hub), "accounting")["deleted"] == 0
    assert living(company, "payment") == 1


def test_payments_by_bank_are_not_missed_among_those_in_cash(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    bank = paid(hub, company, sandbox)
    paid(hub, company, sandbox, cash=True)
    assert living(company, "payment") == 2
    assert run(later(hub), "accounting")["deleted"] == 0
    sandbox.unpost(bank)
    erase(sandbox, RECEIPTS, bank["ref"])
    assert run(later(hub, 3 * DAY), "accounting")["deleted"] == 1
    assert company.value("SELECT kind FROM crm.payment WHERE deleted_at IS NULL") == "cash"


def test_a_document_that_the_hub_makes_while_the_base_is_listed_is_not_taken_for_deleted(
    hub: Hub, company: Company, sandbox: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = ODataBase.read_pages

    def slow(base: ODataBase, set_name: str, query: Any) -> Any:
        yield from read(base, set_name, query)
        if set_name == INVOICES and query.select[:2] == ("Ref_Key", "DataVersion"):
            company.bill(company.deal())
            settle(hub)

    monkeypatch.setattr(ODataBase, "read_pages", slow)
    assert run(later(hub), "accounting")["deleted"] == 0
    assert living(company, "invoice") == 1


@pytest.mark.requirement("R28")
def test_a_shrunken_answer_deletes_nothing_and_asks_a_person_until_it_is_allowed(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    before = living(company)
    for client in clients(sandbox)[:5]:
        erase(sandbox, CLIENTS, client["Ref_Key"])
    for wait in (DAY, DAY + timedelta(minutes=2)):
        with pytest.raises(TooManyDeletions, match="--allow-deletes") as caught:
            run(strict(later(hub, wait + timedelta(minutes=1))), "catalogs")
        assert f"5 из {before}" in caught.value.found
        assert living(company) == before
    run(trusting(strict(later(hub, DAY + timedelta(minutes=3)))), "catalogs")
    assert living(company) == before - 5
    assert run(strict(later(hub, DAY + timedelta(minutes=4))), "catalogs")["deleted"] == 0


def test_an_empty_answer_deletes_nothing_even_when_all_is_allowed(
    hub: Hub, company: Company, sandbox: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The base lists nothing, but knows each object when it is asked for it."""
    before, read = living(company), ODataBase.read_pages

    def empty(base: ODataBase, set_name: str, query: Any) -> Any:
        return (
            iter(()) if query.select == ("Ref_Key", "DataVersion") else read(base, set_name, query)
        )

    monkeypatch.setattr(ODataBase, "read_pages", empty)
    with pytest.raises(TooManyDeletions):
        run(later(hub), "catalogs")
    assert run(trusting(later(hub)), "catalogs")["deleted"] == 0
    assert living(company) == before


def test_a_kind_that_needs_a_person_does_not_stop_the_others(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    for client in clients(sandbox)[:5]:
        sandbox.patch(CLIENTS, client["Ref_Key"], DeletionMark=True)
    product = sandbox.rows("Catalog_Номенклатура", "IsFolder eq false")[0]
    sandbox.patch("Catalog_Номенклатура", product["Ref_Key"], Description="Вода живая")
    with pytest.raises(TooManyDeletions):
        run(strict(hub), "catalogs")
    assert company.value("SELECT count(*) FROM crm.product WHERE name = 'Вода живая'") == 1


def test_a_rehearsed_comparison_tells_deletions_and_does_none(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    from provodka.flows.streams import STREAMS

    before = living(company)
    erase(sandbox, CLIENTS, clients(sandbox)[0]["Ref_Key"])
    with Rehearsal.on(hub.engine) as work:
        assert STREAMS["catalogs"].run(later(hub), work)["deleted"] == 1
    assert living(company) == before
