"""Whatever rows a call has left: one call, the same from any order; two calls never become one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from provodka.connectors.telephony.legs import Leg
from provodka.connectors.telephony.numbers import USUAL, normalize
from provodka.connectors.telephony.reducer import Call, Direction, Outcome, reduce_call
from provodka.connectors.telephony.reducer.same import TOLERANCE, joined, same_call

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
TELEPHONES = ("101", "102", "103")
CHANNELS = ("PJSIP/trunk-00000001", "PJSIP/101-00000002", "Local/102@office-00000001;2")
SIDES = (*(f"PJSIP/{one}-00000009" for one in TELEPHONES), "Local/101@office-00000001;1", "")
seconds = st.integers(0, 300)


@st.composite
def legs(draw: st.DrawFn) -> list[Leg]:
    """Rows of one call, as odd as they come."""
    found = []
    for number in range(draw(st.integers(1, 7))):
        start = NOON + timedelta(seconds=draw(seconds))
        ring, talk = draw(seconds), draw(seconds)
        answered = draw(st.booleans())
        found.append(
            Leg(
                uniqueid=draw(st.sampled_from(("1.1", "1.2", "1.3"))),
                linkedid="1.1",
                sequence=str(number),
                start=start,
                answer=start + timedelta(seconds=ring) if answered else None,
                end=start + timedelta(seconds=ring + talk * answered),
                duration=ring + talk * answered,
                billsec=talk * answered,
                disposition=draw(st.sampled_from(("ANSWERED", "NO ANSWER", "BUSY", "FAILED"))),
                src=draw(st.sampled_from(("89990000001", "101", "anonymous", ""))),
                dst=draw(st.sampled_from(("84950000012", "102", "89990000002", "s"))),
                channel=draw(st.sampled_from(CHANNELS)),
                dstchannel=draw(st.sampled_from(SIDES)),
                lastapp=draw(
                    st.sampled_from(("Dial", "Queue", "Hangup", "VoiceMail", "Background"))
                ),
                lastdata=draw(st.sampled_from(("PJSIP/101,30", "PJSIP/8999@trunk", ""))),
                whole=draw(st.sampled_from((False, False, False, True))),
                direction=draw(st.sampled_from(("", "", "in", "out"))),
            )
        )
    return found


@settings(max_examples=150, deadline=None)
@given(legs(), st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_of_rows_changes_the_call(
    rows: list[Leg], chance: Any
) -> None:
    expected = reduce_call(rows)
    shuffled = [*rows, *chance.sample(rows, chance.randint(0, len(rows)))]
    chance.shuffle(shuffled)
    assert reduce_call(shuffled) == expected


@settings(max_examples=150, deadline=None)
@given(legs())
def test_what_is_told_of_a_call_makes_sense(rows: list[Leg]) -> None:
    call = reduce_call(rows)
    assert call.started_at <= call.ended_at
    assert call.answered == (call.outcome is Outcome.ANSWERED)
    assert call.answered or call.talk_seconds == 0
    assert min(call.talk_seconds, call.wait_seconds, call.hold_seconds) >= 0
    assert call.direction is not Direction.INTERNAL or not call.client_number


def told(start: float, ring: int, talk: int, **fields: Any) -> Call:
    """What a source says of an incoming call that began `start` seconds from noon."""
    began = NOON + timedelta(seconds=start)
    usual: dict[str, Any] = {
        "call_key": f"at-{start}",
        "direction": Direction.IN,
        "outcome": Outcome.ANSWERED if talk else Outcome.MISSED,
        "started_at": began,
        "ended_at": began + timedelta(seconds=ring + talk),
        "wait_seconds": ring,
        "talk_seconds": talk,
        "client_number": "+79990000001",
    }
    return Call(**{**usual, **fields})


lasting = st.tuples(st.integers(4, 60), st.integers(0, 60))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(lasting, st.floats(0.5, 30)), min_size=1, max_size=6),
    st.floats(-1, 1),
    st.floats(-0.4, 0.4),
)
def test_quick_calls_in_a_row_are_each_known_in_the_other_source_and_in_no_other_call(
    row: list[tuple[tuple[int, int], float]], offset: float, jitter: float
) -> None:
    """Two clocks that differ by a second, two calls that follow at once: none merge falsely."""
    one, other, at = [], [], 0.0
    for place, ((ring, talk), pause) in enumerate(row):
        one.append(told(at, ring, talk))
        other.append(told(at + offset + jitter * (-1) ** place, ring, talk))
        at += ring + talk + max(pause, 0.5)
    for mine, call in enumerate(one):
        matching = [place for place, theirs in enumerate(other) if same_call(call, theirs)]
        assert matching == [mine]


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 200), st.integers(0, 200), st.integers(0, 200), st.booleans())
def test_being_one_call_is_the_same_from_both_sides(
    ring: int, talk: int, other_talk: int, late: bool
) -> None:
    one, other = told(0, ring, talk), told(3 if late else 0, ring, other_talk)
    assert same_call(one, other) == same_call(other, one)


@given(st.integers(6, 500))
def test_calls_that_began_further_apart_than_the_tolerance_are_two(apart: int) -> None:
    assert not same_call(told(0, 20, 600), told(apart, 20, 600))
    assert same_call(told(0, 20, 600), told(TOLERANCE.total_seconds(), 20, 600))


def test_calls_that_hardly_overlap_are_two_although_they_began_within_the_tolerance() -> None:
    assert not same_call(told(0, 4, 0), told(3.5, 4, 0))
    assert same_call(told(0, 4, 0), told(1.5, 4, 0))


def test_who_differs_in_number_end_or_outcome_is_another_call() -> None:
    call = told(0, 5, 60, answered_by="101", did="74950000012")
    for other in (
        replace(call, client_number="+79990000002"),
        replace(call, client_number=""),
        replace(call, answered_by="102"),
        replace(call, did="74950000099"),
        replace(call, direction=Direction.OUT),
        replace(call, outcome=Outcome.MISSED),
    ):
        assert not same_call(call, other)
    assert same_call(call, replace(call, did="84950000012", answered_by=""))


@given(st.permutations(["cloud", "office", "webhook"]))
def test_what_sources_know_together_does_not_depend_on_who_came_first(order: list[str]) -> None:
    said = {
        "cloud": told(0, 5, 60, recording="https://x.example/r", did="74950000012"),
        "office": told(1, 5, 60, answered_by="101", leg_count=3, extensions_rung=("101", "102")),
        "webhook": told(0, 5, 61, menu=True),
    }
    call = joined([(name, said[name]) for name in order])
    assert (call.answered_by, call.did, call.menu) == ("101", "74950000012", True)
    assert (call.recording, call.talk_seconds) == ("https://x.example/r", 60)
    assert call.extensions_rung == ("101", "102")


@settings(max_examples=200, deadline=None)
@given(st.from_regex(USUAL, fullmatch=True))
def test_numbers_known_at_once_are_what_the_parser_makes_of_them(text: str) -> None:
    longer = normalize(text[:2] + " " + text[2:]).e164
    assert normalize(text).e164 == longer
