"""Reading mailboxes for a plan: everything as in earnest, and nothing of it stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import BinaryIO, cast

from sqlalchemy import Connection, Engine

from provodka.flows.mail.files import FileStore
from provodka.flows.mail.taking import Taker
from provodka.flows.work import Rehearsal

__all__ = ["rehearsed"]


def rehearsed(taker: Taker, rehearsal: Rehearsal) -> Taker:
    """The same taker, that writes into the rehearsal alone and keeps no file."""
    engine = cast(Engine, _Undone(rehearsal))
    return replace(taker, engine=engine, files=_NoFiles(taker.files.folder))


@dataclass(frozen=True)
class _Undone:
    """An engine whose every transaction is a step of a rehearsal."""

    rehearsal: Rehearsal

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        yield self.rehearsal.connection

    def begin(self) -> AbstractContextManager[Connection]:
        return self.rehearsal.begin()


class _NoFiles(FileStore):
    """Opens what is kept, and keeps nothing."""

    def keep(self, sha256: str, open_content: Callable[[], BinaryIO]) -> None:
        """Let the content go: the letter comes again when it is read in earnest."""
