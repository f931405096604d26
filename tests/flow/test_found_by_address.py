"""Clients and contacts are found by their address through an index, whoever asks."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, TextClause, text

from provodka.flows.inbox import recognising
from provodka.flows.mail import linking

INDEXES = {"ix_client_email", "ix_contact_email"}


def indexes(plan: dict[str, Any]) -> set[str]:
    """Names of the indexes that a plan reads."""
    deeper = (indexes(one) for one in plan.get("Plans", ()))
    return set().union(*deeper) | ({plan["Index Name"]} if "Index Name" in plan else set())


@pytest.mark.parametrize(
    ("query", "values"),
    [
        (recognising.BY_EMAIL, {"email": "Anna@client.example"}),
        (linking.BY_ADDRESS, {"keys": ["anna@client.example"]}),
    ],
    ids=["forms", "letters"],
)
def test_an_address_is_looked_up_in_both_indexes(
    store: Engine, query: TextClause, values: dict[str, Any]
) -> None:
    with store.connect() as connection:
        # An empty table is always cheaper to read whole.
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        explained = text(f"EXPLAIN (FORMAT JSON) {query.text}")
        [found] = connection.execute(explained, values).scalar_one()
    assert indexes(found["Plan"]) >= INDEXES
