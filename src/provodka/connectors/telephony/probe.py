"""A look at a call log before any data flows: is it there, is it read, how fresh is it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from provodka.connectors.telephony.asterisk_csv import CdrPage, CdrPosition, read_page
from provodka.connectors.telephony.health import reach
from provodka.connectors.telephony.rotation import LogFile, opened_log
from provodka.connectors.telephony.source import Reach
from provodka.foundation.errors import SystemUnavailable
from provodka.foundation.i18n import _

__all__ = ["probe"]

TAIL = 128 * 1024


def probe(path: Path, *, zone: ZoneInfo, lengths: Collection[int]) -> Reach:
    """Look at the end of the log without moving any position; raises what `read_page` would.

    Here a missing file is `SystemUnavailable` too: a person is watching, and a PBX that
    has not logged one call is more often a wrong path. A row is written at hang-up, so the
    clock's offset is the newest end of a call against the time of the file.
    """
    with opened_log(path, None) as files:
        if not files:
            raise SystemUnavailable(
                str(path),
                found=_("журнала звонков ещё нет"),
                expected=_("файл Master.csv, который ведёт Asterisk"),
                next_step=_("проверьте path в hub.yaml и что в Asterisk загружен модуль cdr_csv"),
                code="no_call_log",
            )
        start = _tail(files)
        written = datetime.fromtimestamp(max(file.mtime_ns for file in files) / 1e9, UTC)
    page = read_page(path, start, zone=zone, max_rows=TAIL)
    return reach(page.legs, page.bad, lengths=lengths, offset=_offset(page, written))


def _tail(files: Sequence[LogFile]) -> CdrPosition | None:
    """Where the last rows begin, behind a line feed."""
    size = 0
    for file in reversed(files):
        if size + file.size > TAIL:
            file.handle.seek(file.size + size - TAIL)
            file.handle.readline()
            return file.position(file.handle.tell())
        size += file.size
    return None


def _offset(page: CdrPage, written: datetime) -> timedelta | None:
    newest = max((leg.end for leg in page.legs), default=None)
    return newest - written if newest else None
