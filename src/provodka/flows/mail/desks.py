"""What deciding about letters takes, gathered for a run."""

from __future__ import annotations

from provodka.connectors.mail.imap.session import ImapSession
from provodka.flows.deliver.letter_courier import letter_secret
from provodka.flows.hub import Hub
from provodka.flows.mail.arrivals import Ours
from provodka.flows.mail.boxes import Box, files_folder, own_addresses
from provodka.flows.mail.files import FileStore
from provodka.flows.mail.free_mail import is_free_mail
from provodka.flows.mail.linking import employees
from provodka.flows.mail.storing import Desk
from provodka.flows.mail.taking import Taker

__all__ = ["desk_of", "taker_of"]

MEGABYTE = 1024 * 1024


def desk_of(hub: Hub) -> Desk:
    """Who is ours, and the moment of the run."""
    with hub.engine.connect() as connection:
        staff = employees(connection)
    mail = hub.settings.mail
    addresses = own_addresses(hub.settings)
    domains = {one.rpartition("@")[2] for one in addresses}
    own = frozenset(one for one in domains if not is_free_mail(one))
    return Desk(
        now=hub.clock(),
        ours=Ours(addresses | staff.keys(), own),
        staff=staff,
        secret=letter_secret(hub.settings),
        largest_file=(mail.largest_file_mb if mail else 50) * MEGABYTE,
    )


def taker_of(hub: Hub, box: Box, session: ImapSession) -> Taker:
    """What takes letters of a mailbox."""
    return Taker(
        engine=hub.engine,
        session=session,
        desk=desk_of(hub),
        files=FileStore(files_folder(hub)),
        spool=hub.home / "spool" / f"mail-{box.name}",
        largest=box.largest,
    )
