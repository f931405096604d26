"""Legs of one call → one call. Every trap here was seen on a real PBX; numbers are invented."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from provodka.connectors.telephony.legs import Leg
from provodka.connectors.telephony.reducer import Call, Direction, Outcome, reduce_call

NOON = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
CALLER = "89990000001"
TRUNK = "PJSIP/provider-00000001"
DIALS = "PJSIP/101&PJSIP/102,30"


def leg(seconds: tuple[int, int | None, int], **fields: Any) -> Leg:
    """A leg by (start, answer, end) in seconds from noon; an incoming dial by default."""
    start, answer, end = (None if s is None else NOON + timedelta(seconds=s) for s in seconds)
    assert start is not None
    assert end is not None
    picked = {
        "uniqueid": "1.1",
        "linkedid": "1.1",
        "sequence": "1",
        "src": CALLER,
        "dst": "84950000012",
        "dcontext": "from-trunk",
        "channel": TRUNK,
        "lastapp": "Dial",
        "lastdata": DIALS,
        "disposition": "ANSWERED" if answer else "NO ANSWER",
        "duration": int((end - start).total_seconds()),
        "billsec": int((end - answer).total_seconds()) if answer else 0,
    }
    return Leg(start=start, answer=answer, end=end, **{**picked, **fields})


def seen(call: Call) -> tuple[Any, ...]:
    """The parts of a call that most stories are about."""
    return call.direction, call.outcome, call.answered_by, call.wait_seconds, call.talk_seconds


@pytest.mark.requirement("R66")
def test_a_ring_group_is_one_call_answered_by_who_picked_up() -> None:
    call = reduce_call(
        [
            leg((0, None, 6), dstchannel="PJSIP/101-00000002", sequence="2"),
            leg((0, 6, 36), dstchannel="PJSIP/102-00000003", sequence="3"),
        ]
    )
    assert seen(call) == (Direction.IN, Outcome.ANSWERED, "102", 6, 30)
    assert call.answered
    assert call.extensions_rung == ("101", "102")
    assert (call.client_number, call.did) == ("+79990000001", "84950000012")
    assert (call.call_key, call.leg_count, call.placed_by) == ("1.1", 2, "")
    assert (call.started_at, call.ended_at) == (NOON, NOON + timedelta(seconds=36))


def test_a_ring_group_through_local_channels_is_the_same_one_call() -> None:
    call = reduce_call(
        [
            leg(
                (0, 6, 6),
                uniqueid="1.3",
                channel="Local/1@group-00000001;2",
                dstchannel="PJSIP/101-00000002",
                dst="1",
                sequence="2",
            ),
            leg((0, 6, 6), dstchannel="Local/1@group-00000001;1", sequence="3"),
            leg((0, None, 6), dstchannel="Local/2@group-00000002;1", sequence="4"),
            leg((6, 6, 23), dstchannel="PJSIP/101-00000002", sequence="5"),
        ]
    )
    assert seen(call) == (Direction.IN, Outcome.ANSWERED, "101", 6, 17)
    assert call.extensions_rung == ("101",)


def test_a_menu_that_picks_up_is_no_answer() -> None:
    call = reduce_call([leg((0, 0, 27), lastapp="Background", lastdata="menu")])
    assert seen(call) == (Direction.IN, Outcome.ABANDONED, "", 27, 0)


def test_a_telephone_rung_behind_a_menu_did_not_answer_although_seconds_were_billed() -> None:
    call = reduce_call(
        [
            leg((0, 0, 60), dstchannel="PJSIP/101-00000002", disposition="NO ANSWER"),
            leg((60, 60, 60), lastapp="Hangup", lastdata="", sequence="2"),
        ]
    )
    assert seen(call) == (Direction.IN, Outcome.MISSED, "", 60, 0)


def test_a_caller_who_leaves_the_queue_abandoned_it_although_seconds_were_billed() -> None:
    queue = {"lastapp": "Queue", "lastdata": "sales", "disposition": "NO ANSWER"}
    call = reduce_call([leg((0, 2, 7), dstchannel="PJSIP/101-00000002", **queue)])
    assert call.outcome is Outcome.ABANDONED
    assert not call.answered


def test_a_trailing_hangup_marked_failed_makes_a_missed_call_not_a_failed_one() -> None:
    call = reduce_call(
        [
            leg((0, None, 30), dstchannel="PJSIP/101-00000002", lastdata="PJSIP/101"),
            leg((30, None, 30), lastapp="Hangup", disposition="FAILED", sequence="2"),
        ]
    )
    assert call.outcome is Outcome.MISSED


def test_a_dial_that_rang_its_full_time_is_missed_and_a_shorter_one_abandoned() -> None:
    rung = {"dstchannel": "PJSIP/101-00000002", "lastdata": "PJSIP/101,30,t"}
    assert reduce_call([leg((0, None, 30), **rung)]).outcome is Outcome.MISSED
    assert reduce_call([leg((0, None, 8), **rung)]).outcome is Outcome.ABANDONED


def test_one_telephone_of_a_group_that_gave_up_early_does_not_make_the_call_missed() -> None:
    call = reduce_call(
        [
            leg(
                (0, None, 15),
                uniqueid="1.3",
                channel="Local/1@group-00000001;2",
                dstchannel="PJSIP/101-00000002",
                lastdata="PJSIP/101,15",
            ),
            leg((0, None, 23), dstchannel="Local/1@group-00000001;1", sequence="3"),
            leg((0, None, 23), dstchannel="PJSIP/102-00000004", sequence="4"),
        ]
    )
    assert call.outcome is Outcome.ABANDONED


@pytest.mark.parametrize(
    ("dispositions", "outcome"),
    [
        (["BUSY"], Outcome.BUSY),
        (["BUSY", "CONGESTION"], Outcome.BUSY),
        (["FAILED", "CONGESTION"], Outcome.FAILED),
        (["BUSY", "NO ANSWER"], Outcome.ABANDONED),
    ],
)
def test_busy_and_unreachable_telephones_are_told_apart(
    dispositions: list[str], outcome: Outcome
) -> None:
    legs = [
        leg((0, None, 3), dstchannel=f"PJSIP/10{n}-00000002", sequence=str(n), disposition=said)
        for n, said in enumerate(dispositions)
    ]
    assert reduce_call(legs).outcome is outcome


def test_a_blind_transfer_keeps_the_called_number_of_its_first_context() -> None:
    call = reduce_call(
        [
            leg((0, 5, 20), dst="102", dcontext="did-4950000012", dstchannel="PJSIP/101-00000002"),
            leg(
                (20, 24, 60),
                dst="102",
                dcontext="transfer",
                dstchannel="PJSIP/102-00000003",
                sequence="2",
            ),
        ]
    )
    assert seen(call) == (Direction.IN, Outcome.ANSWERED, "101", 5, 51)
    assert call.did == "4950000012"
    assert call.extensions_rung == ("101", "102")


def test_a_column_of_the_pbx_for_the_called_number_wins_over_every_guess() -> None:
    call = reduce_call([leg((0, 5, 20), dst="101", did="74950000077")])
    assert call.did == "74950000077"


def test_a_trunk_named_by_its_number_names_the_called_number() -> None:
    call = reduce_call([leg((0, 0, 5), dst="s", channel="SIP/211553-00000001", dcontext="pstn")])
    assert call.did == "211553"


def test_the_overlapping_rows_of_an_attended_transfer_are_one_conversation() -> None:
    consultation = {"uniqueid": "1.9", "channel": "PJSIP/101-00000009", "src": "101", "dst": "102"}
    call = reduce_call(
        [
            leg((0, 5, 40), dstchannel="PJSIP/101-00000002", sequence="1"),
            leg((20, 25, 40), dstchannel="PJSIP/102-00000003", sequence="2", **consultation),
            leg((40, 40, 90), dstchannel="PJSIP/102-00000003", sequence="3"),
            leg((38, 40, 90), dstchannel="Local/102@office-00000001;1", sequence="4"),
        ]
    )
    assert seen(call) == (Direction.IN, Outcome.ANSWERED, "101", 5, 85)


def test_waiting_ends_when_the_others_stop_ringing_if_a_menu_had_answered_first() -> None:
    call = reduce_call(
        [
            leg((0, 1, 12), dstchannel="PJSIP/101-00000002", disposition="NO ANSWER"),
            leg((0, 1, 72), dstchannel="PJSIP/102-00000003", sequence="2"),
        ]
    )
    assert seen(call) == (Direction.IN, Outcome.ANSWERED, "102", 12, 60)


def test_a_voicemail_is_not_a_person() -> None:
    call = reduce_call(
        [
            leg((0, None, 20), dstchannel="PJSIP/101-00000002", lastdata="PJSIP/101,20"),
            leg((20, 20, 50), lastapp="VoiceMail", dstchannel="PJSIP/101-00000002", sequence="2"),
        ]
    )
    assert seen(call) == (Direction.IN, Outcome.MISSED, "", 50, 0)


def test_a_call_from_an_extension_to_a_telephone_number_is_outgoing() -> None:
    call = reduce_call(
        [
            leg(
                (0, 8, 40),
                src="74950000012",
                dst="89990000002",
                channel="PJSIP/101-00000001",
                dstchannel="PJSIP/provider-00000002",
            )
        ]
    )
    assert seen(call) == (Direction.OUT, Outcome.ANSWERED, "", 8, 32)
    assert (call.client_number, call.placed_by, call.did) == ("+79990000002", "101", "")
    assert call.extensions_rung == ()


def test_an_outgoing_call_that_nobody_took_is_missed_and_a_refused_one_failed() -> None:
    out = {"src": "101", "dst": "89990000002", "channel": "PJSIP/101-00000001"}
    rung = {**out, "dstchannel": "PJSIP/provider-00000002"}
    assert reduce_call([leg((0, None, 9), **rung)]).outcome is Outcome.MISSED
    refused = reduce_call([leg((0, None, 1), disposition="CONGESTION", **out)])
    assert (refused.direction, refused.outcome) == (Direction.OUT, Outcome.FAILED)


def test_a_number_dialled_through_a_prefix_is_read_from_the_dial_string() -> None:
    call = reduce_call(
        [
            leg(
                (0, 8, 40),
                src="101",
                dst="s",
                channel="PJSIP/101-00000001",
                dstchannel="PJSIP/provider-00000002",
                lastdata="PJSIP/89990000002@provider,60,T",
            )
        ]
    )
    assert (call.direction, call.client_number) == (Direction.OUT, "+79990000002")


@pytest.mark.parametrize(("src", "dst"), [("101", "102"), ("anna", "1234")])
def test_a_call_between_two_extensions_is_internal(src: str, dst: str) -> None:
    call = reduce_call(
        [leg((0, 3, 9), src=src, dst=dst, channel=f"PJSIP/{src}-00000001", lastdata="PJSIP/x")]
    )
    assert (call.direction, call.client_number, call.placed_by) == (Direction.INTERNAL, "", src)


def test_a_hidden_caller_has_no_number_and_the_call_is_still_incoming() -> None:
    call = reduce_call([leg((0, 0, 5), src="anonymous", clid='"Anonymous" <anonymous>')])
    assert (call.direction, call.client_number) == (Direction.IN, "")


def test_a_local_number_without_a_town_code_is_kept_as_logged() -> None:
    assert reduce_call([leg((0, 0, 5), src="210043")]).client_number == "210043"


@pytest.mark.parametrize(
    ("lastdata", "answered_by"),
    [
        ("SIP/101&SIP/200@branch,60,t", "200"),
        ("PJSIP/101&PJSIP/branch/200,60", "200"),
        ("SIP/158@branch&SIP/200@branch,20", "branch"),
    ],
)
def test_an_answer_in_another_office_is_named_by_what_was_dialled_there(
    lastdata: str, answered_by: str
) -> None:
    call = reduce_call([leg((0, 4, 9), dstchannel="SIP/branch-00000002", lastdata=lastdata)])
    assert call.answered_by == answered_by


def test_a_late_leg_corrects_the_call_and_does_not_double_it() -> None:
    ringing = leg((0, None, 6), dstchannel="PJSIP/101-00000002", sequence="2")
    talk = leg((0, 6, 36), dstchannel="PJSIP/102-00000003", sequence="3")
    early, late = reduce_call([ringing]), reduce_call([ringing, talk])
    assert (early.outcome, late.outcome) == (Outcome.ABANDONED, Outcome.ANSWERED)
    assert early.call_key == late.call_key


def test_neither_order_nor_repetition_of_legs_changes_the_call() -> None:
    legs = [
        leg((0, None, 6), dstchannel="PJSIP/101-00000002", sequence="2"),
        leg((0, 6, 36), dstchannel="PJSIP/102-00000003", sequence="3"),
        leg((36, 40, 60), dstchannel="PJSIP/103-00000004", sequence="4"),
    ]
    expected = reduce_call(legs)
    for order in itertools.permutations(legs):
        assert reduce_call([*order, order[0]]) == expected


def test_legs_of_different_calls_are_not_reduced_together() -> None:
    other = leg((0, 1, 2), linkedid="2.2")
    for legs in ([], [leg((0, 1, 2)), other]):
        with pytest.raises(ValueError, match="exactly one linkedid"):
            reduce_call(legs)


def test_a_call_does_not_show_the_client_in_a_log() -> None:
    assert "0000001" not in repr(reduce_call([leg((0, 1, 2))]))
