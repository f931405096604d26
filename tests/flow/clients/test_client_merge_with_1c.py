"""A merge of two clients whom 1C knows as two, and goes on knowing as two."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from tests.e2e.company import Company, run, settle
from tests.e2e.neighbours import CLIENTS, INVOICES, Neighbours

from provodka.flows.clients.merging import merge
from provodka.flows.clients.undoing import unmerge
from provodka.flows.hub import Hub

CONTRACTS = "Catalog_ДоговорыКонтрагентов"


class Twins:
    """Two clients, each with an invoice that 1C has."""

    def __init__(self, hub: Hub, company: Company, sandbox: Neighbours) -> None:
        self.hub, self.company, self.sandbox = hub, company, sandbox
        self.kept, self.dropped = (one.id for one in company.buyers[:2])
        self.invoices = [company.bill(company.deal()) for _client in range(2)]
        settle(hub)
        run(hub, "accounting")

    def merge(self) -> int:
        with self.hub.engine.begin() as connection:
            return merge(connection, self.kept, self.dropped, "Орлова").number

    def unmerge(self, number: int) -> None:
        with self.hub.engine.begin() as connection:
            unmerge(connection, number, "Орлова")

    def key(self, client: UUID) -> str:
        """The client's key in 1C."""
        query = "SELECT external_key FROM hub.binding WHERE kind = 'client' AND document = :client"
        return str(self.company.value(query, client=client))

    def client_of(self, table: str, key: UUID) -> UUID:
        found: UUID = self.company.value(f"SELECT client_id FROM crm.{table} WHERE id = :k", k=key)
        return found

    def rest(self) -> tuple[Any, ...]:
        """What the hub has written to 1C, queued for it, and cannot decide."""
        return len(self.sandbox.writes()), len(self.company.errands()), self.company.conflicts()

    def everything(self) -> None:
        run(self.hub, "catalogs", "accounting")
        settle(self.hub)

    def late_invoice(self) -> UUID:
        """The accountant bills the dropped client's counterpart."""
        like = self.sandbox.invoice(self.company.number(self.invoices[1]))
        own = ("Ref_Key", "DataVersion", "Number", "Комментарий", "odata.metadata", "Posted")
        values = {n: v for n, v in like.items() if n not in own and "@" not in n}
        made = self.sandbox.create(INVOICES, **values, Комментарий="")
        run(self.hub, "accounting")
        query = "SELECT document FROM hub.binding WHERE external_key = :key"
        found: UUID = self.company.value(query, key=made["Ref_Key"])
        return found


@pytest.fixture
def twins(hub: Hub, company: Company, sandbox: Neighbours) -> Twins:
    return Twins(hub, company, sandbox)


@pytest.mark.requirement("R76")
def test_a_merge_and_its_end_write_nothing_to_1c_and_make_no_client_anew(twins: Twins) -> None:
    clients = len(twins.sandbox.rows(CLIENTS))
    before, count = twins.rest(), twins.company.value("SELECT count(*) FROM crm.client")
    number = twins.merge()
    twins.everything()
    assert twins.client_of("invoice", twins.invoices[1]) == twins.kept
    assert twins.rest() == before
    twins.unmerge(number)
    twins.everything()
    assert twins.client_of("invoice", twins.invoices[1]) == twins.dropped
    assert twins.rest() == before
    assert twins.company.value("SELECT count(*) FROM crm.client") == count
    assert len(twins.sandbox.rows(CLIENTS)) == clients


@pytest.mark.requirement("R76")
def test_what_1c_enters_later_for_the_dropped_counterpart_lands_on_the_kept_client(
    twins: Twins,
) -> None:
    number = twins.merge()
    twins.sandbox.pay(twins.company.number(twins.invoices[1]))
    late = twins.late_invoice()
    assert twins.client_of("invoice", late) == twins.kept
    [payment] = twins.company.rows("SELECT id, client_id FROM crm.payment")
    assert payment.client_id == twins.kept
    twins.unmerge(number)
    twins.everything()
    assert twins.client_of("invoice", late) == twins.dropped
    assert twins.client_of("payment", payment.id) == twins.dropped
    assert twins.company.conflicts() == []


def test_the_dropped_counterpart_may_change_and_stays_a_tombstone_that_leads_to_the_kept_one(
    twins: Twins,
) -> None:
    twins.merge()
    twins.sandbox.patch(CLIENTS, twins.key(twins.dropped), НаименованиеПолное="Переименован")
    before = twins.rest()
    twins.everything()
    query = "SELECT full_name, deleted_at, merged_into_id FROM crm.client WHERE id = :id"
    [there] = twins.company.rows(query, id=twins.dropped)
    assert there.full_name == "Переименован"
    assert there.deleted_at
    assert there.merged_into_id == twins.kept
    [own] = twins.company.rows(query, id=twins.kept)
    assert (own.deleted_at, own.full_name == "Переименован") == (None, False)
    assert twins.rest() == before


