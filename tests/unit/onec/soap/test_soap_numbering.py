"""Which message comes next, which was read already, what goes again."""

from __future__ import annotations

import pytest

from provodka.connectors.onec.enterprise_data.soap.numbering import (
    Incoming,
    Numbers,
    NumbersWentBack,
    Verdict,
)
from provodka.foundation.errors import Misunderstood

TALK = Numbers(sent=7, confirmed=5, received=40, mark="forty")


def test_numbers_start_with_one() -> None:
    assert Numbers().next_message() == Numbers(sent=1)


def test_a_number_is_used_once() -> None:
    assert TALK.next_message().next_message().sent == 9


def test_a_new_message_moves_what_was_read_and_what_is_confirmed() -> None:
    arrival = TALK.read(Incoming(41, 7, "x"))
    assert arrival.verdict is Verdict.NEW
    assert arrival.numbers == Numbers(sent=7, confirmed=7, received=41, mark="x")


def test_a_gap_in_the_numbers_is_no_loss() -> None:
    assert TALK.read(Incoming(99, 5, "x")).numbers.received == 99


def test_a_repeated_message_is_recognised_and_changes_nothing() -> None:
    arrival = TALK.read(Incoming(40, 5, "forty"))
    assert arrival.verdict is Verdict.REPEATED
    assert arrival.numbers == TALK


@pytest.mark.parametrize(
    ("incoming", "told"),
    [
        (Incoming(40, 5, "another"), "сообщение № 40"),
        (Incoming(39, 5, "x"), "сообщение № 39"),
        (Incoming(41, 4, "x"), "раньше подтверждала № 5"),
        (Incoming(41, 8, "x"), "№ 8, которого не было"),
        (Incoming(40, 8, "forty"), "№ 8, которого не было"),
    ],
)
def test_numbers_that_go_back_or_ahead_are_refused(incoming: Incoming, told: str) -> None:
    with pytest.raises(NumbersWentBack, match=told):
        TALK.read(incoming)


@pytest.mark.parametrize(
    "incoming", [Incoming(0, 0, "x"), Incoming(-1, 0, "x"), Incoming(1, -1, "x")]
)
def test_numbers_that_cannot_be_are_not_understood(incoming: Incoming) -> None:
    with pytest.raises(Misunderstood):
        TALK.read(incoming)
    with pytest.raises(Misunderstood):
        TALK.restored(incoming)


def test_a_change_is_due_until_its_message_is_confirmed() -> None:
    assert [TALK.due(sent_in) for sent_in in (None, 4, 5, 6, 7)] == [True, False, False, True, True]


def test_after_a_restored_copy_the_talk_goes_on_and_nothing_is_taken_for_confirmed() -> None:
    older_base = Incoming(30, 2, "x")
    numbers = TALK.restored(older_base)
    assert numbers.read(older_base).verdict is Verdict.NEW
    assert [numbers.due(sent_in) for sent_in in (2, 3, 5)] == [False, True, True]
    assert numbers.next_message().sent == 8


def test_after_our_store_was_restored_the_next_number_is_above_all_that_the_base_knows() -> None:
    numbers = TALK.restored(Incoming(60, 12, "x"))
    assert numbers.next_message().sent == 13
    assert numbers.read(Incoming(60, 12, "x")).verdict is Verdict.NEW
