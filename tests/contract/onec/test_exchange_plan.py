"""Exchange plans over HTTP: nodes, messages, confirmations, and answers that go astray."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.contract.onec.opening import OpenBase
from tests.contract.onec.scripted_server import DROP, answer, rows

from provodka.connectors.http import AnswerTooLarge
from provodka.connectors.onec.odata.atom import Changed
from provodka.connectors.onec.odata.exchange_plan import Node, plan_set
from provodka.foundation.errors import (
    AccessDenied,
    ConfigurationError,
    ProvodkaError,
    Refused,
    SystemUnavailable,
)

FEEDS = Path(__file__).parents[2] / "data/onec/feeds"
MESSAGE = (FEEDS / "msg004_kontragenti.xml").read_bytes()
REF = UUID("a9bc23c5-3689-11f1-926c-0800270bc6cb")
NODE = Node("ExchangePlan_ДляODATA", REF, "CRM", "CRM", received=3)


def unknown(_set_name: str) -> None:
    """Types that nobody knows."""


def node_row(**values: Any) -> dict[str, Any]:
    row = {"Ref_Key": str(REF), "Code": "CRM ", "Description": "Обмен с CRM", "DeletionMark": False}
    return row | {"SentNo": "4", "ReceivedNo": "3", "ThisNode": False} | values


def test_nodes_are_read_with_their_numbers_and_without_those_marked_for_deletion(
    base_that_answers: OpenBase,
) -> None:
    own = node_row(Ref_Key=str(UUID(int=1)), Code="00", ThisNode=True)
    gone = node_row(Ref_Key=str(UUID(int=2)), DeletionMark=True)
    base, server = base_that_answers(rows(own, node_row(), gone))
    first, second = base.exchange_plans.nodes("ДляODATA")
    assert (first.this, second.this) == (True, False)
    assert second == Node("ExchangePlan_ДляODATA", REF, "CRM", "Обмен с CRM", 4, 3)
    assert second.next_message == 4
    assert "/ExchangePlan_ДляODATA?" in server.seen[0].asked


@pytest.mark.parametrize("row", [{"ReceivedNo": None}, {"SentNo": "много"}, {"Ref_Key": "x"}])
def test_a_node_without_numbers_is_an_error_of_the_base(
    base_that_answers: OpenBase, row: dict[str, Any]
) -> None:
    base, _server = base_that_answers(rows(node_row(**row)))
    with pytest.raises(SystemUnavailable, match="номеров сообщений"):
        base.exchange_plans.nodes("ДляODATA")


def test_a_plan_is_named_with_or_without_its_prefix() -> None:
    assert plan_set("ДляODATA") == plan_set("ExchangePlan_ДляODATA") == "ExchangePlan_ДляODATA"


def test_changes_are_asked_for_by_the_nodes_whole_address_and_number(
    base_that_answers: OpenBase,
) -> None:
    base, server = base_that_answers(answer(200, MESSAGE))
    items = list(base.exchange_plans.select_changes(NODE, 4, unknown))
    assert len(items) == 5
    assert all(isinstance(item, Changed) for item in items)
    [request] = server.seen
    service = f"{server.url}/odata/standard.odata"
    assert request.method == "POST"
    assert request.asked.partition("/odata/standard.odata/")[2] == (
        f"SelectChanges?DataExchangePoint='{service}/ExchangePlan_ДляODATA(guid'{REF}')'&MessageNo=4"
    )
    assert request.body == b""


@pytest.mark.parametrize("broken", [MESSAGE[:5000], b"", b"\x00\x01", DROP])
def test_a_cut_message_is_asked_for_again_before_anything_is_made_of_it(
    base_that_answers: OpenBase, broken: bytes
) -> None:
    first = broken if broken == DROP else answer(200, broken)
    base, server = base_that_answers(first, answer(200, MESSAGE))
    assert len(list(base.exchange_plans.select_changes(NODE, 4, unknown))) == 5
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    "body",
    [
        MESSAGE.replace(b"<d:DeletionMark>", b"<d:DeletionMark", 1),
        b"<m:error xmlns:m='http://schemas.microsoft.com/ado/2007/08/dataservices/metadata'/>",
        b"<!DOCTYPE feed [<!ENTITY a 'b'>]><feed xmlns='http://www.w3.org/2005/Atom'></feed>",
    ],
)
def test_a_message_that_is_no_feed_is_a_named_trouble_of_the_base(
    base_that_answers: OpenBase, body: bytes
) -> None:
    base, _server = base_that_answers(answer(200, body))
    with pytest.raises(SystemUnavailable, match="лента изменений") as caught:
        list(base.exchange_plans.select_changes(NODE, 4, unknown))
    assert "SelectChanges" in caught.value.where


def test_a_message_over_the_limit_is_told_apart(base_that_answers: OpenBase) -> None:
    base, server = base_that_answers(answer(200, MESSAGE), max_answer_bytes=10_000)
    with pytest.raises(AnswerTooLarge):
        base.exchange_plans.select_changes(NODE, 4, unknown)
    assert len(server.seen) == 1


def test_a_web_page_instead_of_changes_is_a_trouble_of_the_base(
    base_that_answers: OpenBase,
) -> None:
    base, _server = base_that_answers(answer(200, "<!doctype html><html>Вход</html>"))
    with pytest.raises(SystemUnavailable, match="веб-страница"):
        base.exchange_plans.select_changes(NODE, 4, unknown)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [(401, "20", AccessDenied), (404, "8", ConfigurationError), (500, "-1", Refused)],
)
def test_a_plan_that_is_closed_or_absent_says_so(
    base_that_answers: OpenBase, status: int, code: str, kind: type[ProvodkaError]
) -> None:
    said = {"odata.error": {"code": code, "message": {"lang": "ru", "value": "Почему-то"}}}
    base, _server = base_that_answers(answer(status, said))
    with pytest.raises(kind, match="Почему-то"):
        base.exchange_plans.select_changes(NODE, 4, unknown)


def test_a_confirmation_names_the_same_node_and_number(base_that_answers: OpenBase) -> None:
    base, server = base_that_answers(answer(200))
    base.exchange_plans.notify_received(NODE, 4)
    [request] = server.seen
    assert request.method == "POST"
    assert f"/NotifyChangesReceived?DataExchangePoint='{server.url}" in request.asked
    assert request.asked.endswith(f"(guid'{REF}')'&MessageNo=4")


def test_a_lost_answer_to_a_confirmation_is_looked_up(base_that_answers: OpenBase) -> None:
    landed = answer(200, node_row(ReceivedNo="4"))
    base, server = base_that_answers(DROP, landed)
    base.exchange_plans.notify_received(NODE, 4)
    assert [one.method for one in server.seen] == ["POST", "GET"]


def test_a_confirmation_that_did_not_land_is_an_error(base_that_answers: OpenBase) -> None:
    base, _server = base_that_answers(DROP, answer(200, node_row(ReceivedNo="3")))
    with pytest.raises(ProvodkaError, match="ответ потерян"):
        base.exchange_plans.notify_received(NODE, 4)


def test_a_node_that_the_base_has_no_more_is_none(base_that_answers: OpenBase) -> None:
    said = {"odata.error": {"code": "9", "message": {"lang": "ru", "value": "Нет"}}}
    base, _server = base_that_answers(answer(404, said), answer(200, node_row(DeletionMark=True)))
    assert base.exchange_plans.node(NODE) is None
    assert base.exchange_plans.node(NODE) is None
