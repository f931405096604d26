"""The hub follows an exchange plan of a living base: all kinds in one message, confirmed last."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from tests.e2e.company import Company, run, settle
from tests.e2e.neighbours import CLIENTS, INVOICES, RECEIPTS, Neighbours

from provodka.connectors.onec.odata.exchange_plan import ExchangePlans, Node
from provodka.flows.hub import Hub
from provodka.flows.insight.status import status
from provodka.flows.onec.following.burying import bury
from provodka.flows.onec.following.checking import check_changes
from provodka.flows.onec.following.choosing import STREAM, choose
from provodka.flows.onec.following.guarding import TooManyDeletions, trusting
from provodka.flows.settings import Environment
from provodka.flows.work import Rehearsal
from provodka.foundation.errors import ConfigurationError, SystemUnavailable

PLAN = "ДляODATA"
CODE = "PROVODKA"


@pytest.fixture
def environment(environment: Environment, sandbox: Neighbours) -> Environment:
    """The base has a node for the hub."""
    add_node(sandbox, CODE)
    return environment


@pytest.fixture
def company(hub: Hub, company: Company) -> Company:
    """Everything has been read once."""
    run(hub, "accounting")
    return company


def add_node(sandbox: Neighbours, code: str, **values: Any) -> None:
    answer = sandbox.control.post("exchange/nodes", json={"code": code, **values})
    assert answer.status_code == 200, answer.text


def node(sandbox: Neighbours, code: str = CODE) -> dict[str, Any]:
    """The node as the sandbox's own books have it."""
    nodes = sandbox.control.get("exchange").json()["nodes"]
    return next(one for one in nodes if one["code"] == code and one["plan"] == PLAN)


def a_client(sandbox: Neighbours, number: int = 0) -> dict[str, Any]:
    return sandbox.rows(CLIENTS, "IsFolder eq false")[number]


def erase(sandbox: Neighbours, set_name: str, ref: str) -> None:
    """Somebody deletes an object in 1C physically, past the bin."""
    sandbox.onec.delete(f"{set_name}(guid'{ref}')").raise_for_status()


def deltas(company: Company) -> int:
    return int(company.value("SELECT count(*) FROM hub.delta"))


def place(company: Company) -> dict[str, Any]:
    found: dict[str, Any] = company.value(
        "SELECT position FROM hub.cursor WHERE stream = :stream", stream=STREAM
    )
    return found


def named(company: Company, ref: str) -> Any:
    """The client of a key in 1C, as the hub has it."""
    [row] = company.rows(
        "SELECT c.* FROM crm.client c JOIN hub.binding b ON b.document = c.id"
        " WHERE b.external_key = :ref",
        ref=ref,
    )
    return row


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
    run(trusting(strict(hub)), "accounting")
    assert living(company) == before - 5
    assert node(sandbox)["waiting"] == 0


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


def test_a_node_that_bears_the_hubs_name_is_found_and_a_foreign_one_is_never_taken(
    hub: Hub, sandbox: Neighbours
) -> None:
    published = hub.require_base().probe().published
    found = choose(hub, published)
    assert found.node
    assert (found.node.plan, found.node.code) == (f"ExchangePlan_{PLAN}", CODE)
    assert found.told == "изменения: план обмена ДляODATA, узел PROVODKA"
    add_node(sandbox, "ЗУП", description="Проводка")
    doubtful = choose(hub, published)
    assert doubtful.node is None
    assert "PROVODKA" in doubtful.advice
    assert "ЗУП" in doubtful.advice
    assert doubtful.told == "изменения: сканирование версий"


def test_check_and_status_tell_how_changes_are_found(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    published = hub.require_base().probe().published
    [by_plan] = check_changes(hub, published)
    assert by_plan.text == "изменения: план обмена ДляODATA, узел PROVODKA"
    [by_scan] = check_changes(set_to(hub, exchange_plan=False), published)
    assert by_scan.text == "изменения: сканирование версий"
    told = {one.name: one.changes for one in status(hub).systems}
    assert told["onec"] == by_plan.text
    assert told["mail"] == ""
    sandbox.patch(CLIENTS, a_client(sandbox)["Ref_Key"], Description="Переименован")
    run(hub, "accounting")
    assert status(hub).systems[0].changes == f"{by_plan.text}, принято сообщение 1"


def test_a_base_that_has_plans_but_no_node_for_the_hub_says_how_to_make_one(hub: Hub) -> None:
    plans = {"ExchangePlan_ДляODATA", "ExchangePlan_ДляODATA_Состав", "Catalog_Валюты"}
    nodeless = replace(hub, base=_Nodeless())  # type: ignore[arg-type]
    assert "PROVODKA в ДляODATA" in choose(nodeless, plans).advice
    assert "опубликуйте" in choose(nodeless, {"Catalog_Валюты"}).advice


class _Nodeless:
    """A base whose plans have no node but its own."""

    @property
    def exchange_plans(self) -> _Nodeless:
        return self

    def nodes(self, plan: str) -> tuple[Node, ...]:
        assert plan == "ExchangePlan_ДляODATA"
        return (Node(plan, UUID(int=1), "PROVODKA", this=True), Node(plan, UUID(int=2), "ЗУП"))


def set_to(hub: Hub, **values: Any) -> Hub:
    assert hub.settings.onec
    onec = hub.settings.onec.model_copy(update=values)
    return replace(hub, settings=hub.settings.model_copy(update={"onec": onec}))


def test_the_plan_and_the_node_may_be_named_and_a_wrong_name_lists_what_there_is(
    hub: Hub, sandbox: Neighbours
) -> None:
    add_node(sandbox, "CRM")
    named_node = choose(set_to(hub, exchange_plan=PLAN, exchange_node="crm"), ())
    assert named_node.node
    assert named_node.node.code == "CRM"
    assert choose(set_to(hub, exchange_plan=False), ()).node is None
    for settings in ({"exchange_node": "Нет"}, {"exchange_node": None}):
        with pytest.raises(ConfigurationError, match=r"CRM, .*PROVODKA"):
            choose(set_to(hub, exchange_plan=PLAN, **settings), ())
    with pytest.raises(ConfigurationError):
        choose(set_to(hub, exchange_plan="НетТакого"), ())


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
