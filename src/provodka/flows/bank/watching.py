"""The watched folder, and the stream that takes files from it and decides about receipts.

Files are neither moved nor changed: the store remembers their bytes. One that is still being
written has no last line yet, and is left until it has, or has not been touched for a while.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from provodka.connectors.client_bank.encodings import judge_bytes
from provodka.connectors.client_bank.keys import END
from provodka.connectors.crm_store import cursors, locks
from provodka.flows.bank.deciding import anything_waits, decide_all
from provodka.flows.bank.importing import import_file
from provodka.flows.bank.keeping import STREAM
from provodka.flows.hub import Hub
from provodka.flows.onec.pulling import TAKING
from provodka.flows.settings import Bank
from provodka.flows.work import Work
from provodka.foundation.errors import ProvodkaError, SystemUnavailable
from provodka.foundation.i18n import _
from provodka.mappings.bank.choosing import Thresholds

__all__ = ["TAKING_FILES", "decide_waiting", "finished", "run_bank", "statement_files"]

TAKING_FILES = "take:bank"
TAIL = 256
Seen = dict[str, list[int]]


def run_bank(hub: Hub, work: Work) -> Counter[str]:
    """Take new files of the folder in, then decide about every receipt that waits.

    Counts `files`, `known_files`, `unfinished`, `read`, `new`, `same`, `set_aside`, `matched`,
    `undecided`, `joined`. Raises `SystemUnavailable` where the folder cannot be read, after
    everything else has been done.
    """
    bank = hub.settings.bank
    counts: Counter[str] = Counter()
    trouble: ProvodkaError | None = None
    if bank is not None and bank.folder is not None:
        try:
            with locks.alone(hub.engine, TAKING_FILES, wait=True):
                counts += _take_folder(hub, work, bank, bank.folder)
        except SystemUnavailable as error:
            trouble = error
    counts += decide_waiting(hub, work)
    if trouble is not None:
        raise trouble
    return counts


def decide_waiting(hub: Hub, work: Work) -> Counter[str]:
    """Decide about every receipt that waits, while no receipt of 1C is being taken."""
    with work.begin() as connection:
        if not anything_waits(connection):
            return Counter()
    bank = hub.settings.bank
    rules = Thresholds(bank.enough, bank.lead) if bank else Thresholds()
    with locks.alone(hub.engine, TAKING, wait=True):
        return decide_all(work, rules, hub.settings.zone, hub.clock())


def _take_folder(hub: Hub, work: Work, bank: Bank, folder: Path) -> Counter[str]:
    with work.begin() as connection:
        seen: Seen = (cursors.read(connection, STREAM) or {}).get("files", {})
    counts: Counter[str] = Counter()
    now: Seen = {}
    whose = zlib.crc32("".join(sorted(bank.numbers)).encode())
    for path, size, touched in statement_files(folder, bank.pattern):
        before = seen.get(path.name)
        if before in ([size, touched], [size, touched, whose]):
            now[path.name] = before or []
        elif finished(path, touched, hub.clock(), timedelta(seconds=bank.wait)):
            taken = import_file(work, hub.settings, path)
            counts += taken
            # A refused file is tried again when it, or the list of our accounts, has changed.
            now[path.name] = [size, touched, *([whose] if taken.refused else [])]
        else:
            counts["unfinished"] += 1
    if now != seen:
        with work.begin() as connection:
            _remember(connection, now)
    return counts


def _remember(connection: Connection, files: Seen) -> None:
    position: dict[str, Any] = {"files": files}
    cursors.move(connection, STREAM, position)


def statement_files(folder: Path, pattern: str) -> Iterator[tuple[Path, int, int]]:
    """The files of a folder that may be statements, with size and time of the last write (ns).

    Raises `SystemUnavailable` where the folder cannot be read.
    """
    try:
        found = sorted(path for path in folder.iterdir() if _fits(path, pattern))
        for path in found:
            stat = path.stat()
            yield path, stat.st_size, stat.st_mtime_ns
    except FileNotFoundError as error:
        if not folder.is_dir():
            raise _no_folder(folder, error) from error
    except OSError as error:
        raise _no_folder(folder, error) from error


def _fits(path: Path, pattern: str) -> bool:
    """Capitals do not count: banks write `.TXT` as well."""
    return fnmatch(path.name.casefold(), pattern.casefold()) and path.is_file()


def _no_folder(folder: Path, error: OSError) -> SystemUnavailable:
    return SystemUnavailable(
        str(folder),
        found=_("папка выписок не читается: {reason}").format(reason=error.strerror),
        expected=_("папка, куда банк-клиент кладет выписки"),
        next_step=_("проверьте bank.folder в hub.yaml и подключение сетевой папки"),
        code="no_bank_folder",
    )


def finished(path: Path, touched: int, now: datetime, wait: timedelta) -> bool:
    """Whether a file has its last line, or has not been touched (ns since 1970) for `wait`."""
    if datetime.fromtimestamp(touched / 1e9, now.tzinfo) + wait <= now:
        return True
    try:
        with path.open("rb") as handle:
            handle.seek(0, 2)
            handle.seek(max(0, handle.tell() - TAIL))
            tail = handle.read()
    except OSError:
        return False
    last = tail.strip().rpartition(b"\n")[2].rpartition(b"\r")[2]
    return last.decode(judge_bytes(last).encoding, "replace").strip() == END
