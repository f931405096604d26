"""Marks of deletion agreed on three ways: what both last saw, ours, theirs."""

from __future__ import annotations

from typing import Any

import pytest

from provodka.mappings.tombstones import (
    MARK,
    Verdict,
    agree_on_mark,
    insisted,
    was_deleted,
    with_mark,
)

DEAD, ALIVE = True, False


@pytest.mark.requirement("R6")
@pytest.mark.parametrize(
    ("agreed", "ours", "theirs", "verdict"),
    [
        (ALIVE, ALIVE, ALIVE, "same"),
        (ALIVE, ALIVE, DEAD, "take"),
        (ALIVE, DEAD, ALIVE, "send"),
        (ALIVE, DEAD, DEAD, "same"),
        (DEAD, ALIVE, ALIVE, "same"),
        (DEAD, ALIVE, DEAD, "send"),
        (DEAD, DEAD, ALIVE, "take"),
        (DEAD, DEAD, DEAD, "same"),
    ],
)
def test_the_side_that_changed_the_mark_has_the_word(
    agreed: bool, ours: bool, theirs: bool, verdict: Verdict
) -> None:
    assert agree_on_mark(agreed, ours, theirs) == verdict


@pytest.mark.parametrize("agreed", [ALIVE, DEAD])
@pytest.mark.parametrize("ours", [ALIVE, DEAD])
@pytest.mark.parametrize("theirs", [ALIVE, DEAD])
def test_only_a_deletion_here_of_what_was_changed_there_is_asked_about(
    agreed: bool, ours: bool, theirs: bool
) -> None:
    verdict = agree_on_mark(agreed, ours, theirs, changed=True)
    asked = (agreed, ours, theirs) == (ALIVE, DEAD, ALIVE)
    assert verdict == ("ask" if asked else agree_on_mark(agreed, ours, theirs))


@pytest.mark.parametrize("agreed", [ALIVE, DEAD])
@pytest.mark.parametrize("ours", [ALIVE, DEAD])
@pytest.mark.parametrize("theirs", [ALIVE, DEAD])
def test_where_the_hub_does_not_write_the_other_side_has_the_last_word(
    agreed: bool, ours: bool, theirs: bool
) -> None:
    verdict = agree_on_mark(agreed, ours, theirs, writes=False, changed=True)
    assert verdict == ("same" if ours == theirs else "take")


@pytest.mark.parametrize("known", [None, {}, {"name": "А"}, {"name": "А", MARK: True}])
@pytest.mark.parametrize("deleted", [ALIVE, DEAD])
def test_a_snapshot_remembers_the_mark_and_nothing_else_of_it_changes(
    known: Any, deleted: bool
) -> None:
    kept = with_mark(known, deleted)
    assert was_deleted(kept) == deleted
    assert {n: v for n, v in kept.items() if n != MARK} == {
        n: v for n, v in (known or {}).items() if n != MARK
    }


def test_a_snapshot_without_a_mark_is_of_a_document_that_was_alive() -> None:
    assert not was_deleted(None)
    assert not was_deleted({"name": "А"})
    assert not insisted({"name": "А"})
    assert insisted({MARK: False})
