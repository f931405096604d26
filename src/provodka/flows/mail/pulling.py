"""Every mailbox read to its end."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import structlog

from provodka.connectors.crm_store import locks
from provodka.connectors.mail.imap.session import ImapSession
from provodka.flows.hub import Hub
from provodka.flows.mail.arrivals import Role
from provodka.flows.mail.boxes import Box, boxes, files_folder
from provodka.flows.mail.desks import taker_of
from provodka.flows.mail.files import FileStore
from provodka.flows.mail.reading_folder import FolderReader
from provodka.flows.mail.rehearsing import rehearsed
from provodka.flows.mail.relinking import link_anew
from provodka.flows.mail.retention import erase_files
from provodka.flows.mail.taking import stream_of
from provodka.flows.work import Rehearsal
from provodka.foundation.errors import ProvodkaError
from provodka.foundation.i18n import _

__all__ = ["folders_of", "pull_box", "pull_mail"]

log = structlog.get_logger("provodka.mail")


def pull_mail(hub: Hub, rehearsal: Rehearsal | None = None) -> Counter[str]:
    """Read every mailbox; counts `letters`, `copies`, `set_aside`, `reflagged`, `gone`, `linked`,
    `files_erased`.

    In a `rehearsal` letters are read as in earnest and stored in it alone; servers notice nothing.

    A mailbox that cannot be read does not hold up the others: what was wrong with the first
    such is raised when the others are done. Raises `ConfigurationError` where there is none.
    """
    counts: Counter[str] = Counter()
    troubles: list[ProvodkaError] = []
    there = boxes(hub.settings)
    if not there:
        raise hub.source.error(
            "mail",
            found=_("ящиков нет"),
            expected="mail.mailboxes",
            next_step=_("назовите ящики, письма которых нужно читать"),
            code="not_declared",
        )
    for box in there:
        try:
            counts += pull_box(hub, box, rehearsal)
        except ProvodkaError as error:
            log.warning("mailbox_not_read", mailbox=box.name, code=error.code)
            troubles.append(error)
    with (rehearsal or hub.engine).begin() as connection:
        counts += link_anew(connection)
    if rehearsal is None:
        counts += _erased(hub)
    if troubles:
        raise troubles[0]
    return counts


def _erased(hub: Hub) -> Counter[str]:
    days = hub.settings.mail.keep_files_days if hub.settings.mail else None
    if days is None:
        return Counter()
    files = FileStore(files_folder(hub))
    return erase_files(hub.engine, files, timedelta(days=days), hub.clock())


def pull_box(hub: Hub, box: Box, rehearsal: Rehearsal | None = None) -> Counter[str]:
    """Read one mailbox, alone; while another process reads it, this does nothing."""
    with locks.alone(hub.engine, stream_of(box.name)) as mine:
        if not mine:
            return Counter()
        with ImapSession(box.account) as session:
            taker = taker_of(hub, box, session)
            taker = rehearsed(taker, rehearsal) if rehearsal else taker
            _clean(taker.spool)
            counts: Counter[str] = Counter()
            for name, role in folders_of(session, box):
                counts += FolderReader(taker, box, name, role, hub.tally.add).read()
            return counts


def folders_of(session: ImapSession, box: Box) -> list[tuple[str, Role]]:
    """The folders to read: our own letters first, so that answers find them."""
    sent = box.sent
    if sent is None:
        flagged = (one.name for one in session.folders() if "\\sent" in one.flags)
        sent = next(flagged, None)
    found: list[tuple[str, Role]] = [(sent, "sent")] if sent else []
    return [*found, *((name, "inbox") for name in box.folders if name != sent)]


def _clean(spool: Path) -> None:
    """Remove what a killed process has left."""
    for left in spool.glob("*.eml"):
        left.unlink(missing_ok=True)
