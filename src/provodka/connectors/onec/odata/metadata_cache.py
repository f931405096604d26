"""Parsed `$metadata` on disk: a real base takes 23 s to answer it, so no run asks for it.

What was parsed is kept by the digest of the document, once for all bases that publish the same;
a small file per base says which document was seen last and when. Files are replaced whole, so
that a reader never sees half of one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TypeVar

import msgspec

from provodka.connectors.onec.odata.metadata import Metadata

__all__ = ["MetadataCache", "Remembered"]

LAYOUT = 2
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a base published when it was last asked."""

    metadata: Metadata
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class _Seen:
    digest: str
    fetched_at: datetime
    layout: int = LAYOUT


class MetadataCache:
    """The memory of what bases publish, in one folder (made when first needed)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, base_url: str) -> Remembered | None:
        """The last remembered state of this base; None if there is none that can be read."""
        seen = _read(self._base(base_url), _Seen)
        if seen is None or seen.layout != LAYOUT:
            return None
        metadata = self.parsed(seen.digest)
        return None if metadata is None else Remembered(metadata, seen.fetched_at)

    def parsed(self, digest: str) -> Metadata | None:
        """What a document with this digest was parsed into, if it has been seen before."""
        found = _read(self._document(digest), Metadata)
        return found if found is not None and found.digest == digest else None

    def store(self, base_url: str, metadata: Metadata, fetched_at: datetime) -> None:
        """Remember; `fetched_at` must know its time zone."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if self.parsed(metadata.digest) is None:
            self._write(self._document(metadata.digest), metadata)
        self._write(self._base(base_url), _Seen(metadata.digest, fetched_at))
        self._forget_unused()

    def _write(self, path: Path, value: Metadata | _Seen) -> None:
        with NamedTemporaryFile(dir=self._folder, delete=False) as file:
            file.write(msgspec.msgpack.encode(value))
        Path(file.name).replace(path)

    def _forget_unused(self) -> None:
        seen = (_read(path, _Seen) for path in self._folder.glob("*.base"))
        used = {self._document(one.digest) for one in seen if one is not None}
        for path in self._folder.glob("*.metadata"):
            if path not in used:
                path.unlink(missing_ok=True)

    def _base(self, base_url: str) -> Path:
        name = hashlib.sha256(base_url.rstrip("/").encode()).hexdigest()[:32]
        return self._folder / f"{name}.base"

    def _document(self, digest: str) -> Path:
        return self._folder / f"{digest[:32]}-{LAYOUT}.metadata"


def _read(path: Path, kind: type[T]) -> T | None:
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
