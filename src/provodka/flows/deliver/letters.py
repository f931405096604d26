"""The courier of letters: SMTP, and a look into the Sent folder after a lost answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from provodka.connectors.crm_store.outbox import Errand
from provodka.connectors.crm_store.tables.talk import message
from provodka.connectors.mail.messages import Attachment, Letter, Mailbox, compose, message_id
from provodka.connectors.mail.sent_folder import SentFolder
from provodka.connectors.mail.smtp import SmtpSender
from provodka.flows.deliver.courier import StillMine
from provodka.flows.deliver.outcome import Done, Outcome
from provodka.foundation.errors import DocumentError, UnknownOutcome
from provodka.foundation.i18n import _

__all__ = ["LetterCourier"]


@dataclass(frozen=True)
class LetterCourier:
    """Sends each `crm.message` once; `sender` is the company's address."""

    engine: Engine
    sender: Mailbox
    smtp: SmtpSender
    sent: SentFolder | None
    attachments: Callable[[str], tuple[Attachment, ...]]
    clock: Callable[[], datetime]
    lost_answer_wait: timedelta
    workers: int = 1
    target: str = "mail"
    ahead: int = 1

    def marker(self, errand: Errand) -> str:
        """The letter's Message-ID."""
        return message_id(errand.key, self.sender.address.rpartition("@")[2])

    def carry(self, errand: Errand, still_mine: StillMine) -> Outcome:
        """Send, or find that it was sent already."""
        row = self._row(errand.document)
        marker = self.marker(errand)
        if errand.unsure:
            if self.sent is None:
                return self._nobody_knows(errand, marker)
            if self.sent.holds(marker):
                return self._sent(errand, marker)
        try:
            return self._send(errand, row, marker, still_mine)
        except DocumentError as error:
            return Done("dead", trouble=error, record=self._mark(errand, "failed", None))

    def _send(self, errand: Errand, row: Any, marker: str, still_mine: StillMine) -> Done:
        domain = self.sender.address.rpartition("@")[2]
        letter = compose(self._letter(errand, row), domain=domain, sent_at=self.clock())
        self.smtp.send(letter, before=still_mine)
        return self._sent(errand, marker)

    def _row(self, document: UUID) -> Any:
        with self.engine.connect() as connection:
            row = connection.execute(select(message).where(message.c.id == document)).first()
        if row is None:
            raise DocumentError(
                _("Письмо {key}").format(key=document),
                found=_("письма нет в базе"),
                next_step=_("проверьте, не удалено ли оно"),
                code="no_message",
            )
        return row

    def _letter(self, errand: Errand, row: Any) -> Letter:
        return Letter(
            effect_key=errand.key,
            sender=self.sender,
            to=(Mailbox(row.recipient),),
            subject=row.subject or "",
            text=row.text or "",
            html=row.html or "",
            attachments=self.attachments(row.template) if row.template else (),
            reply_to=(Mailbox(row.reply_to),) if row.reply_to else (),
            in_reply_to=row.in_reply_to or "",
            references=(row.in_reply_to,) if row.in_reply_to else (),
        )

    def _sent(self, errand: Errand, marker: str) -> Done:
        record = self._mark(errand, "sent", marker)
        return Done("delivered", result={"message_id": marker}, record=record)

    def _mark(
        self, errand: Errand, status: str, marker: str | None
    ) -> Callable[[Connection], None]:
        values: dict[str, Any] = {"status": status, "message_id": marker}
        if status == "sent":
            values["sent_at"] = self.clock()

        def record(connection: Connection) -> None:
            connection.execute(
                message.update().where(message.c.id == errand.document).values(values)
            )

        return record

    def _nobody_knows(self, errand: Errand, marker: str) -> Done:
        trouble = UnknownOutcome(
            _("Письмо {key}").format(key=errand.document),
            found=_("ответ почтового сервера потерян, и посмотреть в «Отправленные» нельзя"),
            expected=_("раздел mail.imap в hub.yaml"),
            next_step=_("проверьте, ушло ли письмо, и отправьте его снова, если нет"),
            code="letter_unsure",
        )
        return Done("dead", trouble=trouble, record=self._mark(errand, "unsure", marker))
