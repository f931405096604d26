"""The mailboxes that `hub.yaml` names, ready to be entered."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from provodka.connectors.mail.imap.account import Account
from provodka.connectors.mail.oauth import TokenSource
from provodka.connectors.mail.servers import Security
from provodka.flows.hub import Hub
from provodka.flows.settings import HubSettings
from provodka.flows.settings.mailboxes import MailboxAccount, OAuth, mailbox_password
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["Box", "boxes", "files_folder", "named_box", "own_addresses", "tokens_of"]

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Box:
    """One mailbox. `folders` are those that letters come to; `sent` may have to be found."""

    name: str
    account: Account
    address: str = field(repr=False)
    folders: tuple[str, ...] = ("INBOX",)
    sent: str | None = None
    history: timedelta = timedelta(days=30)
    sweep_every: timedelta = timedelta(hours=1)
    largest: int = 150 * MEGABYTE
    idle: bool = True


def boxes(settings: HubSettings) -> list[Box]:
    """All mailboxes; call after `load_settings`, which finds lacking secrets."""
    return [_box(one) for one in settings.mail.mailboxes] if settings.mail else []


def named_box(hub: Hub, name: str) -> Box:
    """The mailbox of this name, or a `ConfigurationError` that tells those there are."""
    there = boxes(hub.settings)
    for one in there:
        if one.name == name:
            return one
    raise ConfigurationError(
        _("Ящик «{name}»").format(name=name),
        found=_("в hub.yaml такого нет"),
        expected=", ".join(one.name for one in there) or "mail.mailboxes",
        next_step=_("назовите ящик из раздела mail.mailboxes"),
        code="no_mailbox",
    )


def own_addresses(settings: HubSettings) -> frozenset[str]:
    """Addresses that letters are sent from and read at, in lower case."""
    mail = settings.mail
    if mail is None:
        return frozenset()
    found = {mail.sender.lower(), *(box.box_address for box in mail.mailboxes)}
    return frozenset(found - {""})


def files_folder(hub: Hub) -> Path:
    """Where the contents of attachments are kept."""
    mail = hub.settings.mail
    return (mail.files if mail else None) or hub.home / "files"


def _box(given: MailboxAccount) -> Box:
    account = Account(
        host=given.host,
        login=given.login,
        password=mailbox_password(given),
        token=tokens_of(given.oauth, given.ca_file) if given.oauth else None,
        port=given.port,
        security=Security(given.security),
        ca_file=given.ca_file,
    )
    return Box(
        given.name,
        account,
        given.box_address,
        given.folders,
        given.sent_folder,
        timedelta(days=given.history_days),
        timedelta(minutes=given.sweep_minutes),
        given.largest_mb * MEGABYTE,
        given.idle,
    )


@lru_cache(maxsize=64)
def tokens_of(oauth: OAuth, ca_file: Path | None) -> TokenSource:
    """One source for a process: a token is good for about an hour."""
    secret = oauth.client_secret_env
    return TokenSource(
        url=oauth.token_url,
        client_id=oauth.client_id,
        refresh_token=os.environ[oauth.refresh_token_env],
        client_secret=os.environ[secret] if secret else "",
        scope=oauth.scope or "",
        ca_file=ca_file,
    )
