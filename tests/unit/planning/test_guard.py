"""The hand at the door to 1C: what was planned goes through, anything else does not."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from provodka.connectors.crm_store.outbox import Errand
from provodka.flows.insight.planned import Push, Wire
from provodka.flows.planning.guard import Guard, Otherwise
from provodka.flows.planning.sheet import made_up

CLIENT, INVOICE = UUID(int=1), UUID(int=2)
REAL = "2b9e0c5e-0000-4000-8000-000000000001"
PUSHES = (
    Push("insert", "client", str(CLIENT), "", "delivered", "", (), (
        Wire("POST", "Catalog_X", {"Description": "Ромашка"}),)),
    Push("insert", "invoice", str(INVOICE), "", "delivered", "", (), (
        Wire("POST", "Document_X", {"Контрагент_Key": made_up(CLIENT)}),
        Wire("POST", f"Document_X(guid'{made_up(INVOICE)}')/Post", None),)),
)  # fmt: skip


def errand(kind: str, document: UUID) -> Errand:
    return Errand(1, "k", "onec", "push", kind, document, None, 1, None, None, 0, False)


def written(
    guard: Guard, document: UUID, method: str, path: str, body: Any, answer: Any = None
) -> list[str]:
    """What was really sent for a request."""
    sent: list[str] = []

    def send() -> Any:
        sent.append(path)
        return answer

    guard.begin(errand("client", document))
    guard.write(method, path, body, send)
    return sent


def test_planned_requests_go_through_in_their_order_with_the_keys_that_1c_has_given() -> None:
    guard = Guard(PUSHES)
    body = {"Description": "Ромашка"}
    assert written(guard, CLIENT, "POST", "Catalog_X", body, {"Ref_Key": REAL})
    made = {"Ref_Key": "3"}
    assert written(guard, INVOICE, "POST", "Document_X", {"Контрагент_Key": REAL}, made)
    assert written(guard, INVOICE, "POST", "Document_X(guid'3')/Post", None)
    assert guard.done == {str(CLIENT): 1, str(INVOICE): 2}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "Catalog_X", {"Description": "Василек"}),
        ("POST", "Catalog_X", {"Description": "Ромашка", "ИНН": "1"}),
        ("PATCH", "Catalog_X", {"Description": "Ромашка"}),
        ("POST", "Catalog_Y", {"Description": "Ромашка"}),
        ("POST", "Catalog_X", None),
    ],
)
def test_any_other_request_is_not_sent(method: str, path: str, body: Any) -> None:
    guard = Guard(PUSHES)
    with pytest.raises(Otherwise):
        written(guard, CLIENT, method, path, body)
    assert guard.done == {}


def test_a_request_more_than_planned_is_not_sent() -> None:
    guard = Guard(PUSHES)
    body = {"Description": "Ромашка"}
    written(guard, CLIENT, "POST", "Catalog_X", body, {"Ref_Key": REAL})
    with pytest.raises(Otherwise):
        written(guard, CLIENT, "POST", "Catalog_X", body)


def test_a_document_that_is_not_in_the_plan_is_not_sent() -> None:
    with pytest.raises(Otherwise):
        written(Guard(PUSHES), UUID(int=9), "POST", "Catalog_X", {"Description": "Ромашка"})
