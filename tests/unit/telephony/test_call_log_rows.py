"""Lines of a call log whose columns depend on the PBX's settings."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provodka.connectors.telephony.asterisk_rows import NotACallRecord, decode, leg_of

MOSCOW = ZoneInfo("Europe/Moscow")
FIRST_16 = (
    '"","89990000001","s","trunk","x","PJSIP/p-1","","Hangup","",'
    '"2026-01-31 12:00:00",,"2026-01-31 12:00:05",5,0,"NO ANSWER","DOCUMENTATION"'
)
NEW = ',"","1769850000.1",7'


@pytest.mark.parametrize(
    ("tail", "key", "userfield"),
    [
        (',"1769850000.2"', ("1769850000.2", "1769850000.2"), ""),
        (',"note"', ("PJSIP/p-1@20260131T090000Z", "PJSIP/p-1@20260131T090000Z"), "note"),
        (',"1769850000.2","note"', ("1769850000.2", "1769850000.2"), "note"),
        (NEW, ("PJSIP/p-1@20260131T090000Z", "1769850000.1"), ""),
        (',"office-1769850000.2"' + NEW, ("office-1769850000.2", "1769850000.1"), ""),
        (',"note"' + NEW, ("PJSIP/p-1@20260131T090000Z", "1769850000.1"), "note"),
    ],
)
def test_ids_and_user_field_are_found_whichever_columns_are_switched_on(
    tail: str, key: tuple[str, str], userfield: str
) -> None:
    leg = leg_of(FIRST_16 + tail, zone=MOSCOW)
    assert (leg.uniqueid, leg.linkedid) == key
    assert leg.userfield == userfield


def test_rows_without_a_sequence_have_a_key_that_depends_on_their_content_alone() -> None:
    other = FIRST_16.replace(",5,0,", ",6,0,")
    assert leg_of(FIRST_16, zone=MOSCOW).key == leg_of(FIRST_16, zone=MOSCOW).key
    assert leg_of(FIRST_16, zone=MOSCOW).key != leg_of(other, zone=MOSCOW).key


def test_a_pbx_that_writes_utc_is_a_setting() -> None:
    leg = leg_of(FIRST_16, zone=ZoneInfo("UTC"))
    assert leg.start == datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (FIRST_16 + ',"', "кавычка"),
        ("a\rb,c", "не разбирается как CSV"),
        ("x" * 140_000, "140000 знаков в строке"),
        ("", "колонок 0"),
        (FIRST_16.replace("12:00:05", "12:00:65"), "поле end"),
        (FIRST_16.replace("2026-01-31 12:00:00", "0001-01-01 00:00:00"), "поле start"),
        (FIRST_16.replace(",5,0,", ",inf,0,"), "поле duration"),
        (FIRST_16.replace(",5,0,", ",5,many,"), "поле billsec"),
    ],
)
def test_what_is_no_call_record_is_said_with_its_reason(line: str, said: str) -> None:
    with pytest.raises(NotACallRecord, match=said):
        leg_of(line, zone=MOSCOW)


@given(st.binary(max_size=300))
def test_no_bytes_at_all_make_reading_fail_in_another_way(line: bytes) -> None:
    text = decode(line)
    assert "\0" not in text
    with pytest.raises(NotACallRecord):
        leg_of(text, zone=MOSCOW)


@given(st.data())
def test_a_real_row_damaged_anywhere_is_read_or_set_aside(data: st.DataObject) -> None:
    row = (FIRST_16 + ',"1769850000.2"' + NEW).encode()
    at = data.draw(st.integers(0, len(row)))
    damaged = row[:at] + data.draw(st.binary(max_size=5)) + row[at + data.draw(st.integers(0, 9)) :]
    try:
        leg = leg_of(decode(damaged), zone=MOSCOW)
    except NotACallRecord:
        return
    assert leg.start.tzinfo is UTC
    assert leg.billsec >= 0
