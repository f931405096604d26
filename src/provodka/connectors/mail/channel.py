"""SMTP as one of the channels: a lost answer is looked up in the Sent folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

from provodka.connectors.channel import CannotTell, Fate, Taken, Told
from provodka.connectors.mail.messages import message_id
from provodka.connectors.mail.sent_folder import SentFolder
from provodka.connectors.mail.smtp import SmtpSender
from provodka.foundation.i18n import _

__all__ = ["SmtpChannel"]


@dataclass(frozen=True)
class SmtpChannel:
    """Sends composed letters; `domain` names the sender in their Message-IDs."""

    smtp: SmtpSender
    sent: SentFolder | None
    domain: str
    tells_fate: bool = False

    def marker(self, key: str) -> str:
        """The letter's Message-ID."""
        return message_id(key, self.domain)

    def send(self, key: str, content: EmailMessage, *, before: Callable[[], None]) -> Taken:
        """Send a letter. Raises what `SmtpSender.send` does."""
        sent = self.smtp.send(content, before=before)
        refused = tuple(f"{one.code} {one.said}" for one in sent.rejected)
        return Taken(self.marker(key), refused=refused)

    def look_up(self, key: str, _content: EmailMessage) -> Taken | None:
        """Whether a copy lies in the Sent folder. Raises `CannotTell` without a mailbox."""
        marker = self.marker(key)
        if self.sent is None:
            raise CannotTell(
                _("Письмо {key}").format(key=marker),
                found=_("ответ почтового сервера потерян, и посмотреть в «Отправленные» нельзя"),
                expected=_("раздел mail.imap в hub.yaml"),
                next_step=_("проверьте, ушло ли письмо, и отправьте его снова, если нет"),
                code="letter_unsure",
            )
        return Taken(marker) if self.sent.holds(marker) else None

    def ask(self, _external_id: str, _to: str) -> Told:
        """Mail tells of trouble by itself: a bounce comes into the mailbox."""
        return Told(Fate.ACCEPTED)
