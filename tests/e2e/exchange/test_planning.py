"""A plan over messages shows the objects that would go; carried out, it sends those, or none."""

from __future__ import annotations

import pytest
from tests.e2e.exchange.talk import Talk

from provodka.flows.insight.planned import Plan
from provodka.flows.planning.applying import Applied, WorldMoved, apply
from provodka.flows.planning.rehearsing import rehearse
from provodka.flows.streams import STREAMS

BOTH = [STREAMS[name] for name in ("exchange", "invoices", "outbox")]


def plan(talk: Talk) -> Plan:
    return rehearse(talk.hub, BOTH).plan


def carry_out(talk: Talk, planned: Plan) -> Applied:
    return apply(talk.hub, planned, BOTH, lambda _stream, _state: None)


def test_what_a_plan_shows_is_what_the_message_carries(talk: Talk) -> None:
    talk.round()
    key = talk.company.bill(talk.company.deal())
    before = len(talk.messages())
    planned = plan(talk)
    assert len(talk.messages()) == before
    [push] = [one for one in planned.pushes if one.kind == "invoice"]
    assert (push.op, push.document, push.state, push.trouble) == (
        "insert", str(key), "delivered", "",
    )  # fmt: skip
    [wire] = push.writes
    assert wire.path == "Документ.ЗаказКлиента"
    assert wire.body["КлючевыеСвойства"]["Ссылка"] == str(key)
    assert plan(talk).digest == planned.digest
    assert carry_out(talk, planned).whole
    assert talk.invoices() == [talk.company.number(key)]
    assert plan(talk).pushes == ()


def test_a_planned_change_tells_the_fields_that_differ_from_what_was_agreed(talk: Talk) -> None:
    key = talk.company.bill(talk.company.deal())
    talk.round(2)
    talk.company.execute("UPDATE crm.invoice SET comment = 'К служебному входу'")
    planned = plan(talk)
    [push] = planned.pushes
    assert (push.op, push.document) == ("update", str(key))
    assert [(one.field, one.after, one.wins) for one in push.fields] == [
        ("comment", "К служебному входу", "ours")
    ]
    assert carry_out(talk, planned).whole


def test_an_object_that_would_go_otherwise_now_is_not_sent(talk: Talk) -> None:
    talk.company.bill(talk.company.deal())
    planned = plan(talk)
    talk.company.execute("UPDATE crm.invoice SET comment = 'Передумали'")
    with pytest.raises(WorldMoved) as refused:
        carry_out(talk, planned)
    [moved] = refused.value.moved
    assert (moved.what, moved.kind) == ("push", "invoice")
    assert moved.now["Комментарий"].endswith("Передумали")
    assert talk.invoices() == []


def test_an_invoice_issued_after_the_plan_does_not_go_with_those_of_the_plan(talk: Talk) -> None:
    first = talk.company.bill(talk.company.deal())
    planned = plan(talk)
    second = talk.company.bill(talk.company.deal())
    assert carry_out(talk, planned).whole
    assert talk.invoices() == [talk.company.number(first)]
    talk.round()
    assert len(talk.invoices()) == 2
    assert talk.bound(second).external_key == str(second)
