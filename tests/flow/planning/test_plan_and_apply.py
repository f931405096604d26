"""A plan shows both directions; carried out, it does what it showed, or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from tests.e2e.company import Company, run, settle
from tests.e2e.neighbours import CLIENTS, INVOICES, Neighbours

from provodka.flows.hub import Hub
from provodka.flows.insight.planned import Plan
from provodka.flows.planning.applying import Applied, WorldMoved, apply
from provodka.flows.planning.rehearsing import rehearse
from provodka.flows.streams import STREAMS

BOTH = ("catalogs", "accounting", "invoices", "outbox")


def plan(hub: Hub) -> Plan:
    return rehearse(hub, [STREAMS[name] for name in BOTH]).plan


def carry_out(hub: Hub, planned: Plan) -> Applied:
    return apply(hub, planned, [STREAMS[name] for name in BOTH], lambda _stream, _state: None)


@pytest.fixture
def entered(hub: Hub, company: Company) -> Any:
    """An invoice that is in 1C, posted, and pulled back once."""
    key = company.bill(company.deal())
    settle(hub)
    run(hub, "accounting")
    return key


def test_a_plan_of_an_invoice_to_come_is_what_the_courier_then_sends(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    run(hub, "accounting")
    key = company.bill(company.deal())
    planned = plan(hub)
    assert sandbox.writes() == []
    [push] = planned.pushes
    assert (push.op, push.kind, push.document) == ("insert", "invoice", str(key))
    assert [wire.path.partition("(")[0] for wire in push.writes] == [INVOICES, INVOICES]
    done = carry_out(hub, planned)
    assert done.whole
    assert sandbox.invoice(company.number(key))["Posted"] is True
    assert plan(hub).pushes == ()


def test_both_directions_are_planned_and_done(
    hub: Hub, company: Company, sandbox: Neighbours, entered: Any
) -> None:
    ref = sandbox.invoice(company.number(entered))["Ref_Key"]
    theirs = sandbox.invoice(company.number(entered))["Комментарий"] + ", звонить"
    sandbox.patch(INVOICES, ref, Комментарий=theirs)
    company.execute("UPDATE crm.invoice SET date = date + interval '1 hour'")
    planned = plan(hub)
    [change] = planned.changes
    [entry] = change.entries
    [field] = entry.fields
    assert (field.field, field.before, field.after) == (
        "comment", "До подъезда", "До подъезда, звонить",
    )  # fmt: skip
    assert (field.wins, field.why) == ("theirs", "changed_there")
    [push] = planned.pushes
    assert [list(wire.body) for wire in push.writes] == [["Date"]]
    [sent] = push.fields
    assert (sent.field, sent.wins, sent.why) == ("date", "ours", "changed_here")
    assert plan(hub).digest == planned.digest
    assert carry_out(hub, planned).whole
    assert company.invoice(entered).comment == "До подъезда, звонить"
    assert plan(hub).size == 0


def test_a_plan_is_refused_when_a_field_of_it_has_moved_on(
    hub: Hub, company: Company, sandbox: Neighbours, entered: Any
) -> None:
    ref = sandbox.invoice(company.number(entered))["Ref_Key"]
    mark = sandbox.invoice(company.number(entered))["Комментарий"]
    sandbox.patch(INVOICES, ref, Комментарий=mark + ", звонить")
    planned = plan(hub)
    sandbox.patch(INVOICES, ref, Комментарий=mark + ", не звонить")
    before = company.value("SELECT count(*) FROM hub.delta")
    with pytest.raises(WorldMoved) as refused:
        carry_out(hub, planned)
    [moved] = refused.value.moved
    assert (moved.field, moved.planned["after"], moved.now["after"]) == (
        "comment", "До подъезда, звонить", "До подъезда, не звонить",
    )  # fmt: skip
    assert company.value("SELECT count(*) FROM hub.delta") == before


def test_what_came_after_the_plan_waits_for_the_next_run(
    hub: Hub, company: Company, sandbox: Neighbours, entered: Any
) -> None:
    ref = sandbox.invoice(company.number(entered))["Ref_Key"]
    mark = sandbox.invoice(company.number(entered))["Комментарий"]
    sandbox.patch(INVOICES, ref, Комментарий=mark + ", звонить")
    planned = plan(hub)
    other = sandbox.rows(CLIENTS, "IsFolder eq false")[0]
    sandbox.patch(CLIENTS, other["Ref_Key"], Description="Совсем другое имя")
    late = company.bill(company.deal())
    done = carry_out(hub, planned)
    assert (done.whole, done.later) == (True, 1)
    assert company.invoice(entered).comment == "До подъезда, звонить"
    renamed = "SELECT count(*) FROM crm.client WHERE name = 'Совсем другое имя'"
    assert company.value(renamed) == 0
    assert sandbox.rows(INVOICES, f"Number eq '{company.number(late)}'") == []
    run(hub, "catalogs")
    settle(hub)
    assert company.value(renamed) == 1
    assert sandbox.invoice(company.number(late))["Posted"] is True


def test_an_invoice_issued_after_the_plan_is_not_sent_with_those_of_the_plan(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    run(hub, "accounting")
    first = company.bill(company.deal())
    planned = plan(hub)
    second = company.bill(company.deal())
    assert carry_out(hub, planned).whole
    assert [row["Number"] for row in sandbox.rows(INVOICES)] == [company.number(first)]
    settle(hub)
    assert sandbox.invoice(company.number(second))["Posted"] is True


def test_a_new_client_goes_before_the_invoice_that_waits_for_it(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    run(hub, "accounting")
    client = company.insert("client", name="Новый покупатель", full_name="Новый покупатель")
    company.bill(company.deal(client_id=client))
    planned = plan(hub)
    assert [push.kind for push in planned.pushes] == ["client", "invoice"]
    done = carry_out(hub, planned)
    assert [one.as_planned for one in done.sent] == [True] * len(planned.pushes)
    assert len(sandbox.rows(CLIENTS, "Description eq 'Новый покупатель'")) == 1
