"""Contents of attachments, each kept once under its hash."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from provodka.foundation.errors import DocumentError
from provodka.foundation.i18n import _

__all__ = ["FileStore"]

SHA256 = re.compile(r"[0-9a-f]{64}")
PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class FileStore:
    """A folder of files named by their content's SHA-256, two letters of it a subfolder."""

    folder: Path

    def path(self, sha256: str) -> Path:
        """Where this content lies, if it is kept. Raises `ValueError` for what is no hash."""
        if not SHA256.fullmatch(sha256):
            raise ValueError("not a SHA-256 in hex")
        return self.folder / sha256[:2] / sha256

    def keep(self, sha256: str, open_content: Callable[[], BinaryIO]) -> None:
        """Keep a content unless it is here; whole or not at all, whenever the process dies.

        Raises `ValueError` if the content is not the one that the hash names.
        """
        path = self.path(sha256)
        if _touched(path):
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            half = Path(file.name)
            try:
                with open_content() as content:
                    while piece := content.read(PIECE):
                        digest.update(piece)
                        file.write(piece)
                file.flush()
                os.fsync(file.fileno())
                if digest.hexdigest() != sha256:
                    raise ValueError("content differs from its hash")
                half.replace(path)
            finally:
                half.unlink(missing_ok=True)

    def discard(self, sha256: str, unused_since: datetime) -> bool:
        """Remove a content, unless it was kept anew after `unused_since`; whether it went.

        Whoever keeps it in this very moment finds it here, or writes it again.
        """
        path = self.path(sha256)
        aside = path.with_suffix(".gone")
        try:
            path.replace(aside)
            if aside.stat().st_mtime >= unused_since.timestamp():
                with suppress(FileExistsError):
                    os.link(aside, path)
                return False
            return True
        except FileNotFoundError:
            return False
        finally:
            aside.unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        """The hashes of all that is kept."""
        for path in self.folder.glob("??/*"):
            if SHA256.fullmatch(path.name):
                yield path.name

    def open(self, sha256: str) -> BinaryIO:
        """A kept content. Raises `DocumentError` where it is not here."""
        try:
            return self.path(sha256).open("rb")
        except OSError:
            raise DocumentError(
                _("Вложение {key}").format(key=sha256[:12]),
                found=_("файла нет в хранилище {folder}").format(folder=self.folder),
                expected=_("файл, сохраненный при чтении письма"),
                next_step=_("проверьте mail.files в hub.yaml и резервную копию этой папки"),
                code="no_file",
            ) from None


def _touched(path: Path) -> bool:
    """Whether the file is there; it has been wanted now."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True
