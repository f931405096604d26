"""The courier of letters, composed from the settings."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

from provodka.connectors.mail.channel import SmtpChannel
from provodka.connectors.mail.smtp import SmtpSender
from provodka.flows.deliver.channel_courier import ChannelCourier
from provodka.flows.deliver.letters import Enclosed, LetterStyle, LetterWriter
from provodka.flows.hub import Hub
from provodka.flows.mail.files import FileStore
from provodka.flows.settings import HubSettings, Mail
from provodka.trigger_rules.letters import find_template

__all__ = ["letter_courier", "letter_secret", "letter_writer"]


def letter_courier(hub: Hub, mail: Mail, smtp: SmtpSender) -> ChannelCourier[EmailMessage]:
    """Sends the letters of the store, as many at once as the settings say."""
    writer = letter_writer(hub, mail)
    return ChannelCourier(
        target="mail",
        channel=SmtpChannel(smtp, hub.sent, writer.domain),
        writer=writer,
        engine=hub.engine,
        clock=hub.clock,
        lost_answer_wait=timedelta(seconds=mail.lost_answer_wait),
        workers=mail.connections,
    )


def letter_writer(hub: Hub, mail: Mail) -> LetterWriter:
    """Writes letters as the settings say."""
    return LetterWriter(
        engine=hub.engine,
        sender=hub.sender,
        enclosed=_Templates(hub.book.templates),
        stored=_Stored(FileStore(mail.files or hub.home / "files")),
        clock=hub.clock,
        style=_style(hub.settings, mail),
    )


def letter_secret(settings: HubSettings) -> bytes:
    """What tokens in letters are sealed with; empty where the settings name nothing."""
    named = settings.web.secret_env if settings.web else None
    return os.environ.get(named, "").encode() if named else b""


def _style(settings: HubSettings, mail: Mail) -> LetterStyle:
    signature = mail.signature
    return LetterStyle(
        signature=signature.text if signature else "",
        signature_html=(signature.html or "") if signature else "",
        unsubscribe=mail.unsubscribe or "",
        door=(settings.web.public_url or "") if settings.web else "",
        pixel=mail.pixel or "",
        plus_address=mail.plus_address or "",
        secret=letter_secret(settings),
        per_minute=mail.rate_per_domain,
    )


@dataclass
class _Templates:
    """What goes with every letter of a template; each template is read once."""

    folders: tuple[Path, ...]
    _read: dict[str, Enclosed] = field(default_factory=dict)

    def __call__(self, template: str) -> Enclosed:
        if template not in self._read:
            found = find_template(self.folders, template)
            self._read[template] = Enclosed(found.attachments, found.pictures, found.services)
        return self._read[template]


@dataclass(frozen=True)
class _Stored:
    """Contents of the files that letters have brought."""

    files: FileStore

    def __call__(self, sha256: str) -> bytes:
        with self.files.open(sha256) as content:
            return content.read()
