"""The bytes of a letter, read in pieces wherever they lie."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

__all__ = ["PIECE", "Filed", "Held", "Source"]

PIECE = 1 << 20


class Source(Protocol):
    """A letter's bytes by position; `size` is their number."""

    @property
    def size(self) -> int:
        """How many bytes there are."""

    def read(self, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end`, fewer at the end of the letter."""

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """The same in pieces of at most `PIECE` bytes."""


@dataclass(frozen=True, slots=True)
class Held:
    """A letter held in memory."""

    content: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return len(self.content)

    def read(self, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end`."""
        return self.content[start:end]

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """The same in pieces."""
        for place in range(start, min(end, len(self.content)), PIECE):
            yield self.content[place : min(place + PIECE, end)]


@dataclass(frozen=True, slots=True)
class Filed:
    """A letter in a file that stays as it is; opened anew for every reading."""

    path: Path
    size: int

    @classmethod
    def of(cls, path: Path) -> Filed:
        """The letter at `path`. Raises `OSError` where there is none."""
        return cls(path, path.stat().st_size)

    def read(self, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end`."""
        return b"".join(self.pieces(start, end))

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """The same in pieces. Raises `OSError` where the file has gone."""
        if start >= end:
            return
        with self.path.open("rb", buffering=0) as file:
            place = start
            while place < end:
                piece = os.pread(file.fileno(), min(PIECE, end - place), place)
                if not piece:
                    return
                yield piece
                place += len(piece)
