"""Letters as files instead of sending them: what would go out now, to be opened and looked at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from provodka.connectors.crm_store.tables.hub import outbox
from provodka.connectors.crm_store.tables.talk import message
from provodka.connectors.mail.wire import POLICY
from provodka.flows.deliver.letters import LetterWriter
from provodka.foundation.errors import DocumentError

__all__ = ["Tried", "write_letters"]

OPEN = ("waiting", "sending", "unsure")


@dataclass(frozen=True, slots=True)
class Tried:
    """A letter that waits: the file that was written, or why it would not be sent."""

    number: int
    file: Path | None
    code: str = ""
    reason: str = ""


def write_letters(engine: Engine, writer: LetterWriter, folder: Path) -> list[Tried]:
    """Write every waiting letter as ``<number of its errand>.eml``; nothing else is touched.

    The folder is made if need be. The files are what the server would be given, hidden copies
    and all. Raises `OSError` if the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    query = (
        select(outbox.c.id.label("errand"), outbox.c.key.label("errand_key"), message)
        .join(message, message.c.id == outbox.c.document)
        .where(outbox.c.target == "mail", outbox.c.state.in_(OPEN))
        .order_by(outbox.c.id)
    )
    with engine.connect() as connection:
        rows = list(connection.execute(query))
    return [_written(writer, row, folder) for row in rows]


def _written(writer: LetterWriter, row: Any, folder: Path) -> Tried:
    try:
        letter = writer.prepare(row.errand_key, row).content
    except DocumentError as error:
        return Tried(row.errand, None, error.code, error.found)
    file = folder / f"{row.errand:06d}.eml"
    file.write_bytes(letter.as_bytes(policy=POLICY))
    return Tried(row.errand, file)
