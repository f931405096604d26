"""A look at a call log before any data flows: is it there, is it read, how fresh is it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from provodka.connectors.telephony.asterisk_csv import read_page
from provodka.connectors.telephony.rotation import opened_log
from provodka.foundation.errors import SystemUnavailable
from provodka.foundation.i18n import _

__all__ = ["CdrReach", "probe"]

SAMPLE = 1000


@dataclass(frozen=True, slots=True)
class CdrReach:
    """What a probe found.

    `files` counts the log and its rotated files, `written_at` is when the newest was last
    written to (aware, by the clock of the machine that holds the file), `understood` and
    `unreadable` count the rows of a sample that begins with the oldest file.
    """

    files: int
    written_at: datetime
    understood: int
    unreadable: int


def probe(path: Path, *, zone: ZoneInfo) -> CdrReach:
    """Look at the log without moving any position; raises what `read_page` would.

    Here a missing file is `SystemUnavailable` too: a person is watching, and a PBX that
    has not logged one call is more often a wrong path.
    """
    page = read_page(path, None, zone=zone, max_rows=SAMPLE)
    with opened_log(path, None) as files:
        if not files:
            raise SystemUnavailable(
                str(path),
                found=_("журнала звонков ещё нет"),
                expected=_("файл Master.csv, который ведёт Asterisk"),
                next_step=_("проверьте путь и что в Asterisk загружен модуль cdr_csv"),
                code="no_call_log",
            )
        newest = max(file.mtime_ns for file in files)
        written = datetime.fromtimestamp(newest / 1e9, zone)
        return CdrReach(len(files), written, len(page.legs), len(page.bad))
