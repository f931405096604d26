"""A living base with a node for the hub, and what both sides say of it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.e2e.company import Company, found, run
from tests.e2e.neighbours import CLIENTS, Neighbours

from provodka.flows.hub import Hub
from provodka.flows.onec.following.choosing import STREAM
from provodka.flows.settings import Environment

PLAN = "ДляODATA"
CODE = "PROVODKA"


@pytest.fixture
def environment(environment: Environment, sandbox: Neighbours) -> Environment:
    """The base has a node for the hub."""
    add_node(sandbox, CODE)
    return environment


@pytest.fixture
def company(hub: Hub) -> Company:
    """Everything has been read once, from the first page on."""
    company = found(hub)
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
