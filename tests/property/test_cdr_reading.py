"""However a call log is written, cut up, rotated and read: each row comes exactly once."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from provodka.connectors.telephony.asterisk_csv import CdrPosition, read_page

MOSCOW = ZoneInfo("Europe/Moscow")
HEADER = b"AcctId,src,dst,channel,start,answer,end,duration,billsec,disposition,uniqueid\n"
LAYOUTS = ("21", "19", "headed", "broken", "cp1251")


def line_of(number: int, layout: str) -> bytes:
    """A row that carries its number as its id."""
    when = '"2026-01-31 14:00:00",,"2026-01-31 14:00:05"'
    if layout == "19":
        text = (
            f'"x","89990000001","s","c","PJSIP/p-1","","Hangup","",{when},"5","0",'
            f'"FAILED","DOC","","17.{number}","",{number}\n'
        )
    elif layout == "broken":
        text = f'"{number},half a row\n'
    else:
        name = "Пётр" if layout == "cp1251" else "x"
        text = (
            f'"","89990000001","s","c","{name}","PJSIP/p-1","","Hangup","",{when},5,0,'
            f'"FAILED","DOC","17.{number}","","","17.{number}",{number}\n'
        )
    return text.encode("cp1251" if layout == "cp1251" else "utf-8")


class WritingAndReading(RuleBasedStateMachine):
    """A PBX writes and rotates; a reader takes pages, stores its position and restarts."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="cdr-"))
        self.path = self.folder / "Master.csv"
        self.path.touch()
        self.handle = self.path.open("ab", buffering=0)
        self.pending = b""
        self.written: list[str] = []
        self.read: list[str] = []
        self.stored: str | None = None

    def teardown(self) -> None:
        """Finish the last row and read to the end: everything must have come, once, in order."""
        self.finish_row()
        while self.take_page(7):
            pass
        try:
            assert self.read == self.written
        finally:
            self.handle.close()
            shutil.rmtree(self.folder)

    @rule(layout=st.sampled_from(LAYOUTS), cut=st.integers(0, 200))
    def write_part_of_a_row(self, layout: str, cut: int) -> None:
        self.finish_row()
        line = line_of(len(self.written), layout if layout != "headed" else "21")
        if layout == "headed":
            self.handle.write(HEADER)
        self.written.append(str(len(self.written)))
        self.handle.write(line[:cut])
        self.pending = line[cut:]

    @rule()
    def finish_row(self) -> None:
        self.handle.write(self.pending)
        self.pending = b""

    @rule(dated=st.booleans())
    def rotate_by_renaming(self, dated: bool) -> None:
        """The writer may still hold the renamed file and finish its row there."""
        self.shift()
        self.path.rename(self.folder / "Master.csv.1")
        if dated:
            self.path.touch()
            self.read_whatever_is_there()
        self.finish_row()
        self.handle.close()
        self.handle = self.path.open("ab", buffering=0)

    @precondition(lambda self: not self.pending)
    @rule()
    def rotate_by_copying_and_truncating(self) -> None:
        if not self.path.stat().st_size:
            return
        self.shift()
        shutil.copy2(self.path, self.folder / "Master.csv.1")
        os.truncate(self.path, 0)

    @rule(rows=st.integers(1, 5))
    def read_a_page(self, rows: int) -> None:
        self.take_page(rows)

    @rule(rows=st.integers(1, 5))
    def read_a_page_and_be_killed_before_storing_it(self, rows: int) -> None:
        position = CdrPosition.from_json(self.stored) if self.stored else None
        read_page(self.path, position, zone=MOSCOW, max_rows=rows)

    @invariant()
    def nothing_came_twice_or_out_of_order(self) -> None:
        assert self.read == self.written[: len(self.read)]

    def read_whatever_is_there(self) -> None:
        self.take_page(3)

    def take_page(self, rows: int) -> bool:
        position = CdrPosition.from_json(self.stored) if self.stored else None
        page = read_page(self.path, position, zone=MOSCOW, max_rows=rows)
        assert not page.gap
        assert len(page.legs) + len(page.bad) <= rows
        found = [leg.sequence for leg in page.legs]
        found += [bad.raw.partition(",")[0].strip('"') for bad in page.bad]
        self.read += sorted(found, key=int)
        self.stored = page.position.to_json() if page.position else None
        return not page.empty

    def shift(self) -> None:
        for path in self.rotated():
            number = int(path.suffix[1:])
            path.rename(self.folder / f"Master.csv.{number + 1}")

    def rotated(self) -> Iterator[Path]:
        yield from sorted(
            self.folder.glob("Master.csv.*"), key=lambda path: int(path.suffix[1:]), reverse=True
        )


TestWritingAndReading = WritingAndReading.TestCase
TestWritingAndReading.settings = settings(
    max_examples=150,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
