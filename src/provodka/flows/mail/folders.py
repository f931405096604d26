"""How far each folder of each mailbox is read, as the store remembers it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store.tables.letters import mail_folder
from provodka.connectors.mail.imap.folder import New
from provodka.connectors.mail.imap.session import Opened, State

__all__ = ["Reading", "begun", "load", "renumbered", "save"]

DOUBT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """One folder's row. Letters up to UID `past_until` that came before `past_before` lay there
    already when the folder was connected, or before its numbering began anew.
    """

    mailbox: str
    folder: str
    uid_validity: int
    last_uid: int
    modseq: int
    past_until: int
    past_before: datetime
    swept_at: datetime | None
    read_at: datetime

    @property
    def state(self) -> State:
        """What the server is asked from."""
        return State(self.uid_validity, self.last_uid, self.modseq)

    def is_past(self, letter: New) -> bool:
        """Whether a letter came before anybody waited for it."""
        if letter.uid > self.past_until:
            return False
        return letter.received is None or letter.received < self.past_before

    def wants(self, letter: New, history: timedelta) -> bool:
        """Whether a letter is read at all: all but those from before the history asked for."""
        if not self.is_past(letter) or letter.received is None:
            return True
        return letter.received >= self.past_before - history

    def moved(self, **changes: Any) -> Reading:
        """The same folder, further on."""
        return replace(self, **changes)


def begun(mailbox: str, opened: Opened, now: datetime) -> Reading:
    """A folder that is read for the first time: what lies in it is its past."""
    return Reading(
        mailbox, opened.name, opened.uid_validity, 0, 0, max(0, opened.uid_next - 1), now, None, now
    )


def renumbered(before: Reading, opened: Opened) -> Reading:
    """A folder whose UIDVALIDITY has changed: to be read from the start, each letter known again.

    What came since it was last read, and a day before that for clocks that differ, is not past.
    """
    return before.moved(
        uid_validity=opened.uid_validity,
        last_uid=0,
        modseq=0,
        past_until=opened.uid_next - 1,
        past_before=before.read_at - DOUBT,
        swept_at=None,
    )


def load(connection: Connection, mailbox: str, folder: str) -> Reading | None:
    """How far a folder is read; None before its first reading."""
    chosen = mail_folder.c
    row = connection.execute(
        select(mail_folder).where(chosen.mailbox == mailbox, chosen.folder == folder)
    ).first()
    if row is None:
        return None
    return Reading(
        row.mailbox,
        row.folder,
        row.uid_validity,
        row.last_uid,
        row.modseq or 0,
        row.past_until or 0,
        row.past_before or row.read_at,
        row.swept_at,
        row.read_at,
    )


def save(connection: Connection, reading: Reading) -> None:
    """Remember how far a folder is read, in the current transaction."""
    values = {name: getattr(reading, name) for name in Reading.__slots__}
    new = insert(mail_folder).values(values)
    keys = [mail_folder.c.mailbox, mail_folder.c.folder]
    changes = {name: value for name, value in values.items() if name not in ("mailbox", "folder")}
    connection.execute(new.on_conflict_do_update(index_elements=keys, set_=changes))
