"""Journal deltas folded to what really changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from provodka.connectors.crm_store.journal import Delta
from provodka.dashboards.insight.changes import FieldChange, folded, whole_op

DEAL = UUID(int=1)


def delta(before: Any, after: Any, part: str = "", number: int = 1) -> Delta:
    op = "insert" if before is None else "delete" if after is None else "update"
    at = datetime(2026, 11, 20, tzinfo=UTC)
    return Delta(number, 1, at, "deal", DEAL, part, op, before, after, "test", None, 0)


def test_several_steps_are_told_as_one_from_the_first_value_to_the_last() -> None:
    [entry] = folded([delta({"a": 1}, {"a": 2}), delta({"a": 2}, {"a": 3}, number=2)])
    assert entry.fields == (FieldChange("a", 1, 3),)


def test_what_came_back_to_where_it_was_is_no_change() -> None:
    assert folded([delta({"a": 1}, {"a": 2}), delta({"a": 2}, {"a": 1}, number=2)]) == ()


def test_what_came_and_went_is_no_change() -> None:
    assert folded([delta(None, {"a": 1}), delta({"a": 1}, None, number=2)]) == ()


def test_a_document_inserted_and_completed_is_told_once_and_whole() -> None:
    [entry] = folded([delta(None, {"a": 1}), delta({"a": 1}, {"a": 1, "b": 2}, number=2)])
    assert entry.op == "insert"
    assert entry.fields == (FieldChange("a", None, 1), FieldChange("b", None, 2))


def test_lines_are_told_apart_by_number_without_their_owner() -> None:
    before = [{"deal_id": "x", "line": 1, "price": 5}, {"deal_id": "x", "line": 2, "price": 6}]
    after = [{"deal_id": "x", "line": 1, "price": 7}, {"deal_id": "x", "line": 3, "price": 8}]
    told = [
        (entry.line, entry.op, entry.fields) for entry in folded([delta(before, after, "items")])
    ]
    assert told == [
        (1, "update", (FieldChange("price", 5, 7),)),
        (2, "delete", (FieldChange("price", 6, None),)),
        (3, "insert", (FieldChange("price", None, 8),)),
    ]


def test_a_document_whose_lines_alone_changed_is_updated() -> None:
    entries = folded([delta(None, [{"deal_id": "x", "line": 1, "price": 5}], "items")])
    assert whole_op(entries) == "update"


def test_a_tombstone_makes_the_whole_a_deletion_and_its_removal_does_not() -> None:
    alive, buried = {"deleted_at": None}, {"deleted_at": "2026-11-20T00:00:00+00:00"}
    assert whole_op(folded([delta(alive, buried)])) == "delete"
    assert whole_op(folded([delta(buried, alive)])) == "update"
