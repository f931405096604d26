"""The exchange: what calls leave in `Master.csv`, and what happens to the file."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.contract.sandbox.neighbours import Base, Hands, Record

NAMES = (
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata",
    "start", "answer", "end", "duration", "billsec", "disposition", "amaflags", "uniqueid",
    "userfield", "peeraccount", "linkedid", "sequence",
)  # fmt: skip


@pytest.fixture
def log(about: Record) -> Path:
    return Path(about["cdr_path"])


def call(hands: Hands, log: Path, **wish: Any) -> tuple[Record, list[Record]]:
    """What was asked for and the rows it left."""
    made = hands.ask("POST", "call", **wish)
    with log.open(encoding="utf-8", newline="") as file:
        rows = [dict(zip(NAMES, row, strict=True)) for row in csv.reader(file)]
    return made, [row for row in rows if row["linkedid"] == made["linkedid"]]


def test_rows_are_written_as_asterisk_writes_them(hands: Hands, log: Path) -> None:
    wish = {"phone": "79000001234", "extension": "102", "at": "2026-11-20T10:00:00"}
    made, _ = call(hands, log, kind="missed", wait=25, **wish)
    line = next(text for text in log.read_text("utf-8").splitlines() if made["linkedid"] in text)
    assert line.startswith('"","89000001234","600","ext-group","""89000001234"" <89000001234>",')
    assert ',"2026-11-20 10:00:00",,"2026-11-20 10:00:25",25,0,"NO ANSWER","DOCUMENTATION",' in line
    assert line.rpartition(",")[2].isdigit()


def test_an_answered_call_has_one_row_with_its_talk(hands: Hands, log: Path) -> None:
    made, rows = call(hands, log, kind="incoming", wait=7, talk=60, extension="101")
    (row,) = rows
    assert (row["duration"], row["billsec"], row["disposition"]) == ("67", "60", "ANSWERED")
    assert row["dstchannel"].startswith("PJSIP/101-")
    started = datetime.fromisoformat(made["start"])
    assert row["start"] == started.strftime("%Y-%m-%d %H:%M:%S")
    assert row["uniqueid"].startswith(f"{int(started.timestamp())}.")


def test_the_log_is_in_the_time_of_the_base(about: Record, hands: Hands, log: Path) -> None:
    wish = {"kind": "incoming", "at": "2026-11-20T05:00:00+00:00"}
    _, rows = call(hands, log, **wish)
    local = datetime(2026, 11, 20, 5, tzinfo=ZoneInfo("UTC")).astimezone(
        ZoneInfo(about["timezone"])
    )
    assert rows[0]["start"] == local.strftime("%Y-%m-%d %H:%M:%S")


def test_a_missed_call_rings_everywhere_and_ends_with_a_failed_hangup(
    hands: Hands, log: Path
) -> None:
    _, rows = call(hands, log, kind="missed")
    assert [row["disposition"] for row in rows] == ["NO ANSWER"] * 3 + ["FAILED"]
    assert rows[-1]["lastapp"] == "Hangup"
    assert len({row["dstchannel"] for row in rows[:3]}) == 3


def test_a_caller_who_gives_up_in_the_queue_has_talk_time_without_an_answer(
    hands: Hands, log: Path
) -> None:
    _, rows = call(hands, log, kind="abandoned", wait=5)
    assert [(row["disposition"], row["billsec"]) for row in rows] == [("NO ANSWER", "5")]


def test_a_ring_group_writes_a_row_for_each_extension(hands: Hands, log: Path) -> None:
    _, rows = call(hands, log, kind="group", extension="102")
    answered = [row for row in rows if row["disposition"] == "ANSWERED"]
    assert len(rows) == 3
    assert [row["dstchannel"][:9] for row in answered] == ["PJSIP/102"]
    assert rows.index(answered[0]) == 2
    assert [int(row["sequence"]) for row in rows] != sorted(int(row["sequence"]) for row in rows)


def test_a_blind_transfer_destroys_the_did(hands: Hands, log: Path) -> None:
    _, rows = call(hands, log, kind="transfer", extension="101")
    assert len(rows) == 2
    assert {row["dst"] for row in rows} == {"102"}


@pytest.mark.parametrize(("kind", "status"), [("outgoing", "ANSWERED"), ("busy", "BUSY")])
def test_an_outgoing_call_starts_at_an_extension(
    hands: Hands, log: Path, kind: str, status: str
) -> None:
    _, (row,) = call(hands, log, kind=kind, phone="+7 (900) 000-11-22", extension="103")
    assert (row["src"], row["dst"], row["disposition"]) == ("103", "89000001122", status)


def test_most_callers_are_clients_of_the_company(base: Base, hands: Hands, log: Path) -> None:
    known = {
        contact["НомерТелефона"]
        for party in base.rows("Catalog_Контрагенты")
        for contact in party["КонтактнаяИнформация"]
    }
    phones = [call(hands, log)[0]["phone"] for _ in range(60)]
    clients = sum(phone in known for phone in phones)
    assert 30 < clients < 60
    assert call(hands, log, stranger=True)[0]["phone"] not in known


def test_the_last_line_can_be_half_written_for_a_while(hands: Hands, log: Path) -> None:
    made = hands.ask("POST", "call", kind="incoming", half=True)
    assert not log.read_text("utf-8").endswith("\n")
    hands.ask("POST", "pbx/finish-line")
    last = log.read_text("utf-8").splitlines()[-1]
    assert made["linkedid"] in last
    assert len(next(csv.reader([last]))) == len(NAMES)


def test_rotation_moves_older_logs_on(hands: Hands, log: Path) -> None:
    first = hands.ask("POST", "call")["linkedid"]
    hands.ask("POST", "pbx/rotate")
    second = hands.ask("POST", "call")["linkedid"]
    hands.ask("POST", "pbx/rotate")
    assert log.read_text("utf-8") == ""
    assert second in log.with_name("Master.csv.1").read_text("utf-8")
    assert first in log.with_name("Master.csv.2").read_text("utf-8")


def test_sequences_begin_anew_after_a_restart(hands: Hands, log: Path) -> None:
    hands.ask("POST", "pbx/restart")
    _, rows = call(hands, log, kind="incoming")
    assert rows[0]["sequence"] == "0"


def test_an_unknown_kind_of_call_is_refused(hands: Hands) -> None:
    assert hands.http.post("call", json={"kind": "чудо"}).status_code == 422
