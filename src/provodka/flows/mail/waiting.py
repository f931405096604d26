"""Mailboxes watched within the long-running hub: what comes is read within a second or two.

A hint for latency: the schedule reads the same mailboxes by the same function, each alone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog

from provodka.connectors.mail.imap.idling import wait_for_news
from provodka.connectors.mail.imap.session import ImapSession
from provodka.flows.hub import Hub
from provodka.flows.mail.boxes import Box, boxes
from provodka.flows.mail.pulling import pull_box
from provodka.flows.recorded import EXPECTED, code_of

__all__ = ["Waiter", "watched_mailboxes"]

log = structlog.get_logger("provodka.mail")
IDLE_LASTS = timedelta(minutes=25).total_seconds()
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
LAST_WORDS_SECONDS = 5.0


class Waiter:
    """Waits at the first folder of one mailbox and reads the mailbox when something happens."""

    def __init__(self, hub: Hub, box: Box, stopping: threading.Event) -> None:
        self._hub = hub
        self._box = box
        self._stopping = stopping

    def run(self) -> None:
        """Wait until told to stop; a server that fails is asked again, ever more rarely."""
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                if not self.once():
                    return
                pause = FIRST_PAUSE
            except EXPECTED as error:
                log.warning("mailbox_not_watched", mailbox=self._box.name, code=code_of(error))
                self._stopping.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def once(self) -> bool:
        """One connection's waiting; False where the server cannot tell of news by itself."""
        with ImapSession(self._box.account) as session:
            if "IDLE" not in session.capabilities:
                return False
            session.open(self._box.folders[0])
            # What came between the last reading and this waiting is not told of.
            pull_box(self._hub, self._box)
            while not self._stopping.is_set():
                if wait_for_news(session, IDLE_LASTS, self._stopping.is_set):
                    pull_box(self._hub, self._box)
        return True


@contextmanager
def watched_mailboxes(hub: Hub) -> Iterator[None]:
    """Watch every mailbox that says so in a thread of its own, for the block."""
    stopping = threading.Event()
    threads = [
        threading.Thread(
            target=Waiter(hub, box, stopping).run, name=f"mail-{box.name}", daemon=True
        )
        for box in boxes(hub.settings)
        if box.idle
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join(LAST_WORDS_SECONDS)
