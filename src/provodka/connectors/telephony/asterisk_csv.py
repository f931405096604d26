"""Incremental reading of Asterisk's call log file (``Master.csv``), nothing lost or doubled.

Rows are written at hang-up, so they are not in the order of their starts: the position is
a byte offset, never a time. A file that was rotated away is read to its end before the
next one; a last line without its line feed is left for later; a line that cannot be read
becomes a `BadRow`, and the rest of the page goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from provodka.connectors.telephony.asterisk_rows import (
    NotACallRecord,
    decode,
    header_of,
    leg_of,
)
from provodka.connectors.telephony.legs import BadRow, Leg
from provodka.connectors.telephony.rotation import CdrPosition, LogFile, locate, opened_log
from provodka.foundation.errors import AccessDenied, SystemUnavailable
from provodka.foundation.i18n import _

__all__ = ["BadRow", "CdrPage", "CdrPosition", "Leg", "read_page"]

LONGEST_LINE = 1 << 20


@dataclass(frozen=True, slots=True)
class CdrPage:
    """Rows in file order, and the position behind them.

    `position` is what was passed in where there was nothing to read. `gap` is true when
    the file of the last page is gone or was truncated, so that rows written to it since
    may be lost: somebody should hear of it.
    """

    legs: list[Leg]
    position: CdrPosition | None
    bad: list[BadRow] = field(default_factory=list)
    gap: bool = False

    @property
    def empty(self) -> bool:
        """True when the reader has caught up."""
        return not self.legs and not self.bad


def read_page(
    path: Path,
    position: CdrPosition | None,
    *,
    zone: ZoneInfo,
    max_rows: int = 500,
) -> CdrPage:
    """Read up to `max_rows` rows behind `position`; None begins with the oldest file kept.

    `zone` is the time zone the PBX writes its times in (UTC with ``usegmtime=yes``). A
    folder without the log yields an empty page, since a PBX creates the file with its
    first call. Raises `SystemUnavailable` where the folder or disk cannot be read, and
    `AccessDenied` where rights are missing.
    """
    try:
        with opened_log(path, position) as files:
            start, offset, gap = _start(files, position)
            page = _Page(zone, max_rows, position)
            for index in range(start, len(files)):
                last = all(newer.size == 0 for newer in files[index + 1 :])
                if not page.read(files[index], offset, last=last) or last:
                    break
                offset = 0
            return CdrPage(page.legs, page.position, page.bad, gap)
    except PermissionError as error:
        raise AccessDenied(
            str(path),
            found=_("нет права на чтение журнала звонков"),
            next_step=_("дайте право на чтение файла и папки пользователю, который запускает хаб"),
        ) from error
    except OSError as error:
        raise SystemUnavailable(
            str(path),
            found=_("журнал звонков не читается: {reason}").format(reason=error.strerror),
            expected=_("папка с журналом Asterisk, обычно /var/log/asterisk/cdr-csv"),
            next_step=_("проверьте путь и подключение сетевой папки"),
        ) from error


def _start(files: list[LogFile], position: CdrPosition | None) -> tuple[int, int, bool]:
    """Index of the file to begin with, offset in it, and whether rows may be missing."""
    if position is None:
        return 0, 0, False
    index = locate(files, position)
    if index is not None:
        return index, position.offset, False
    # Whatever was written to later than our lost file is newer than it, or is it truncated.
    newer = (i for i, file in enumerate(files) if file.mtime_ns >= position.mtime_ns)
    return next(newer, max(0, len(files) - 1)), 0, bool(files)


class _Page:
    """Collects rows of one or more files until the page is full."""

    def __init__(self, zone: ZoneInfo, max_rows: int, position: CdrPosition | None) -> None:
        self.zone = zone
        self.room = max_rows
        self.position = position
        self.legs: list[Leg] = []
        self.bad: list[BadRow] = []

    def read(self, file: LogFile, offset: int, *, last: bool) -> bool:
        """Read on in one file; true if its end was reached with room left on the page."""
        header = header_of(decode(next(_lines(file, 0, last=False), b"")))
        consumed = False
        for line in _lines(file, offset, last=last):
            if not self.room:
                break
            consumed |= self._take(line, file, offset, header)
            offset += len(line)
        if consumed:
            self.position = file.position(offset)
        return self.room > 0

    def _take(
        self, line: bytes, file: LogFile, offset: int, header: tuple[str, ...] | None
    ) -> bool:
        """File one line under legs or bad rows; false for a blank line and a header."""
        text = decode(line)
        if not text.strip() or header_of(text):
            return False
        try:
            if len(line) >= LONGEST_LINE:
                raise NotACallRecord(_("строка длиннее мегабайта"))
            self.legs.append(leg_of(text, zone=self.zone, header=header))
        except NotACallRecord as error:
            self.bad.append(BadRow(file.path.name, offset, text, str(error)))
        self.room -= 1
        return True


def _lines(file: LogFile, offset: int, *, last: bool) -> Iterator[bytes]:
    """Lines with their line feeds; the unfinished one of the last file is held back.

    In an older file nothing is written any more, so its last line counts as it is.
    """
    file.handle.seek(offset)
    while line := file.handle.readline(LONGEST_LINE):
        if last and not line.endswith(b"\n") and len(line) < LONGEST_LINE:
            return
        yield line
