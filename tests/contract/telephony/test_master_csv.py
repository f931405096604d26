"""Asterisk's call log file as PBXs really write, rotate, truncate and break it."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from provodka.connectors.telephony.asterisk_csv import CdrPage, CdrPosition, read_page
from provodka.connectors.telephony.probe import probe
from provodka.connectors.telephony.reducer import Outcome, reduce_call
from provodka.connectors.telephony.sources.asterisk_csv import AsteriskFile, AsteriskLog
from provodka.foundation.errors import AccessDenied, SystemUnavailable

RECORDED = Path(__file__).parents[2] / "data" / "telephony"
ORENBURG = ZoneInfo("Asia/Yekaterinburg")
THREE = frozenset({3})


def page(path: Path, position: CdrPosition | None = None, max_rows: int = 500) -> CdrPage:
    """One page in the office's own time zone."""
    return read_page(path, position, zone=ORENBURG, max_rows=max_rows)


def row(number: int) -> str:
    """A complete row of the 21-column layout."""
    return (
        f'"","89990000001","84950000012","from-trunk","""Пётр"" <89990000001>",'
        f'"PJSIP/provider-{number:08x}","","Hangup","","2026-01-31 14:00:00",,'
        f'"2026-01-31 14:00:05",5,0,"NO ANSWER","DOCUMENTATION",'
        f'"17698500.{number}","","","17698500.{number}",{number}\n'
    )


