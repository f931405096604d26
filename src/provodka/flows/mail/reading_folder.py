"""One folder read to its end: new letters, flags, what is gone, and the sweep for certainty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from provodka.connectors.mail.imap import folder as server
from provodka.connectors.mail.imap.fetching import portions
from provodka.connectors.mail.imap.folder import New
from provodka.connectors.mail.imap.session import Opened
from provodka.flows.mail import changes
from provodka.flows.mail.arrivals import Role
from provodka.flows.mail.boxes import Box
from provodka.flows.mail.folders import Reading, begun, load, renumbered, save
from provodka.flows.mail.taking import Taker

__all__ = ["FolderReader"]


@dataclass(frozen=True, slots=True)
class FolderReader:
    """Reads one folder of a mailbox; `told` hears of every portion."""

    taker: Taker
    box: Box
    name: str
    role: Role
    told: Callable[[Counter[str]], None] = lambda _counts: None

    def read(self) -> Counter[str]:
        """Do all there is to do; counts `letters`, `copies`, `set_aside`, `reflagged`, `gone`.

        Killed anywhere, the next run goes on after the last portion that was committed.
        """
        before = self._before()
        opened = self.taker.session.open(self.name, before.state if before else None)
        reading = self._resumed(before, opened)
        counts = self._new(reading, opened)
        reading = reading.moved(last_uid=max(reading.last_uid, opened.uid_next - 1))
        if before is not None and before.uid_validity == opened.uid_validity:
            counts += self._changed(before, reading, opened)
        now = self.taker.desk.now
        last_swept = reading.swept_at
        if last_swept is not None and now - last_swept >= self.box.sweep_every:
            counts += self._swept(reading)
            last_swept = None
        reading = reading.moved(modseq=opened.modseq, swept_at=last_swept or now, read_at=now)
        with self.taker.engine.begin() as connection:
            save(connection, reading)
        return counts

    def _before(self) -> Reading | None:
        with self.taker.engine.connect() as connection:
            return load(connection, self.box.name, self.name)

    def _resumed(self, before: Reading | None, opened: Opened) -> Reading:
        if before is None:
            first = begun(self.box.name, opened, self.taker.desk.now)
            # Without a history none of what lies there is wanted.
            return first if self.box.history else first.moved(last_uid=first.past_until)
        if before.uid_validity == opened.uid_validity:
            return before
        reading = renumbered(before, opened)
        with self.taker.engine.begin() as connection:
            changes.forget_numbering(connection, reading, self.taker.desk.now)
            save(connection, reading)
        return reading

    def _new(self, reading: Reading, opened: Opened) -> Counter[str]:
        counts: Counter[str] = Counter()
        windows = server.new_letters(self.taker.session, opened, reading.last_uid)
        for until, letters in windows:
            wanted = [one for one in letters if reading.wants(one, self.box.history)]
            counts += self._taken(reading, server.named(self.taker.session, wanted))
            with self.taker.engine.begin() as connection:
                save(connection, reading.moved(last_uid=until))
        return counts

    def _taken(self, reading: Reading, letters: Sequence[New]) -> Counter[str]:
        counts: Counter[str] = Counter()
        for portion in portions(letters):
            further = reading.moved(last_uid=max(reading.last_uid, portion[-1].uid))
            done = self.taker.take(further, self.role, portion)
            self.told(done)
            counts += done
        return counts

    def _changed(self, before: Reading, reading: Reading, opened: Opened) -> Counter[str]:
        """What the server itself says has changed; where it does not, the sweep finds it."""
        session, now = self.taker.session, self.taker.desk.now
        flags = server.changed_flags(session, opened, before.state) or []
        vanished = server.gone(session, opened) or []
        with self.taker.engine.begin() as connection:
            counts = changes.flag(connection, reading, flags, now)
            counts += changes.note_gone(connection, reading, vanished, now)
            # Of a folder without modification sequences the whole is told, again and again.
            save(connection, reading.moved(modseq=opened.modseq))
        return counts

    def _swept(self, reading: Reading) -> Counter[str]:
        """Compare the whole folder: flags, what is gone, and what was never read."""
        counts: Counter[str] = Counter()
        now = self.taker.desk.now
        for first, last, there in server.present(self.taker.session, reading.last_uid):
            uids = [one.uid for one in there]
            with self.taker.engine.begin() as connection:
                counts += changes.flag(connection, reading, there, now)
                counts += changes.note_missing(connection, reading, first, last, uids, now)
                lost = changes.lost_among(connection, reading, uids)
            if lost:
                found = server.described(self.taker.session, lost)
                counts += self._taken(reading, found)
        return counts
