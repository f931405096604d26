"""A portion of new letters: brought, understood, kept; one that breaks is set aside alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from provodka.connectors.crm_store import quarantine
from provodka.connectors.mail.imap.fetching import Brought, bring
from provodka.connectors.mail.imap.folder import New
from provodka.connectors.mail.imap.session import ImapSession
from provodka.connectors.mail.understanding import read_letter
from provodka.flows.mail.arrivals import Arrival, Place, Role
from provodka.flows.mail.files import FileStore
from provodka.flows.mail.folders import Reading, save
from provodka.flows.mail.storing import Copy, Desk, keep_copies, known_ids, store
from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _
from provodka.foundation.identifiers import uuid7

__all__ = ["Taker", "stream_of"]

log = structlog.get_logger("provodka.mail")


def stream_of(mailbox: str) -> str:
    """A mailbox as a stream: ``mail:sales``."""
    return f"mail:{mailbox}"


@dataclass(frozen=True, slots=True)
class Taker:
    """Takes letters of one mailbox. Large ones pass through the folder `spool`; of those above
    `largest` bytes only the header is read.
    """

    engine: Engine
    session: ImapSession
    desk: Desk
    files: FileStore
    spool: Path
    largest: int

    def take(self, reading: Reading, role: Role, letters: Sequence[New]) -> Counter[str]:
        """Keep a portion and remember `reading`, in one transaction; counts what `store` does."""
        with self.engine.connect() as connection:
            known = known_ids(connection, (one.message_id for one in letters))
        places = {one.uid: _place(reading, one) for one in letters}
        copies = [
            Copy(places[one.uid], one.flags, known[one.message_id])
            for one in letters
            if one.message_id in known
        ]
        fresh = [one for one in letters if one.message_id not in known]
        brought = list(bring(self.session, fresh, self.spool, self.largest))
        try:
            by_uid = {one.uid: one for one in fresh}
            arrivals = [self._read(reading, role, by_uid[one.uid], one) for one in brought]
            self._keep_files(arrivals)
            return self._keep(reading, arrivals, copies)
        finally:
            for path in (one.source for one in brought if isinstance(one.source, Path)):
                path.unlink(missing_ok=True)

    def _read(self, reading: Reading, role: Role, new: New, brought: Brought) -> Arrival:
        received = min(new.received or self.desk.now, self.desk.now)
        letter = read_letter(brought.source)
        place = _place(reading, new)
        return Arrival(place, role, new.flags, received, reading.is_past(new), letter, uuid7())

    def _keep_files(self, arrivals: Sequence[Arrival]) -> None:
        for one in arrivals:
            for file in one.letter.attachments:
                if file.size <= self.desk.largest_file:
                    self.files.keep(file.sha256, file.open)

    def _keep(
        self, reading: Reading, arrivals: Sequence[Arrival], copies: Sequence[Copy]
    ) -> Counter[str]:
        try:
            with self.engine.begin() as connection:
                counts = store(connection, arrivals, self.desk)
                keep_copies(connection, copies, self.desk.now)
                save(connection, reading)
        except OperationalError:
            raise
        except (DBAPIError, ValueError):
            counts = self._one_by_one(arrivals)
            with self.engine.begin() as connection:
                keep_copies(connection, copies, self.desk.now)
                save(connection, reading)
        counts["copies"] += len(copies)
        return counts

    def _one_by_one(self, arrivals: Sequence[Arrival]) -> Counter[str]:
        counts: Counter[str] = Counter()
        for one in arrivals:
            try:
                with self.engine.begin() as connection:
                    counts += store(connection, [one], self.desk)
            except OperationalError:
                raise
            except (DBAPIError, ValueError) as error:
                counts += self._set_aside(one, error)
        return counts

    def _set_aside(self, one: Arrival, error: Exception) -> Counter[str]:
        place = one.place
        log.warning("letter_set_aside", mailbox=place.mailbox, uid=place.uid)
        trouble = Misunderstood(
            _("Ящик «{mailbox}», папка «{folder}», письмо {uid}").format(
                mailbox=place.mailbox, folder=place.folder, uid=place.uid
            ),
            found=_("письмо не удалось записать: {kind}").format(kind=_kind(error)),
            expected=_("письмо, которое принимает база"),
            next_step=_("сообщите разработчикам хаба и повторите: provodka quarantine replay"),
            code="bad_letter",
        )
        key = f"{place.folder}/{place.uid_validity}/{place.uid}"
        payload = {"role": one.role, "size": one.letter.size, "problems": one.letter.problems}
        with self.engine.begin() as connection:
            quarantine.set_aside(connection, stream_of(place.mailbox), key, payload, trouble)
            keep_copies(connection, [Copy(place, one.flags, None)], self.desk.now)
        return Counter(set_aside=1)


def _kind(error: Exception) -> str:
    """The kind of an error: its text may quote the letter."""
    return type(getattr(error, "orig", None) or error).__name__


def _place(reading: Reading, new: New) -> Place:
    return Place(reading.mailbox, reading.folder, reading.uid_validity, new.uid)
