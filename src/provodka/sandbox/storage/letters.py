"""Letters as they were delivered, in the folders of one account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from provodka.sandbox.storage.database import Database

FOLDERS = ("INBOX", "Sent")


@dataclass(frozen=True, slots=True)
class Letter:
    """One stored letter; `at` is an aware ISO time, `flags` are IMAP flags."""

    uid: int
    folder: str
    at: str
    message_id: str
    envelope_from: str
    envelope_to: str
    flags: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """The parsed letter."""
        parsed = message_from_bytes(self.raw, policy=policy.default)
        return parsed if isinstance(parsed, EmailMessage) else EmailMessage()


class Letters:
    """Stores and finds letters."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.uid_validity = int(database.setting("uid_validity", 0))
        if not self.uid_validity:
            self.uid_validity = int(datetime.now(UTC).timestamp())
            database.remember("uid_validity", self.uid_validity)

    def store(
        self, folder: str, raw: bytes, sender: str, recipients: list[str], flags: str = ""
    ) -> int:
        """Keep a letter; it is on disk when this returns. Gives its UID."""
        headers = message_from_bytes(raw)
        message_id = str(headers.get("Message-ID", "")).strip()
        with self._database.transaction():
            return self._database.run(
                "INSERT INTO letter (folder, at, message_id, envelope_from, envelope_to, flags, "
                "raw) VALUES (?,?,?,?,?,?,?)",
                folder,
                datetime.now(UTC).isoformat(timespec="milliseconds"),
                message_id,
                sender,
                ", ".join(recipients),
                flags,
                raw,
            )

    def listed(self, folder: str, since: int = 0) -> list[Letter]:
        """Letters of a folder with a UID above `since`, by UID."""
        found = self._database.rows(
            "SELECT uid, folder, at, message_id, envelope_from, envelope_to, flags, raw "
            "FROM letter WHERE folder = ? AND uid > ? ORDER BY uid",
            folder,
            since,
        )
        return [_letter(row) for row in found]

    def state(self, folder: str) -> tuple[int, int]:
        """How many letters a folder holds, and the largest UID (0 = none)."""
        sql = "SELECT count(*), coalesce(max(uid), 0) FROM letter WHERE folder = ?"
        count, largest = self._database.rows(sql, folder)[0]
        return int(count), int(largest)

    def set_flags(self, uid: int, flags: tuple[str, ...]) -> None:
        """Replace a letter's flags."""
        self._database.run("UPDATE letter SET flags = ? WHERE uid = ?", " ".join(flags), uid)


def _letter(row: tuple[Any, ...]) -> Letter:
    uid, folder, at, message_id, sender, recipients, flags, raw = row
    return Letter(uid, folder, at, message_id, sender, recipients, tuple(flags.split()), raw)


def _content(part: object) -> str:
    text = part.get_content() if isinstance(part, EmailMessage) else ""
    return str(text).replace("\r\n", "\n")


def describe(letter: Letter) -> dict[str, Any]:
    """A letter as the control API shows it."""
    message = letter.message
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    return {
        "uid": letter.uid,
        "folder": letter.folder,
        "at": letter.at,
        "message_id": letter.message_id,
        "from": str(message.get("From", letter.envelope_from)),
        "to": str(message.get("To", letter.envelope_to)),
        "envelope_to": letter.envelope_to,
        "subject": str(message.get("Subject", "")),
        "text": _content(text),
        "html": _content(html),
        "attachments": [part.get_filename() or "" for part in message.iter_attachments()],
    }
