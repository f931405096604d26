"""Pieces of pages that were written already are kept while there is room."""

from __future__ import annotations

from provodka.dashboards.web.pages.memory import Memory


def test_what_was_kept_is_found_by_its_key_alone() -> None:
    memory = Memory()
    memory.put(("wins", "ru"), "Доля", 4)
    assert memory.get(("wins", "ru")) == "Доля"
    assert memory.get(("wins", "en")) is None


def test_what_was_not_asked_for_longest_makes_room() -> None:
    memory = Memory(most=10)
    memory.put("old", "12345", 5)
    memory.put("asked", "12345", 5)
    memory.get("old")
    memory.put("new", "12345", 5)
    assert [memory.get(key) for key in ("old", "asked", "new")] == ["12345", None, "12345"]


def test_what_is_larger_than_the_room_is_not_kept_and_drives_nothing_out() -> None:
    memory = Memory(most=10)
    memory.put("small", "12345", 5)
    memory.put("large", "x" * 11, 11)
    assert memory.get("large") is None
    assert memory.get("small") == "12345"


def test_a_key_that_is_kept_anew_takes_the_room_of_its_last_value_alone() -> None:
    memory = Memory(most=10)
    for value in ("123456", "654321"):
        memory.put("same", value, 6)
    memory.put("other", "1234", 4)
    assert memory.get("same") == "654321"
    assert memory.get("other") == "1234"