def numbers(read: CdrPage) -> list[str]:
    """Which rows made by `row` a page holds."""
    return [leg.sequence for leg in read.legs]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log with three rows."""
    path = tmp_path / "Master.csv"
    path.write_text("".join(map(row, (1, 2, 3))), encoding="utf-8")
    return path


def append(path: Path, *texts: str) -> None:
    """Write on, as a PBX does."""
    with path.open("a", encoding="utf-8") as file:
        file.writelines(texts)


@pytest.mark.parametrize(
    "name", ["cdr_csv_16", "cdr_csv_18", "cdr_csv_21", "cdr_custom_19", "ucm_26"]
)
@pytest.mark.requirement("R66")
def test_every_layout_is_told_by_its_content_and_tells_the_same_call(name: str) -> None:
    read = page(RECORDED / f"{name}.csv")
    assert read.bad == []
    legs = [leg for leg in read.legs if leg.start.minute == 0]
    call = reduce_call(legs)
    assert len({leg.key for leg in legs}) == 2
    assert (call.outcome, call.answered_by, call.talk_seconds) == (Outcome.ANSWERED, "102", 30)
    assert call.client_number == "+79990000001"
    assert call.started_at == datetime(2026, 1, 31, 9, 0, tzinfo=UTC)


def test_the_names_of_a_grandstream_header_fill_the_session_and_the_recording() -> None:
    leg = page(RECORDED / "ucm_26.csv").legs[1]
    assert (leg.linkedid, leg.sequence) == ("1769850000-7", "63")
    assert leg.recording == "auto-1769850000-101.wav@"


def test_a_header_is_still_known_on_a_later_page() -> None:
    first = page(RECORDED / "ucm_26.csv", max_rows=1)
    second = page(RECORDED / "ucm_26.csv", first.position)
    assert [leg.sequence for leg in (*first.legs, *second.legs)] == ["62", "63"]


def test_a_row_in_winter_time_of_the_pbx_is_read_as_a_moment() -> None:
    leg = page(RECORDED / "cdr_csv_21.csv").legs[1]
    assert leg.answer == datetime(2026, 1, 31, 9, 0, 6, tzinfo=UTC)
    assert (leg.duration, leg.billsec, leg.clid) == (36, 30, '"Пётр" <89990000001>')


def test_rows_that_cannot_be_read_are_set_aside_and_the_rest_goes_on() -> None:
    read = page(RECORDED / "hostile.csv")
    assert [leg.uniqueid for leg in read.legs] == ["1769850000.1", "1769851200.12", "1769850000.1"]
    assert [bad.reason.split(":")[0].split(",")[0] for bad in read.bad] == [
        "кавычка открыта и не закрыта",
        "колонок 1",
        "поле start",
        "поле duration",
    ]


def test_a_row_set_aside_says_where_it_is_and_keeps_its_text() -> None:
    content = (RECORDED / "hostile.csv").read_bytes()
    for bad in page(RECORDED / "hostile.csv").bad:
        assert content[bad.offset :].decode("cp1251").startswith(bad.raw.encode().decode("cp1251"))
        assert bad.file == "hostile.csv"


def test_bytes_that_are_no_utf8_are_read_as_the_russian_code_page() -> None:
    assert page(RECORDED / "hostile.csv").legs[1].clid == '"Отдел" <89990000004>'


def test_a_page_holds_no_more_than_asked_and_the_next_goes_on(log: Path) -> None:
    first = page(log, max_rows=2)
    second = page(log, first.position, max_rows=2)
    assert (numbers(first), numbers(second)) == (["1", "2"], ["3"])


def test_a_position_survives_being_stored_as_text(log: Path) -> None:
    position = page(log, max_rows=2).position
    assert position is not None
    assert CdrPosition.from_json(position.to_json()) == position
    with pytest.raises(ValueError, match="not a CDR position"):
        CdrPosition.from_json("{}")


def test_reading_again_without_new_rows_gives_nothing_and_keeps_the_position(log: Path) -> None:
    first = page(log)
    again = page(log, first.position)
    assert again.empty
    assert again.position == first.position
    assert not again.gap


def test_a_half_written_last_row_waits_for_its_end(log: Path) -> None:
    append(log, row(4)[:70])
    first = page(log)
    append(log, row(4)[70:])
    assert (numbers(first), numbers(page(log, first.position))) == (["1", "2", "3"], ["4"])


def test_a_file_that_was_rotated_away_is_finished_before_the_new_one(log: Path) -> None:
    first = page(log, max_rows=1)
    log.rename(log.with_name("Master.csv.1"))
    append(log, row(4), row(5))
    second = page(log, first.position, max_rows=3)
    third = page(log, second.position)
    assert (numbers(second), numbers(third)) == (["2", "3", "4"], ["5"])
    assert not second.gap


def test_several_rotations_between_two_pages_lose_nothing(log: Path) -> None:
    first = page(log, max_rows=1)
    log.rename(log.with_name("Master.csv.2"))
    append(log, row(4))
    log.rename(log.with_name("Master.csv.1"))
    append(log, row(5))
    assert numbers(page(log, first.position)) == ["2", "3", "4", "5"]


def test_files_rotated_under_dates_are_read_in_their_order(log: Path) -> None:
    first = page(log, max_rows=1)
    log.rename(log.with_name("Master.csv-20260131"))
    append(log, row(4))
    log.rename(log.with_name("Master.csv-20260201"))
    append(log, row(5))
    assert numbers(page(log, first.position)) == ["2", "3", "4", "5"]


def test_the_first_page_of_all_begins_with_the_oldest_file_kept(log: Path) -> None:
    log.rename(log.with_name("Master.csv.1"))
    append(log, row(4))
    assert numbers(page(log, None)) == ["1", "2", "3", "4"]


def test_a_row_completed_in_the_rotated_file_is_not_lost(log: Path) -> None:
    first = page(log)
    with log.open("a", encoding="utf-8") as still_open:
        still_open.write(row(4)[:50])
        still_open.flush()
        log.rename(log.with_name("Master.csv.1"))
        log.touch()
        waiting = page(log, first.position)
        still_open.write(row(4)[50:])
    append(log, row(5))
    assert waiting.empty
    assert numbers(page(log, waiting.position)) == ["4", "5"]


def test_a_row_left_unfinished_for_ever_is_set_aside_once_the_pbx_writes_elsewhere(
    log: Path,
) -> None:
    append(log, row(4)[:70])
    first = page(log)
    log.rename(log.with_name("Master.csv.1"))
    append(log, row(5))
    second = page(log, first.position)
    assert (numbers(second), len(second.bad)) == (["5"], 1)


def test_copy_and_truncate_loses_nothing(log: Path) -> None:
    first = page(log, max_rows=1)
    shutil.copy2(log, log.with_name("Master.csv.1"))
    os.truncate(log, 0)
    append(log, row(4))
    second = page(log, first.position)
    assert numbers(second) == ["2", "3", "4"]
    assert not second.gap


def test_a_log_truncated_without_a_copy_is_read_from_its_beginning_and_said_to_have_a_gap(
    log: Path,
) -> None:
    first = page(log)
    os.truncate(log, 0)
    append(log, row(7), row(8))
    second = page(log, first.position)
    assert numbers(second) == ["7", "8"]
    assert second.gap
    assert not page(log, second.position).gap


def test_a_replaced_log_that_is_longer_than_the_old_one_is_not_mistaken_for_it(log: Path) -> None:
    first = page(log)
    log.write_text("".join(map(row, range(10, 20))), encoding="utf-8")
    second = page(log, first.position)
    assert numbers(second) == [str(n) for n in range(10, 20)]
    assert second.gap


def test_files_older_than_the_one_that_was_lost_are_not_read_again(log: Path) -> None:
    older = log.with_name("Master.csv.3")
    older.write_text(row(90), encoding="utf-8")
    os.utime(older, (1, 1))
    position = page(log, page(log, max_rows=1).position).position
    log.rename(log.with_name("Master.csv.2"))
    log.with_name("Master.csv.2").unlink()
    append(log, row(4))
    assert numbers(page(log, position)) == ["4"]


def test_a_folder_without_the_log_is_an_empty_page(tmp_path: Path) -> None:
    read = page(tmp_path / "Master.csv")
    assert read.empty
    assert read.position is None


def test_a_folder_that_is_not_there_is_said_by_name(tmp_path: Path) -> None:
    with pytest.raises(SystemUnavailable, match=r"Master\.csv"):
        page(tmp_path / "absent" / "Master.csv")


def test_missing_rights_are_said_to_be_missing(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_args: object, **_named: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(AccessDenied, match="нет права"):
        page(log)


def test_a_line_without_end_is_set_aside_in_pieces_and_does_not_block_the_log(log: Path) -> None:
    append(log, "x" * (1 << 20), "y\n", row(4))
    read = page(log)
    assert numbers(read) == ["1", "2", "3", "4"]
    assert len(read.bad) == 2


def test_rows_and_their_numbers_do_not_show_themselves_in_a_log(log: Path) -> None:
    append(log, "89990000001 broken\n")
    assert "0000001" not in repr(page(log))


def test_a_probe_tells_how_well_the_last_rows_are_understood_and_who_spoke(log: Path) -> None:
    log.with_name("Master.csv.1").write_text(row(0) + "broken\n", encoding="utf-8")
    os.utime(log.with_name("Master.csv.1"), (1, 1))
    reach = probe(log, zone=ORENBURG, lengths=THREE)
    assert (reach.understood, reach.unreadable) == (4, 1)
    assert reach.newest == datetime(2026, 1, 31, 9, 0, tzinfo=UTC)


def test_a_wrong_zone_shows_as_the_clocks_offset(log: Path) -> None:
    ended = datetime(2026, 1, 31, 9, 0, 5, tzinfo=UTC).timestamp()
    os.utime(log, (ended, ended))
    assert probe(log, zone=ORENBURG, lengths=THREE).clock_offset == timedelta(0)
    assert probe(log, zone=ZoneInfo("UTC"), lengths=THREE).clock_offset == timedelta(hours=5)


def test_a_probe_of_a_long_log_looks_at_its_end_alone(log: Path) -> None:
    with log.open("a", encoding="utf-8") as written:
        written.writelines(row(number) for number in range(4000))
        written.write(row(4000).replace("2026-01-31 14:00:00", "2026-02-28 14:00:00"))
    reach = probe(log, zone=ORENBURG, lengths=THREE)
    assert reach.newest == datetime(2026, 2, 28, 9, 0, tzinfo=UTC)
    assert reach.understood < 1000


def test_a_probe_says_that_there_is_no_log_yet(tmp_path: Path) -> None:
    with pytest.raises(SystemUnavailable, match="cdr_csv"):
        probe(tmp_path / "Master.csv", zone=ORENBURG, lengths=THREE)


def test_the_place_of_a_cloud_that_had_this_name_before_is_no_place_in_a_log(log: Path) -> None:
    source = AsteriskFile(AsteriskLog(name="office", path=log, zone=str(ORENBURG)))
    cloud = {"until": "2026-01-31T09:00:00+00:00", "swept": "2026-01-31T09:00:00+00:00"}
    now = datetime(2026, 1, 31, 10, tzinfo=UTC)
    first = source.read(cloud, now=now)
    assert (len(first.legs), first.more) == (3, True)
    assert source.read(first.position, now=now).more is False