def test_a_tombstone_that_somebody_edits_is_not_sent_to_1c(twins: Twins) -> None:
    twins.merge()
    writes = twins.sandbox.writes()
    change = "UPDATE crm.client SET name = 'Надгробие' WHERE id = :id"
    twins.company.execute(change, id=twins.dropped)
    settle(twins.hub)
    assert twins.sandbox.writes() == writes
    [there] = twins.sandbox.rows(CLIENTS, f"Ref_Key eq guid'{twins.key(twins.dropped)}'")
    assert there["DeletionMark"] is False


def test_an_invoice_moved_to_the_kept_client_may_be_changed_and_keeps_its_payer_in_1c(
    twins: Twins,
) -> None:
    """Its contract in 1C is with the dropped counterpart: another payer would not fit it."""
    twins.merge()
    payer = twins.sandbox.invoice(twins.company.number(twins.invoices[1]))["Контрагент_Key"]
    twins.company.execute(
        "UPDATE crm.invoice SET comment = 'Во двор' WHERE id = :id", id=twins.invoices[1]
    )
    settle(twins.hub)
    there = twins.sandbox.invoice(twins.company.number(twins.invoices[1]))
    assert there["Контрагент_Key"] == payer == twins.key(twins.dropped)
    assert there["Комментарий"].endswith("Во двор")
    assert twins.company.conflicts() == []


class Moved:
    """A contract that has come to the kept client with a merge, and an invoice under it."""

    def __init__(self, hub: Hub, company: Company, sandbox: Neighbours) -> None:
        self.hub, self.company, self.sandbox = hub, company, sandbox
        self.kept, self.dropped = (one.id for one in company.buyers[:2])
        query = "SELECT id FROM crm.contract WHERE client_id = :k"
        self.contract: UUID = company.value(query, k=self.dropped)

    def key(self, document: UUID) -> str:
        query = "SELECT external_key FROM hub.binding WHERE document = :k"
        return str(self.company.value(query, k=document))

    def merge(self) -> None:
        with self.hub.engine.begin() as connection:
            merge(connection, self.kept, self.dropped, "Орлова")

    def bill(self) -> dict[str, Any]:
        """An invoice of the kept client under the contract, as 1C has it then."""
        deal = self.company.deal(client_id=self.kept)
        invoice = self.company.bill(deal, contract_id=self.contract)
        settle(self.hub)
        run(self.hub, "accounting")
        query = "SELECT client_id, contract_id FROM crm.invoice WHERE id = :k"
        [here] = self.company.rows(query, k=invoice)
        assert tuple(here) == (self.kept, self.contract)
        return self.sandbox.invoice(self.company.number(invoice))

    @property
    def owner(self) -> str:
        [row] = self.sandbox.rows(CONTRACTS, f"Ref_Key eq guid'{self.key(self.contract)}'")
        return str(row["Owner_Key"])


@pytest.fixture
def moved(hub: Hub, company: Company, sandbox: Neighbours) -> Moved:
    return Moved(hub, company, sandbox)


@pytest.mark.requirement("R76")
def test_a_contract_without_documents_goes_to_1c_with_the_kept_client(moved: Moved) -> None:
    moved.merge()
    there = moved.bill()
    assert there["ДоговорКонтрагента_Key"] == moved.key(moved.contract)
    assert there["Контрагент_Key"] == moved.owner == moved.key(moved.kept)
    assert moved.company.set_aside() == []
    assert moved.company.conflicts() == []


@pytest.mark.requirement("R76")
def test_a_contract_with_documents_stays_with_its_owner_in_1c_and_a_person_is_told(
    moved: Moved,
) -> None:
    moved.company.bill(moved.company.deal(client_id=moved.dropped), contract_id=moved.contract)
    settle(moved.hub)
    run(moved.hub, "accounting")
    moved.merge()
    there = moved.bill()
    assert there["ДоговорКонтрагента_Key"] == moved.key(moved.contract)
    assert there["Контрагент_Key"] == moved.owner == moved.key(moved.dropped)
    [told] = moved.company.set_aside()
    assert (told.code, told.external_key) == ("contract_keeps_owner", str(moved.contract))
    assert "Поиск и удаление дублей" in told.next_step
    assert moved.company.conflicts() == []


@pytest.mark.requirement("R76")
def test_an_edit_of_a_moved_contract_names_the_kept_client_in_1c(moved: Moved) -> None:
    moved.merge()
    change = "UPDATE crm.contract SET name = 'Договор после объединения' WHERE id = :k"
    moved.company.execute(change, k=moved.contract)
    settle(moved.hub)
    assert moved.owner == moved.key(moved.kept)
    run(moved.hub, "catalogs")
    query = "SELECT client_id FROM crm.contract WHERE id = :k"
    assert moved.company.value(query, k=moved.contract) == moved.kept
