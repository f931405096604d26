"""Which node is the hub's, if any, and who is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from tests.e2e.company import Company, run
from tests.e2e.neighbours import CLIENTS, Neighbours
from tests.flow.followed_plan import (
    CODE,
    PLAN,
    a_client,
    add_node,
    company,
    environment,
)

from provodka.connectors.onec.odata.exchange_plan import Node
from provodka.flows.hub import Hub
from provodka.flows.insight.status import status
from provodka.flows.onec.following.checking import check_changes
from provodka.flows.onec.following.choosing import choose
from provodka.foundation.errors import ConfigurationError

__all__ = ["company", "environment"]


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
