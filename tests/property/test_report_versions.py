"""Versions: followed in pieces, rebuilt, and read naively are the same rows."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text
from tests.contract.dashboards.histories import History, day, write_deltas

from provodka.connectors.crm_store import cursors
from provodka.dashboards.reports import versions

in_store = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
change = st.tuples(
    st.sampled_from(["task", "call", "client"]),
    st.integers(1, 4),
    st.sampled_from(["put", "put", "put", "purge"]),
    st.sampled_from([-0.5, 0, 0.25, 1]),
)


def tell(wanted: list[tuple[str, int, str, float]]) -> History:
    """Make the changes happen; a clock may be set back."""
    told, at = History(), 5.0
    for number, (kind, document, action, gap) in enumerate(wanted):
        at += gap
        exists = any(k == kind and key.int == document for k, key in told.rows)
        if action == "purge" and exists:
            told.purge(kind, document, at)
            continue
        fields = {
            "task": {"subject": f"дело {number}", "status": "open"},
            "call": {
                "direction": "incoming",
                "outcome": "missed",
                "started_at": day(3).isoformat(),
            },
            "client": {"name": f"клиент {number}", "kind": "individual"},
        }
        told.put(kind, document, at, **fields[kind])
    return told


def stored(connection: Connection, kind: str) -> list[tuple[Any, ...]]:
    return [
        tuple(row)
        for row in connection.execute(
            text(
                "SELECT document::text, delta, valid_from::text, valid_to::text"
                f" FROM report.{kind}_version ORDER BY 1, 2"
            )
        )
    ]


def naive(told: History, kind: str) -> int:
    """How many versions there must be: one for each state that was."""
    return sum(delta.kind == kind and delta.after is not None for delta in told.deltas)


def forget(connection: Connection) -> None:
    for table in ("hub.delta", *(f"report.{kind}_version" for kind in ("task", "call", "client"))):
        connection.execute(text(f"DELETE FROM {table}"))
    cursors.forget(connection, versions.STREAM)


@in_store
@given(st.lists(change, min_size=5, max_size=40), st.lists(st.integers(0, 40), max_size=3))
def test_followed_in_pieces_and_rebuilt_are_the_same_rows(
    store: Engine, wanted: list[tuple[str, int, str, float]], cuts: list[int]
) -> None:
    told = tell(wanted)
    ends = sorted(min(cut, len(told.deltas)) for cut in cuts)
    with store.begin() as connection:
        forget(connection)
    for start, end in pairwise([0, *ends, len(told.deltas)]):
        with store.begin() as connection:
            # As a living journal has it: transactions that come later have greater numbers.
            write_deltas(connection, told.deltas[start:end])
            connection.execute(
                text("UPDATE hub.delta SET xid = CAST(CAST(id + 3 AS text) AS xid8)")
            )
        with store.begin() as connection:
            place = {"xid": start + 3 if start else 0, "id": start}
            cursors.move(connection, versions.STREAM, place)
            versions.follow(connection)
    with store.begin() as connection:
        followed = {kind: stored(connection, kind) for kind in ("task", "call", "client")}
        versions.rebuild(connection)
        rebuilt = {kind: stored(connection, kind) for kind in ("task", "call", "client")}
        assert versions.follow(connection).rows == 0
    assert followed == rebuilt
    for kind, rows in followed.items():
        assert len(rows) == naive(told, kind)
        chains = defaultdict(list)
        for document, _delta, since, until in rows:
            chains[document].append((since, until))
        for chain in chains.values():
            assert sum(until is None for _since, until in chain) <= 1
            assert all(until is not None for _since, until in chain[:-1])
