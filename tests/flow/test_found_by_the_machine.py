"""What the machine that plays everybody has found, each as short as it could be made."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from tests.e2e.company import Company, run, settle
from tests.e2e.neighbours import CLIENTS, INVOICES, Neighbours
from tests.flow.followed_plan import a_client, company, environment, erase, named

from provodka.connectors.onec.odata.atom import Changed, Deleted, Item
from provodka.flows.hub import Hub
from provodka.flows.onec.following.sorting import sorted_part
from provodka.flows.onec.sweeping.report import Swept
from provodka.flows.onec.sweeping.running import sweep

__all__ = ["company", "environment"]

KEY, OTHER = "a" * 36, "b" * 36


@pytest.mark.requirement("R28")
def test_a_clock_that_once_ran_ahead_does_not_let_a_young_word_here_give_way(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    ref = a_client(sandbox)["Ref_Key"]
    ahead = replace(hub, clock=lambda: hub.clock() + timedelta(days=2))
    run(ahead, "catalogs", "accounting")
    document = named(company, ref).id
    company.execute("UPDATE crm.client SET name = 'Слово здесь' WHERE id = :id", id=document)
    sandbox.patch(CLIENTS, ref, Description="Слово там")
    run(ahead, "accounting")
    assert named(company, ref).name == "Слово здесь"
    assert [one.field for one in company.conflicts()] == ["name"]


@pytest.mark.requirement("R28")
def test_a_deletion_in_dispute_is_none_once_the_base_has_erased_the_object(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    ref = a_client(sandbox)["Ref_Key"]
    document = named(company, ref).id
    company.execute("UPDATE crm.client SET deleted_at = now() WHERE id = :id", id=document)
    sandbox.patch(CLIENTS, ref, Description="Слово там")
    run(hub, "accounting")
    assert [one.field for one in company.conflicts()] == ["deleted_at"]
    erase(sandbox, CLIENTS, ref)
    run(hub, "accounting")
    assert company.conflicts() == []
    assert named(company, ref).deleted_at is not None


@pytest.mark.requirement("R6", "R28")
def test_what_a_person_restores_after_the_base_has_erased_it_stays_restored_and_says_so(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    key, ref = _entered(hub, company, sandbox)
    erase(sandbox, INVOICES, ref)
    run(hub, "accounting")
    assert company.invoice(key).deleted_at is not None
    company.execute("UPDATE crm.invoice SET deleted_at = NULL WHERE id = :id", id=key)
    settle(hub, 1)
    assert company.invoice(key).accounting == "refused"
    ahead = replace(hub, clock=lambda: hub.clock() + timedelta(days=2))
    run(ahead, "catalogs", "accounting")
    heard: list[Swept] = []
    sweep(ahead, mends=True, heard=heard.append)
    assert company.invoice(key).deleted_at is None
    left = {reason: count for one in heard for reason, count in one.left.items()}
    assert left == {("extra", "revived"): 1}


@pytest.mark.requirement("R28")
def test_a_deletion_of_what_the_base_has_erased_meanwhile_is_agreement(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    key, ref = _entered(hub, company, sandbox)
    erase(sandbox, INVOICES, ref)
    company.execute("UPDATE crm.invoice SET deleted_at = now() WHERE id = :id", id=key)
    settle(hub, 1)
    states = [
        row.state
        for row in company.rows("SELECT state FROM hub.outbox WHERE target = 'onec' ORDER BY id")
    ]
    assert states == ["delivered", "delivered"]


@pytest.mark.requirement("R27", "R28")
def test_what_was_marked_deleted_there_before_its_answer_was_found_is_marked_here(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    sandbox.fault("drop_after", path="/Post")
    key, ref = _entered(hub, company, sandbox)
    sandbox.patch(INVOICES, ref, DeletionMark=True)
    company.now()
    settle(hub, 1)
    run(hub, "accounting")
    assert company.invoice(key).deleted_at is not None


@pytest.mark.requirement("R27", "R28")
def test_a_posting_that_the_accountant_has_taken_back_is_not_made_again(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    key = company.bill(company.deal())
    settle(hub)
    [ref] = [row["Ref_Key"] for row in sandbox.rows(INVOICES)]
    sandbox.onec.post(f"{INVOICES}(guid'{ref}')/Unpost").raise_for_status()
    company.execute("UPDATE crm.invoice SET comment = 'К воротам' WHERE id = :id", id=key)
    settle(hub)
    [there] = sandbox.rows(INVOICES)
    assert (there["Posted"], there["Комментарий"][-9:]) == (False, "К воротам")
    run(hub, "accounting")
    assert company.invoice(key).posted is False


@pytest.mark.requirement("R6", "R27")
def test_a_posting_whose_answer_was_lost_is_not_made_again_once_it_was_taken_back(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    sandbox.fault("drop_after", path="/Post")
    key, ref = _entered(hub, company, sandbox)
    sandbox.onec.post(f"{INVOICES}(guid'{ref}')/Unpost").raise_for_status()
    company.now()
    settle(hub, 1)
    run(hub, "accounting")
    assert [row["Posted"] for row in sandbox.rows(INVOICES)] == [False]
    assert company.invoice(key).posted is False


@pytest.mark.requirement("R27")
def test_a_posting_that_was_lost_on_its_way_is_made(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    key = company.bill(company.deal())
    sandbox.fault("drop_before", path="/Post")
    settle(hub, 1)
    assert [row["Posted"] for row in sandbox.rows(INVOICES)] == [False]
    company.now()
    settle(hub, 1)
    assert [row["Posted"] for row in sandbox.rows(INVOICES)] == [True]
    assert company.invoice(key).accounting == "entered"


def test_of_an_object_that_a_message_names_twice_the_last_entry_holds() -> None:
    items: list[Item] = [
        Changed("Catalog_А", {"Ref_Key": KEY, "Description": "первое"}),
        Changed("Catalog_А", {"Ref_Key": OTHER, "Description": "другой"}),
        Changed("Catalog_А", {"Ref_Key": KEY, "Description": "второе"}),
        Deleted("Catalog_А", OTHER),
    ]
    part = sorted_part(items, {"Catalog_А": None})
    assert [row["Description"] for row in part.rows["Catalog_А"]] == ["второе"]
    assert part.gone["Catalog_А"] == [OTHER]


@pytest.mark.requirement("R27", "R28")
def test_a_word_of_the_accountants_on_what_an_unknown_attempt_has_made_is_taken_not_disputed(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    key, ref = _made_and_unknown(hub, company, sandbox)
    sandbox.patch(INVOICES, ref, Комментарий=_worded(sandbox, ref, "Слово там"))
    for _time in range(2):
        company.now()
        settle(hub, 1)
        run(hub, "accounting")
    assert company.conflicts() == []
    assert company.invoice(key).comment == "Слово там"
    assert len(sandbox.rows(INVOICES)) == 1


@pytest.mark.requirement("R27", "R28")
def test_two_words_on_what_an_unknown_attempt_has_made_are_put_before_a_person(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    key, ref = _made_and_unknown(hub, company, sandbox)
    sandbox.patch(INVOICES, ref, Комментарий=_worded(sandbox, ref, "Слово там"))
    company.execute("UPDATE crm.invoice SET comment = 'Слово здесь' WHERE id = :id", id=key)
    for _time in range(2):
        company.now()
        settle(hub, 1)
        run(hub, "accounting")
    assert [one.field for one in company.conflicts()] == ["comment"]
    assert company.invoice(key).comment == "Слово здесь"


def _entered(hub: Hub, company: Company, sandbox: Neighbours) -> tuple[UUID, str]:
    """An invoice that the hub has entered, its posting answered or not; its keys here and there."""
    key = company.bill(company.deal())
    settle(hub, 1)
    [ref] = [row["Ref_Key"] for row in sandbox.rows(INVOICES)]
    return key, ref


def _made_and_unknown(hub: Hub, company: Company, sandbox: Neighbours) -> tuple[UUID, str]:
    """An invoice that is in 1C, of which the hub has heard nothing."""
    sandbox.fault("drop_after", method="POST")
    sandbox.fault("drop_before", method="GET", path="substringof", count=8)
    key = company.bill(company.deal())
    settle(hub, 1)
    [errand] = company.errands()
    assert errand.trouble["code"] == "unknown_outcome"
    sandbox.mend()
    [row] = sandbox.rows(INVOICES)
    return key, row["Ref_Key"]


def _worded(sandbox: Neighbours, ref: str, words: str) -> str:
    """The comment of an invoice there with other words after its mark."""
    [row] = [row for row in sandbox.rows(INVOICES) if row["Ref_Key"] == ref]
    mark = row["Комментарий"].removesuffix("До подъезда")
    assert mark != row["Комментарий"]
    return str(mark) + words
