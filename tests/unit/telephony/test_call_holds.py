"""How long a call was on hold: from the manager interface and from CEL; numbers are invented."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from provodka.connectors.telephony.asterisk_cel import enriched
from provodka.connectors.telephony.legs import Leg
from provodka.connectors.telephony.live.holds import MOST_HELD, HoldWatch, held
from provodka.connectors.telephony.reducer import reduce_call

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
CALL = Leg(
    uniqueid="1772442000.1", linkedid="1772442000.1", sequence="1", start=NOON,
    end=NOON + timedelta(seconds=130), answer=NOON + timedelta(seconds=10), duration=130,
    billsec=120, disposition="ANSWERED", src="89990000001", dst="101",
    channel="PJSIP/trunk-00000001", dstchannel="PJSIP/101-00000002",
)  # fmt: skip


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def note(start: float, end: float, channel: str = "1772442000.2") -> Leg:
    return held(CALL.linkedid, channel, at(start), at(end))


def hold(*notes: Leg) -> int:
    return reduce_call([CALL, *notes]).hold_seconds


def heard(watch: HoldWatch, *events: tuple[str, str, float]) -> list[Leg]:
    told = (
        watch.heed({"event": name, "uniqueid": channel, "linkedid": CALL.linkedid}, at(seconds))
        for name, channel, seconds in events
    )
    return [one for some in told for one in some]


@pytest.mark.parametrize(
    ("notes", "seconds"),
    [
        ([], 0),
        ([note(20, 50)], 30),
        ([note(20, 50), note(60, 65)], 35),
        ([note(20, 50), note(30, 55, "1772442000.1")], 35),
        ([note(20, 50), note(20, 50)], 30),
        ([note(-500, 500)], 120),
    ],
    ids=["never", "once", "twice", "both sides at once", "told twice", "longer than the talk"],
)
def test_hold_is_the_time_that_anybody_was_held(notes: list[Leg], seconds: int) -> None:
    assert hold(*notes) == seconds


def test_a_hold_changes_nothing_else_of_a_call() -> None:
    before, after = reduce_call([CALL]), reduce_call([note(20, 50), CALL])
    assert (after.talk_seconds, after.ended_at, after.leg_count, after.extensions_rung) == (
        before.talk_seconds, before.ended_at, before.leg_count, before.extensions_rung,
    )  # fmt: skip


def test_a_call_is_not_made_of_holds_alone() -> None:
    with pytest.raises(ValueError, match="no note"):
        reduce_call([note(20, 50)])


def test_a_hold_lasts_until_it_is_taken_back_or_the_telephone_hangs_up() -> None:
    told = heard(
        HoldWatch(),
        ("Hold", "a", 20), ("Hold", "a", 25), ("Unhold", "a", 50), ("Unhold", "a", 51),
        ("Hold", "b", 60), ("Hangup", "c", 61), ("Hangup", "b", 70),
    )  # fmt: skip
    assert [(one.uniqueid, one.start, one.end) for one in told] == [
        ("a", at(20), at(50)), ("b", at(60), at(70)),
    ]  # fmt: skip


def test_holds_whose_end_is_never_told_do_not_pile_up() -> None:
    watch = HoldWatch()
    heard(watch, *(("Hold", f"channel-{number}", 1) for number in range(MOST_HELD + 1)))
    assert heard(watch, ("Unhold", "channel-0", 2)) == []
    assert len(heard(watch, ("Unhold", "channel-1", 2))) == 1


def cel(*rows: tuple[str, str, str]) -> Iterable[dict[str, str]]:
    for kind, name, time in rows:
        yield {
            "eventtype": kind, "userdeftype": name, "eventtime": f"2026-03-02 {time}",
            "uniqueid": "1772442000.2", "linkedid": CALL.linkedid, "channame": "PJSIP/101-00000002",
        }  # fmt: skip


@pytest.mark.parametrize(
    "rows",
    [
        [("HOLD", "", "12:00:20"), ("UNHOLD", "", "12:00:50.4")],
        [("USER_DEFINED", "HOLD", "12:00:20"), ("USER_DEFINED", "UNHOLD", "12:00:50")],
        [("HOLD", "", "12:00:20"), ("HANGUP", "", "12:00:50")],
        [("HOLD", "", "12:00:20"), ("HOLD", "", "soon"), ("UNHOLD", "", "12:00:50")],
    ],
    ids=["by its name", "of the dialplan", "hung up", "one cannot be read"],
)
def test_events_of_the_log_tell_a_hold(rows: list[tuple[str, str, str]]) -> None:
    legs = enriched([CALL], cel(*rows), ZoneInfo("Europe/Moscow"))
    assert reduce_call(legs).hold_seconds == 30


def test_events_of_other_things_tell_no_hold() -> None:
    rows = [("USER_DEFINED", "RATED", "12:00:20"), ("UNHOLD", "", "12:00:50")]
    assert enriched([CALL], cel(*rows), ZoneInfo("Europe/Moscow")) == [CALL]
