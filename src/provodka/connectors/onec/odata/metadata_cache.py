"""Parsed `$metadata` on disk: a real base takes 23 s to answer it, so no run asks for it.

One file per base, named by a digest of the base's address; replaced whole, so
that a reader never sees half of one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

import msgspec

from provodka.connectors.onec.odata.metadata import Metadata

__all__ = ["MetadataCache", "Remembered"]

LAYOUT = 1


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a base published when it was last asked."""

    metadata: Metadata
    fetched_at: datetime
    layout: int = LAYOUT


class MetadataCache:
    """The memory of what bases publish, in one folder (made when first needed)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, base_url: str) -> Remembered | None:
        """The last remembered state of this base; None if there is none that can be read."""
        try:
            data = self._file(base_url).read_bytes()
            found = msgspec.msgpack.decode(data, type=Remembered)
        except (FileNotFoundError, msgspec.DecodeError):
            return None
        return found if found.layout == LAYOUT else None

    def store(self, base_url: str, metadata: Metadata, fetched_at: datetime) -> None:
        """Remember; `fetched_at` must know its time zone."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self._folder, delete=False) as file:
            file.write(msgspec.msgpack.encode(Remembered(metadata, fetched_at)))
        Path(file.name).replace(self._file(base_url))

    def _file(self, base_url: str) -> Path:
        name = hashlib.sha256(base_url.rstrip("/").encode()).hexdigest()[:32]
        return self._folder / f"{name}.metadata"
