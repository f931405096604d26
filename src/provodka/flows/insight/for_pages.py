"""What pages show of the hub's settings, rules and files: each takes the hub and gives a view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from provodka.flows.hub import Hub

if TYPE_CHECKING:
    from provodka.connectors.crm_store.retention import Overdue
    from provodka.flows.insight.readers import Reader
    from provodka.flows.insight.status import System
    from provodka.flows.triggers.explaining import Explained
    from provodka.trigger_rules.book import RuleBook
    from provodka.trigger_rules.health import Health
    from provodka.trigger_rules.versions import Release

__all__ = [
    "Rules",
    "Watched",
    "candidates",
    "explained",
    "file_content",
    "rules",
    "unlinked",
    "watched",
]

FAR = 10_000
"""Changes ahead of a reader are not counted beyond this."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Neighbours, readers of the journal, and what streams are called and how often they run.

    `journal_held` tells of months that should have left the journal and may not.
    """

    systems: tuple[System, ...]
    readers: tuple[Reader, ...]
    titles: Mapping[str, str]
    every: Mapping[str, timedelta]
    journal_held: Overdue | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """The book of the files, the one in force, every version, how rules fare.

    `approval` tells whether a person has to approve what files say; `trouble` why the versions
    in force make no book any more (`book` is then that of the files).
    """

    files: RuleBook
    book: RuleBook
    releases: tuple[Release, ...]
    health: Mapping[str, Health]
    approval: bool
    trouble: str = ""


def watched(hub: Hub) -> Callable[[Connection, datetime], Watched]:
    """How the neighbours and the readers of the journal are doing."""

    def view(connection: Connection, now: datetime) -> Watched:
        from provodka.flows.insight.readers import months_held, readers_of
        from provodka.flows.insight.status import systems_of
        from provodka.flows.streams import STREAMS

        paced = hub.settings.streams
        every = {
            name: timedelta(seconds=seconds)
            for name in STREAMS
            if isinstance(seconds := getattr(paced, name, None), int)
        }
        titles = {name: one.title for name, one in STREAMS.items()}
        systems = systems_of(connection, hub.settings)
        readers = readers_of(connection, now, FAR)
        held = months_held(connection, hub.settings)
        return Watched(systems, readers, titles, every, held)

    return view


def rules(hub: Hub) -> Callable[[Connection], Rules]:
    """The rules as files say them and as they are in force."""

    def view(connection: Connection) -> Rules:
        from provodka.flows.triggers.failing import read_health
        from provodka.flows.triggers.publishing import releases
        from provodka.foundation.errors import ConfigurationError

        known = tuple(releases(connection))
        book, trouble = hub.book, ""
        try:
            book = _in_force(hub, connection)
        except ConfigurationError as error:
            trouble = str(error)
        approval = hub.settings.rules_approval
        return Rules(hub.book, book, known, read_health(connection), approval, trouble)

    return view


def explained(hub: Hub) -> Callable[[Connection, str, str], Explained]:
    """Why rules acted on a document (or led to an effect), and why they did not."""

    def view(connection: Connection, what: str, rule: str = "") -> Explained:
        from provodka.flows.triggers.explaining import explain

        return explain(connection, _in_force(hub, connection), hub.calendar, what, rule)

    return view


def candidates(_hub: Hub) -> Callable[[Connection, int, int], list[dict[str, Any]]]:
    """Pairs of clients that may be one: connection, least points, how many."""
    from provodka.flows.clients.candidates import listed

    return listed


def unlinked(_hub: Hub) -> Callable[[Connection, int], list[dict[str, Any]]]:
    """Letters that wait for a person to name their client: connection, how many."""
    from provodka.flows.mail.unlinked import unlinked as listed

    return listed


def file_content(hub: Hub) -> Callable[[Connection, str], bytes]:
    """The content of an attachment by its SHA-256; `DocumentError` where it is not kept."""

    def view(_connection: Connection, sha256: str) -> bytes:
        from provodka.flows.mail.boxes import files_folder
        from provodka.flows.mail.files import FileStore

        with FileStore(files_folder(hub)).open(sha256) as content:
            return content.read()

    return view


def _in_force(hub: Hub, connection: Connection) -> RuleBook:
    from provodka.flows.triggers.publishing import in_force

    return in_force(connection, hub.book) if hub.settings.rules_approval else hub.book
