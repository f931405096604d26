"""What 1C deletes while the hub follows an exchange plan, and how much of it is believed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.e2e.company import Company, run, settle
from tests.e2e.neighbours import CLIENTS, INVOICES, RECEIPTS, Neighbours
from tests.flow.followed_plan import (
    a_client,
    company,
    environment,
    erase,
    named,
    node,
)

from provodka.flows.hub import Hub
from provodka.flows.onec.following.burying import bury
from provodka.flows.onec.following.guarding import TooManyDeletions, trusting

__all__ = ["company", "environment"]


@pytest.mark.requirement("R28")
def test_a_physical_deletion_marks_ours_deleted_journalled_and_keeps_what_binds_it(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    client = a_client(sandbox)
    before = named(company, client["Ref_Key"])
    erase(sandbox, CLIENTS, client["Ref_Key"])
    assert run(hub, "accounting")["deleted"] == 1
    gone = named(company, client["Ref_Key"])
    assert gone.deleted_at is not None
    assert gone.name == before.name
    [delta] = company.rows(
        "SELECT origin, op FROM hub.delta WHERE document = :id ORDER BY id DESC LIMIT 1",
        id=gone.id,
    )
    assert tuple(delta) == ("onec", "update")
    assert run(hub, "accounting") == {}


def test_an_object_that_the_base_has_after_all_is_alive_again_though_its_version_is_the_same(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    ref = a_client(sandbox)["Ref_Key"]
    with hub.engine.begin() as connection:
        assert bury(connection, hub.mappings["client"], [ref]) == 1
    assert named(company, ref).deleted_at is not None
    tomorrow = hub.clock() + timedelta(days=1, minutes=1)
    run(replace(hub, clock=lambda: tomorrow), "catalogs")
    assert named(company, ref).deleted_at is None


def test_what_was_parked_and_is_then_deleted_in_1c_never_comes_to_life(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    key = company.bill(company.deal())
    settle(hub)
    [bound] = company.rows("SELECT * FROM hub.binding WHERE document = :key", key=key)
    run(hub, "accounting")
    company.execute("DELETE FROM hub.binding WHERE document = :key", key=key)
    receipt = sandbox.pay(company.number(key))
    # The invoice is told by neither message: nobody in 1C has written it.
    assert run(hub, "accounting")["parked"] == 1
    sandbox.unpost(receipt)
    erase(sandbox, RECEIPTS, receipt["ref"])
    run(hub, "accounting")
    assert company.rows("SELECT * FROM hub.parked") == []
    sandbox.patch(INVOICES, bound.external_key, Posted=True)
    run(hub, "accounting")
    assert company.rows("SELECT * FROM crm.payment") == []


def test_marks_of_deletion_go_both_ways(hub: Hub, company: Company, sandbox: Neighbours) -> None:
    ref = a_client(sandbox)["Ref_Key"]
    sandbox.patch(CLIENTS, ref, DeletionMark=True)
    assert run(hub, "accounting")["deleted"] == 1
    assert named(company, ref).deleted_at is not None
    sandbox.patch(CLIENTS, ref, DeletionMark=False)
    run(hub, "accounting")
    assert named(company, ref).deleted_at is None


def strict(hub: Hub) -> Hub:
    """The hub that trusts one deletion at a time."""
    assert hub.settings.onec
    onec = hub.settings.onec.model_copy(update={"deletes_max": 1})
    return replace(hub, settings=hub.settings.model_copy(update={"onec": onec}))


def living(company: Company) -> int:
    return int(company.value("SELECT count(*) FROM crm.client WHERE deleted_at IS NULL"))


@pytest.mark.parametrize("way", ["marked", "erased"])
def test_too_many_deletions_in_one_message_ask_a_person_and_the_rest_is_taken(
    hub: Hub, company: Company, sandbox: Neighbours, way: str
) -> None:
    before = living(company)
    clients = sandbox.rows(CLIENTS, "IsFolder eq false")
    assert before < len(clients) + 1
    for client in clients[:5]:
        if way == "marked":
            sandbox.patch(CLIENTS, client["Ref_Key"], DeletionMark=True)
        else:
            erase(sandbox, CLIENTS, client["Ref_Key"])
    sandbox.patch(CLIENTS, clients[6]["Ref_Key"], Description="Переименован")
    for _time in range(2):
        with pytest.raises(TooManyDeletions, match="--allow-deletes") as caught:
            run(strict(hub), "accounting")
        assert f"5 из {before}" in caught.value.found
        assert living(company) == before
        assert named(company, clients[6]["Ref_Key"]).name == "Переименован"
        assert node(sandbox)["waiting"] == 6
    counts = run(trusting(strict(hub)), "accounting")
    assert (counts["deleted"], counts["changed"]) == (5, 0)
    assert living(company) == before - 5
    assert node(sandbox)["waiting"] == 0
