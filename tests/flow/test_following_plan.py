"""The hub follows an exchange plan of a living base: all kinds in one message, confirmed last."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from tests.e2e.company import Company, run, settle
from tests.e2e.neighbours import CLIENTS, INVOICES, RECEIPTS, Neighbours
from tests.flow.followed_plan import (
    CODE,
    PLAN,
    a_client,
    company,
    deltas,
    environment,
    erase,
    named,
    node,
    place,
)

from provodka.connectors.onec.odata.exchange_plan import ExchangePlans
from provodka.flows.hub import Hub
from provodka.flows.onec.following.choosing import STREAM
from provodka.flows.work import Rehearsal
from provodka.foundation.errors import SystemUnavailable

__all__ = ["company", "environment"]


@pytest.mark.requirement("R27", "R28")
def test_one_message_brings_documents_of_many_kinds_parents_first(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    key = company.bill(company.deal())
    settle(hub)
    run(hub, "accounting")
    number = company.number(key)
    receipt = sandbox.pay(number)
    sandbox.ship(number)
    sandbox.patch(CLIENTS, a_client(sandbox)["Ref_Key"], Description="Переименован")
    counts = run(hub, "accounting")
    assert counts["new"] == 2
    assert counts["parked"] == counts["set_aside"] == 0
    invoice = company.invoice(key)
    assert invoice.paid_amount == invoice.shipped_amount == invoice.amount
    assert named(company, a_client(sandbox)["Ref_Key"]).name == "Переименован"
    assert sandbox.rows(RECEIPTS, f"Ref_Key eq guid'{receipt['ref']}'")
    assert node(sandbox)["waiting"] == 0


def test_sets_of_no_mapping_are_counted_and_do_not_come_again(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    key = company.bill(company.deal())
    settle(hub)
    run(hub, "accounting")
    sandbox.pay(company.number(key))
    assert run(hub, "accounting")["foreign"] > 0
    assert run(hub, "accounting") == {}


def test_an_idle_base_is_asked_twice_and_nothing_is_written(
    hub: Hub, company: Company, sandbox: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, received = deltas(company), node(sandbox)["received_no"]
    asked: list[str] = []
    base = hub.require_base()
    read = base._transport.read

    def counted(path: str, *given: Any, **more: Any) -> Any:
        asked.append(path.partition("(")[0])
        return read(path, *given, **more)

    monkeypatch.setattr(base._transport, "read", counted)
    assert run(hub, "accounting") == {}
    assert asked == [f"ExchangePlan_{PLAN}", "SelectChanges"]
    assert deltas(company) == before
    assert node(sandbox)["received_no"] == received


@pytest.mark.requirement("R27")
def test_a_hub_killed_between_its_commit_and_the_confirmation_reads_again_and_changes_nothing(
    hub: Hub, company: Company, sandbox: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = a_client(sandbox)["Ref_Key"]
    sandbox.patch(CLIENTS, ref, Description="Переименован")
    with monkeypatch.context() as dying:
        dying.setattr(ExchangePlans, "notify_received", _die)
        with pytest.raises(KeyboardInterrupt):
            run(hub, "accounting")
    assert named(company, ref).name == "Переименован"
    before = deltas(company)
    assert node(sandbox)["waiting"] == 1
    counts = run(hub, "accounting")
    assert (counts["same"], counts["changed"]) == (1, 0)
    assert deltas(company) == before
    assert (node(sandbox)["waiting"], node(sandbox)["received_no"]) == (0, 1)


@pytest.mark.requirement("R27")
def test_a_hub_killed_before_its_commit_loses_nothing(
    hub: Hub, company: Company, sandbox: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = a_client(sandbox)["Ref_Key"]
    sandbox.patch(CLIENTS, ref, Description="Переименован")
    with monkeypatch.context() as dying:
        dying.setattr("provodka.flows.onec.following.feeding.unsettled", _die)
        with pytest.raises(KeyboardInterrupt):
            run(hub, "accounting")
    assert named(company, ref).name != "Переименован"
    assert place(company)["message"] == 0
    run(hub, "accounting")
    assert named(company, ref).name == "Переименован"
    assert place(company)["message"] == 1


def test_what_changes_between_selecting_and_confirming_comes_with_the_next_message(
    hub: Hub, company: Company, sandbox: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = a_client(sandbox)["Ref_Key"]
    sandbox.patch(CLIENTS, ref, Description="Первое имя")
    confirm = ExchangePlans.notify_received

    def late(plans: ExchangePlans, *given: Any) -> None:
        sandbox.patch(CLIENTS, ref, Description="Второе имя")
        confirm(plans, *given)

    with monkeypatch.context() as between:
        between.setattr(ExchangePlans, "notify_received", late)
        run(hub, "accounting")
    assert named(company, ref).name == "Первое имя"
    run(hub, "accounting")
    assert named(company, ref).name == "Второе имя"


def test_a_message_whose_document_the_courier_has_just_written_is_confirmed_later(
    hub: Hub, company: Company, sandbox: Neighbours, store: Engine
) -> None:
    """What was agreed on since the message was asked for is left alone, so it must come again."""
    ref = a_client(sandbox)["Ref_Key"]
    sandbox.patch(CLIENTS, ref, Description="Бухгалтер исправил")
    company.execute(
        "UPDATE hub.binding SET agreed_at = now() + interval '1 hour' WHERE external_key = :ref",
        ref=ref,
    )
    assert run(hub, "accounting")["unsettled"] == 1
    assert node(sandbox)["waiting"] == 1
    company.execute("UPDATE hub.binding SET agreed_at = now() WHERE external_key = :ref", ref=ref)
    run(hub, "accounting")
    assert named(company, ref).name == "Бухгалтер исправил"
    assert node(sandbox)["waiting"] == 0


def test_the_hubs_own_writes_come_back_and_change_nothing(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    key = company.bill(company.deal())
    settle(hub)
    run(hub, "accounting")
    company.execute("UPDATE crm.invoice SET comment = 'К вечеру' WHERE id = :key", key=key)
    settle(hub)
    before, written = deltas(company), len(sandbox.writes(INVOICES))
    assert node(sandbox)["waiting"] > 0
    counts = run(hub, "accounting")
    assert (counts["read"], counts["same"]) == (1, 1)
    settle(hub)
    assert deltas(company) == before
    assert len(sandbox.writes(INVOICES)) == written


def test_a_rehearsal_takes_the_message_and_confirms_nothing(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    from provodka.flows.streams import STREAMS

    ref = a_client(sandbox)["Ref_Key"]
    sandbox.patch(CLIENTS, ref, Description="Переименован")
    with Rehearsal.on(hub.engine) as work:
        assert STREAMS["accounting"].run(hub, work)["changed"] == 1
    assert named(company, ref).name != "Переименован"
    assert node(sandbox)["waiting"] == 1


def test_a_message_over_the_limit_is_made_up_for_by_comparing_everything(
    hub: Hub, company: Company, sandbox: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref, erased = a_client(sandbox)["Ref_Key"], a_client(sandbox, 1)["Ref_Key"]
    sandbox.patch(CLIENTS, ref, Description="Переименован")
    erase(sandbox, CLIENTS, erased)
    monkeypatch.setattr(ExchangePlans, "select_changes", _too_large(ExchangePlans.select_changes))
    run(hub, "accounting")
    assert named(company, ref).name == "Переименован"
    assert named(company, erased).deleted_at is not None
    assert node(sandbox)["waiting"] == 0


def test_a_base_restored_from_a_copy_is_compared_whole(
    hub: Hub, company: Company, sandbox: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2):
        sandbox.patch(CLIENTS, a_client(sandbox)["Ref_Key"], Description=f"Имя {number}")
        run(hub, "accounting")
    run(hub, "accounting")
    company.execute(
        'UPDATE hub.cursor SET position = position || \'{"received": 7, "message": 7}\''
        " WHERE stream = :stream",
        stream=STREAM,
    )
    company.execute("UPDATE hub.binding SET external_version = 'before' WHERE kind = 'client'")
    counts = run(hub, "catalogs")
    assert counts["read"] > counts["same"]
    versions = company.rows("SELECT external_version FROM hub.binding WHERE kind = 'client'")
    assert "before" not in {row.external_version for row in versions}
    assert place(company)["received"] == 2


def test_a_daily_comparison_finds_what_the_plan_did_not_tell(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    ref = a_client(sandbox)["Ref_Key"]
    sandbox.patch(CLIENTS, ref, Description="Мимо плана")
    base = hub.require_base()
    [own] = [one for one in base.exchange_plans.nodes(PLAN) if one.code == CODE]
    list(base.exchange_plans.select_changes(own, own.next_message, unknown))
    # Somebody else empties the node under the hub's own next number.
    company.execute(
        "UPDATE hub.cursor SET position = position || '{\"message\": 1}' WHERE stream = :stream",
        stream=STREAM,
    )
    base.exchange_plans.notify_received(own, own.next_message)
    run(hub, "catalogs")
    assert named(company, ref).name != "Мимо плана"
    tomorrow = hub.clock() + timedelta(days=1, minutes=1)
    run(replace(hub, clock=lambda: tomorrow), "catalogs")
    assert named(company, ref).name == "Мимо плана"


def test_an_entry_that_makes_no_sense_waits_aside_until_its_object_is_read_otherwise(
    hub: Hub, company: Company, sandbox: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = a_client(sandbox)["Ref_Key"]
    sandbox.patch(CLIENTS, ref, Description="Переименован")
    with monkeypatch.context() as damaging:
        damaging.setattr("provodka.connectors.onec.odata.atom._row", _refuse)
        assert run(hub, "accounting")["set_aside"] == 1
    [aside] = company.set_aside("onec:client")
    assert (aside.external_key, aside.code) == (ref, "odd_entry")
    tomorrow = hub.clock() + timedelta(days=1, minutes=1)
    run(replace(hub, clock=lambda: tomorrow), "catalogs")
    assert named(company, ref).name == "Переименован"
    assert company.set_aside() == []


def test_a_base_that_fails_on_the_message_says_so_and_loses_nothing(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    ref = a_client(sandbox)["Ref_Key"]
    sandbox.patch(CLIENTS, ref, Description="Переименован")
    sandbox.fault("html200", path="SelectChanges", count=None)
    with pytest.raises(SystemUnavailable):
        run(hub, "accounting")
    sandbox.mend()
    run(hub, "accounting")
    assert named(company, ref).name == "Переименован"


def unknown(_set_name: str) -> None:
    """Types that nobody knows."""


def _die(*_given: Any, **_more: Any) -> None:
    raise KeyboardInterrupt


def _refuse(*_given: Any) -> None:
    from provodka.connectors.onec.odata.atom import _Senseless

    raise _Senseless("the field 'x' comes twice")


def _too_large(select: Any) -> Any:
    from provodka.connectors.http import AnswerTooLarge

    def selected(*given: Any) -> None:
        list(select(*given))
        raise AnswerTooLarge("1С", found="ответ больше 64 МБ", code="answer_too_large")

    return selected
