"""Fields of nested documents by name, and what `latest` knows of times."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from provodka.mappings.nesting import apply_changes, declared_name, is_part, value_at, without
from provodka.mappings.reconcile import reconcile

TEN, NOON = datetime(2026, 3, 4, 10, tzinfo=UTC), datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "declared", "found"),
    [
        ("comment", set(), "comment"),
        ("lines.2", set(), "lines"),
        ("lines.2.price", set(), "lines.price"),
        ("lines.2.price", {"lines"}, "lines.price"),
        ("address.city", {"address"}, "address"),
        ("address.city", {"address", "address.city"}, "address.city"),
        ("lines.2.place.city", {"lines.place"}, "lines.place"),
    ],
)
def test_a_field_is_declared_under_its_innermost_name(
    name: str, declared: set[str], found: str
) -> None:
    assert declared_name(name, declared) == found


@pytest.mark.parametrize(
    ("value", "part"),
    [({}, True), ({"1": {"a": 1}}, True), ({"1": 5}, False), ({"city": {"a": 1}}, False)],
)
def test_a_part_is_rows_by_the_numbers_of_their_lines(value: Any, *, part: bool) -> None:
    assert is_part(value) is part


def test_the_names_of_a_nested_value_are_agreed_one_by_one() -> None:
    base = {"address": {"city": "Пермь", "street": "Мира", "house": "1"}}
    ours = {"address": {"city": "Орск", "street": "Мира", "house": "1"}}
    theirs = {"address": {"city": "Пермь", "street": "Ленина"}}
    done = reconcile(base, ours, theirs, {})
    assert done.send == {"address.city": "Орск"}
    assert done.take == {"address.street": "Ленина", "address.house": None}
    assert apply_changes(ours, done.take) == {"address": {"city": "Орск", "street": "Ленина"}}
    assert done.conflicts == []


def test_a_name_changed_on_both_sides_is_a_conflict_of_that_name_alone() -> None:
    base = {"address": {"city": "Пермь", "street": "Мира"}}
    sides = {"address": {"city": "Орск", "street": "Мира"}}, {"address": {"city": "Омск"}}
    done = reconcile(base, *sides, {"address": "ask"})
    assert [one.field for one in done.conflicts] == ["address.city"]
    assert done.take == {"address.street": None}


def test_the_owner_of_a_nested_value_owns_its_names() -> None:
    base = {"address": {"city": "Пермь"}}
    sides = {"address": {"city": "Орск"}}, {"address": {"city": "Омск"}}
    assert reconcile(base, *sides, {"address": "theirs"}).take == {"address.city": "Омск"}


def test_a_cell_that_becomes_empty_stays_in_its_row_while_an_empty_name_goes() -> None:
    document = {"lines": {"1": {"price": 1}}, "address": {"city": "Орск", "street": "Мира"}}
    changed = apply_changes(document, {"lines.1.price": None, "address.city": None})
    assert changed == {"lines": {"1": {"price": None}}, "address": {"street": "Мира"}}
    assert document["lines"] == {"1": {"price": 1}}


def test_a_field_is_forgotten_wherever_it_stands() -> None:
    document = {"a": 1, "lines": {"1": {"price": 1, "content": "x"}}}
    assert without(document, "a") == {"lines": {"1": {"price": 1, "content": "x"}}}
    assert without(document, "lines.1.price") == {"a": 1, "lines": {"1": {"content": "x"}}}
    assert without(document, "no.such.thing") == document
    assert value_at(document, "lines.1.content") == "x"
    assert value_at(document, "lines.9.content", "нет") == "нет"


@pytest.mark.parametrize(
    ("ours_at", "taken"), [(TEN, {"name": "В"}), (NOON, {"name": "В"}), (None, {})]
)
def test_a_change_from_before_theirs_was_last_seen_the_same_gives_way(
    ours_at: datetime | None, taken: dict[str, str]
) -> None:
    sides = {"name": "А"}, {"name": "Б"}, {"name": "В"}
    at = {"name": ours_at} if ours_at else {}
    done = reconcile(*sides, {"name": "latest"}, ours_at=at, theirs_since=NOON)
    assert done.take == taken
    assert len(done.conflicts) == (0 if taken else 1)


def test_a_change_from_after_that_may_be_the_later_one_and_is_asked_about() -> None:
    sides = {"name": "А"}, {"name": "Б"}, {"name": "В"}
    done = reconcile(*sides, {"name": "latest"}, ours_at={"name": NOON}, theirs_since=TEN)
    assert (done.take, len(done.conflicts)) == ({}, 1)
