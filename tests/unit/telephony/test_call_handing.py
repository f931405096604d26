"""A call that goes from hand to hand: what its rows look like on a real Asterisk, and one call."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.telephony.test_call_reducer import CALLER, NOON, leg, seen

from provodka.connectors.telephony.legs import Leg
from provodka.connectors.telephony.reducer import Direction, Handed, Outcome, reduce_call


def rung(telephone: str, **fields: Any) -> dict[str, Any]:
    return {"dstchannel": f"PJSIP/{telephone}-0000000{telephone[-1]}", **fields}


def attended(*, third_row: bool = True) -> list[Leg]:
    """101 answers, asks 102 on a line of its own, and leaves the caller to 102: six rows."""
    own = {"uniqueid": "1.9", "channel": "PJSIP/101-00000009", "src": "101", "dst": "102"}
    local = {"uniqueid": "1.8", "channel": "Local/102@office-00000001;2", "dst": "102"}
    legs = [
        leg((0, 5, 40), **rung("101"), sequence="1"),
        leg((20, 25, 40), **rung("102"), sequence="2", **own),
        leg((25, 25, 90), **rung("102"), sequence="4", **local),
        leg((38, 40, 90), dstchannel="Local/102@office-00000001;1", sequence="5"),
        leg((90, None, 90), lastapp="Hangup", disposition="FAILED", sequence="6"),
    ]
    return [*legs, leg((40, 40, 90), **rung("102"), sequence="3")] if third_row else legs


@pytest.mark.requirement("R66")
@pytest.mark.parametrize("third_row", [True, False])
def test_an_attended_transfer_is_one_call_with_who_handed_it_to_whom(third_row: bool) -> None:
    call = reduce_call(attended(third_row=third_row))
    assert seen(call) == (Direction.IN, Outcome.ANSWERED, "101", 5, 85)
    assert call.transfers == (Handed("attended", "101", "102"),)


def test_a_consultation_that_ends_is_no_transfer() -> None:
    own = {"uniqueid": "1.9", "channel": "PJSIP/101-00000009", "src": "101", "dst": "102"}
    call = reduce_call(
        [
            leg((0, 5, 90), **rung("101"), sequence="1"),
            leg((20, 25, 40), **rung("102"), sequence="2", **own),
        ]
    )
    assert (call.transfers, call.talk_seconds) == ((), 85)


def test_a_blind_transfer_is_told_also_where_nobody_took_it() -> None:
    talk = leg((0, 5, 20), **rung("101"), dst="102", dcontext="did-4950000012")
    handed = leg((20, None, 45), **rung("102"), dst="102", dcontext="transfer", sequence="2")
    call = reduce_call([talk, handed])
    assert call.transfers == (Handed("blind", "101", "102"),)
    assert (call.outcome, call.answered_by, call.did) == (Outcome.ANSWERED, "101", "4950000012")


def test_a_group_that_rings_together_hands_nothing_on() -> None:
    legs = [
        leg((0, None, 6), **rung("101"), sequence="2"),
        leg((0, 6, 36), **rung("102"), sequence="3"),
    ]
    assert reduce_call(legs).transfers == ()


def test_a_transfer_that_the_pbx_names_is_believed() -> None:
    told = leg((0, 5, 20), **rung("101"), transfer="attended", transfer_to="105")
    after = leg((20, 22, 60), **rung("102"), sequence="2")
    assert reduce_call([told, after]).transfers == (Handed("attended", "101", "105"),)


@pytest.mark.parametrize(
    "row",
    [
        {"channel": "Local/89990000077@out-00000001;2", "dst": "89990000077", "uniqueid": "1.3"},
        {"lastdata": "PJSIP/89990000077@trunk,30", "dstchannel": "PJSIP/trunk-00000005"},
        {"rang": "outside", "dst": "89990000077"},
    ],
    ids=["a row named by the forward", "a dial through the trunk", "a vendor's word"],
)
def test_a_forward_to_a_number_outside_is_one_call_that_tells_where(row: dict[str, Any]) -> None:
    ringing = leg((0, None, 15), **rung("101"))
    taken = leg((15, 20, 60), **{"sequence": "2", "dstchannel": "", **row})
    call = reduce_call([ringing, taken])
    assert (call.direction, call.forwarded_to) == (Direction.IN, "+79990000077")
    assert call.client_number == "+79990000001"


def test_an_outgoing_call_is_not_forwarded_to_its_own_number() -> None:
    call = reduce_call(
        [
            leg(
                (0, 8, 40),
                src="101",
                dst="89990000002",
                channel="PJSIP/101-00000001",
                dstchannel="PJSIP/provider-00000002",
                lastdata="PJSIP/89990000002@provider,60,T",
            )
        ]
    )
    assert call.forwarded_to == ""


def test_a_line_back_to_the_caller_is_no_forward() -> None:
    local = {"channel": "Local/89990000001@out-00000001;2", "dst": CALLER, "uniqueid": "1.3"}
    legs = [leg((0, 5, 30), **rung("101")), leg((30, 33, 60), sequence="2", dstchannel="", **local)]
    assert reduce_call(legs).forwarded_to == ""


def test_a_message_left_to_the_machine_is_no_answer_but_is_told() -> None:
    call = reduce_call(
        [
            leg((0, None, 20), **rung("101"), lastdata="PJSIP/101,20"),
            leg((20, 20, 50), lastapp="VoiceMail", lastdata="101@default,u", sequence="2"),
        ]
    )
    assert (call.outcome, call.voicemail) == (Outcome.MISSED, True)


def test_the_queue_and_the_menu_that_a_caller_met_are_told() -> None:
    call = reduce_call(
        [
            leg((0, 0, 10), lastapp="Background", lastdata="menu", dstchannel=""),
            leg((10, 25, 60), **rung("101"), lastapp="Queue", lastdata="sales,t,,", sequence="2"),
        ]
    )
    assert (call.queue, call.menu, call.answered_by) == ("sales", True, "101")


def test_the_recording_of_the_longest_talk_is_the_call_s() -> None:
    call = reduce_call(
        [
            leg((0, 5, 20), **rung("101"), recording="short.wav"),
            leg((20, 24, 90), **rung("102"), recording="long.wav", sequence="2"),
        ]
    )
    assert call.recording == "long.wav"


@pytest.mark.parametrize("prefix", ["", "pbx-"])
def test_a_system_s_name_before_the_ids_changes_nothing(prefix: str) -> None:
    key = f"{prefix}1769850000.7"
    legs = [
        leg((0, None, 6), **rung("101"), uniqueid=key, linkedid=key, sequence="2"),
        leg((0, 6, 36), **rung("102"), uniqueid=key, linkedid=key, sequence="3"),
    ]
    call = reduce_call(legs)
    assert (call.outcome, call.answered_by, call.started_at) == (Outcome.ANSWERED, "102", NOON)


def test_a_sequence_that_began_anew_keeps_rows_of_different_channels_apart() -> None:
    """After a restart of the PBX the same number comes again, on another channel."""
    legs = [
        leg((0, None, 6), **rung("101"), sequence="0"),
        leg((0, 6, 36), **rung("102"), sequence="0", uniqueid="1.2"),
    ]
    assert reduce_call(legs).leg_count == 2


@pytest.mark.parametrize("direction", ["in", "out", "internal"])
def test_a_vendor_s_leg_needs_no_channel_names(direction: str) -> None:
    leg_of = {
        "in": {"src": CALLER, "dst": "74950000012"},
        "out": {"src": "101", "dst": CALLER},
        "internal": {"src": "101", "dst": "102"},
    }[direction]
    call = reduce_call(
        [
            leg(
                (0, 5, 30), **leg_of, direction=direction, rang="person", extension="101",
                channel="", dstchannel="", lastapp="", lastdata="", dcontext="",
            )
        ]
    )  # fmt: skip
    assert (call.direction, call.outcome, call.talk_seconds) == (direction, "answered", 25)
    assert call.client_number == ("" if direction == "internal" else "+79990000001")
    assert "101" in (call.answered_by, call.placed_by)


def whole(**fields: Any) -> Leg:
    usual = {"direction": "in", "whole": True, "channel": "", "dstchannel": "", "lastapp": ""}
    return leg((0, None, 60), **{**usual, "uniqueid": "s", "sequence": "9", **fields})


def test_a_vendor_s_summary_has_the_last_word_and_legs_add_who_rang() -> None:
    bare = {"channel": "", "dstchannel": "", "rang": "person", "direction": "in"}
    call = reduce_call(
        [
            leg((0, None, 10), extension="101", **bare),
            leg((10, 15, 58), extension="102", sequence="2", **bare),
            whole(wait=14, talk=41, disposition="ANSWERED", recording="https://x.example/r"),
        ]
    )
    assert seen(call) == (Direction.IN, Outcome.ANSWERED, "102", 14, 41)
    assert call.extensions_rung == ("101", "102")
    assert call.recording == "https://x.example/r"


def test_talk_counts_and_not_what_the_vendor_calls_the_call() -> None:
    call = reduce_call([whole(talk=0, disposition="ANSWERED")])
    assert (call.outcome, call.talk_seconds, call.answered_by) == (Outcome.MISSED, 0, "")


@pytest.mark.parametrize(
    ("disposition", "outcome"),
    [("BUSY", Outcome.BUSY), ("FAILED", Outcome.FAILED), ("NO ANSWER", Outcome.MISSED)],
)
def test_a_summary_without_talk_says_how_it_ended(disposition: str, outcome: Outcome) -> None:
    assert reduce_call([whole(talk=0, disposition=disposition)]).outcome is outcome


def test_of_a_summary_that_was_rewritten_the_later_one_counts() -> None:
    first = whole(talk=10, disposition="ANSWERED")
    second = whole(talk=12, disposition="ANSWERED", sequence="99")
    for order in ([first, second], [second, first]):
        assert reduce_call(order).talk_seconds == 12
