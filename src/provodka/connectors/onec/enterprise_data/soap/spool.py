"""A message on its way from the base, kept on disk until it is in the store.

Everything that was learned is written down before the next question: the job,
the file it became (the base tells it once), each part. A process that is
killed goes on from there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import msgspec

__all__ = ["Progress", "Spool"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a message has come.

    `source` names the base and node; `sizes` are the parts fetched so far, in
    bytes, of `parts`, each at most `part_bytes`.
    """

    source: str
    part_bytes: int = 0
    operation_id: str = ""
    file_id: str = ""
    parts: int = 0
    sizes: tuple[int, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every part is here."""
        return self.parts > 0 and len(self.sizes) == self.parts


class Spool:
    """A folder for one message of one base and node; readable by its owner alone.

    What another base or a torn writing left behind is dropped.
    """

    def __init__(self, folder: Path, source: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._note = folder / "progress.json"
        self._packed = folder / "message.zip"
        self._source = source
        self.progress = self._restored()

    def started(self, operation_id: str, part_bytes: int) -> None:
        """The base has begun to make a message."""
        self._save(Progress(self._source, part_bytes, operation_id))

    def ready(self, file_id: str, parts: int) -> None:
        """The message is made and can be fetched."""
        self._save(replace(self.progress, file_id=file_id, parts=parts))

    def append(self, part: bytes) -> None:
        """The next part has come; after this it is not asked for again."""
        with self._packed.open("r+b" if self._packed.exists() else "w+b") as file:
            file.seek(sum(self.progress.sizes))
            file.truncate()
            file.write(part)
            file.flush()
            os.fsync(file.fileno())
        self._save(replace(self.progress, sizes=(*self.progress.sizes, len(part))))

    def packed(self) -> BinaryIO:
        """The parts fetched so far, as one file open for reading."""
        return self._packed.open("rb")

    def clear(self) -> None:
        """Forget the message."""
        self._note.unlink(missing_ok=True)
        self._packed.unlink(missing_ok=True)
        self.progress = Progress(self._source)

    def _save(self, progress: Progress) -> None:
        beside = self._note.with_suffix(".new")
        with beside.open("wb") as file:
            file.write(msgspec.json.encode(progress))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._note)
        self.progress = progress

    def _restored(self) -> Progress:
        try:
            found = msgspec.json.decode(self._note.read_bytes(), type=Progress)
            here = self._packed.stat().st_size if found.sizes else 0
        except (OSError, ValueError, msgspec.MsgspecError):
            return Progress(self._source)
        sound = (
            found.source == self._source
            and found.part_bytes > 0
            and len(found.sizes) <= max(found.parts, 0)
            and all(0 < size <= found.part_bytes for size in found.sizes)
            and sum(found.sizes) <= here
        )
        return found if sound else Progress(self._source)
