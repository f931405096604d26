"""Where a reader stands in a log that grows, is rotated, truncated and replaced.

A position names its file by inode and by a digest of the file's first bytes, so that it
survives a rename (``Master.csv`` → ``Master.csv.1``) as well as copy-and-truncate. Files
are held open while a page is read, so that a rotation in the middle changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

__all__ = ["CdrPosition", "LogFile", "locate", "opened_log"]

HEAD = 4096
LOOKS = 10


@dataclass(frozen=True, slots=True)
class CdrPosition:
    """The first byte not yet read. Store it in the transaction that stores the page.

    The first `head` bytes of the file have the digest `digest`; `offset` is counted in
    bytes and stands behind a complete line; `mtime_ns` is when the file had last been
    written to as the page was read.
    """

    inode: int
    head: int
    digest: str
    offset: int
    mtime_ns: int

    def to_json(self) -> str:
        """For a cursor column."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> CdrPosition:
        """The reverse of `to_json`; raises `ValueError` for anything else."""
        try:
            return cls(**json.loads(text))
        except TypeError as error:
            raise ValueError(f"not a CDR position: {error}") from None


@dataclass(frozen=True, slots=True)
class LogFile:
    """An open file of a log; `size` (bytes) and `mtime_ns` are of the moment of opening."""

    handle: BinaryIO
    path: Path
    inode: int
    size: int
    mtime_ns: int

    def digest(self, length: int) -> str:
        """A digest of the first `length` bytes, or of the whole file if it is shorter."""
        self.handle.seek(0)
        return hashlib.blake2b(self.handle.read(length), digest_size=16).hexdigest()

    def holds(self, position: CdrPosition) -> bool:
        """Whether this is the file that the position was taken in, by content."""
        return self.size >= position.offset and self.digest(position.head) == position.digest

    def position(self, offset: int) -> CdrPosition:
        """The position at this offset."""
        head = min(offset, HEAD)
        return CdrPosition(self.inode, head, self.digest(head), offset, self.mtime_ns)


@contextmanager
def opened_log(path: Path, position: CdrPosition | None) -> Iterator[list[LogFile]]:
    """The files of a log, oldest first, open; only the current one if the position is in it.

    ``Master.csv.1`` is newer than ``Master.csv.2``, ``Master.csv-20260131`` older than
    ``Master.csv-20260201``. Compressed files are not read. Nothing there: an empty list.
    """
    with ExitStack() as stack:
        current = _open(path, stack)
        if current and position and current.inode == position.inode and current.holds(position):
            yield [current]
        else:
            yield _snapshot(path, stack)


def locate(files: Sequence[LogFile], position: CdrPosition) -> int | None:
    """Which of the files holds this position; None if that file was removed or truncated.

    The inode only says where to look first: a truncated or a new file may have it too.
    """
    order = sorted(range(len(files)), key=lambda index: files[index].inode != position.inode)
    return next((index for index in order if files[index].holds(position)), None)


def _snapshot(path: Path, stack: ExitStack) -> list[LogFile]:
    """All files as they stood at one moment: looked at again if a rotation came between."""
    for _look in range(LOOKS):
        files = [file for one in _paths(path) if (file := _open(one, stack))]
        if [(file.path, file.inode) for file in files] == list(_inodes(_paths(path))):
            return files
    return files


def _paths(path: Path) -> list[Path]:
    pattern = re.compile(re.escape(path.name) + r"[.-](\d[\d._-]*)")
    rotated = [
        (_age(found[1]), entry)
        for entry in path.parent.iterdir()
        if (found := pattern.fullmatch(entry.name))
    ]
    return [*(entry for _oldest_first, entry in sorted(rotated)), path]


def _age(suffix: str) -> tuple[bool, int]:
    """A sort key, oldest first: dates rise with time, plain numbers fall."""
    number = int(re.sub(r"\D", "", suffix))
    return (False, number) if number > 9999 else (True, -number)


def _inodes(paths: Sequence[Path]) -> Iterator[tuple[Path, int]]:
    for path in paths:
        try:
            yield path, path.stat().st_ino
        except FileNotFoundError:
            continue


def _open(path: Path, stack: ExitStack) -> LogFile | None:
    try:
        handle = stack.enter_context(path.open("rb"))
    except FileNotFoundError:
        return None
    stat = os.fstat(handle.fileno())
    return LogFile(handle, path, stat.st_ino, stat.st_size, stat.st_mtime_ns)
