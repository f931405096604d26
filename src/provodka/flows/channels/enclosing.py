"""Files that come with messages: fetched before the messages are kept, each content once."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.channels.telegram import TelegramBot, Update
from provodka.connectors.channels.telegram_files import LARGEST, Enclosed
from provodka.connectors.crm_store.tables.letters import file, message_file
from provodka.connectors.mail.understanding.file_names import harmless_name
from provodka.flows.mail.files import FileStore

__all__ = ["Fetched", "fetch", "note"]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file as it is noted; `left_out` says why its content is not kept."""

    enclosed: Enclosed
    name: str
    size: int
    sha256: str = ""
    left_out: str | None = None


def fetch(
    bot: TelegramBot, updates: Sequence[Update], files: FileStore, largest: int
) -> Mapping[int, Fetched]:
    """The files of updates by the number of each; contents are kept already.

    Raises what the bot does where Telegram cannot be reached: nothing is confirmed then, and all
    of it comes again.
    """
    return {
        one.number: _fetched(bot, one.enclosed, files, min(largest, LARGEST))
        for one in updates
        if one.enclosed is not None
    }


def note(connection: Connection, message: UUID, one: Fetched) -> None:
    """Write down what file a message has."""
    kind = one.enclosed.content_type
    told = {"sha256": one.sha256, "size": one.size, "content_type": kind}
    if one.left_out is None:
        connection.execute(insert(file).values(told).on_conflict_do_nothing())
    part = {"message_id": message, "number": 1, "name": one.name, "left_out": one.left_out}
    connection.execute(message_file.insert().values({**told, **part}))


def _fetched(bot: TelegramBot, enclosed: Enclosed, files: FileStore, largest: int) -> Fetched:
    name = harmless_name(enclosed.name, enclosed.content_type, 1)
    if enclosed.size > largest:
        return Fetched(enclosed, name, enclosed.size, left_out="too_large")
    content = bot.download(enclosed, largest)
    if content is None:
        return Fetched(enclosed, name, enclosed.size, left_out="unavailable")
    digest = hashlib.sha256(content).hexdigest()
    files.keep(digest, lambda: io.BytesIO(content))
    return Fetched(enclosed, name, len(content), digest)
