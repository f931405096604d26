"""The mail account: the `mail` section."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from provodka.flows.settings.common import Strict
from provodka.flows.settings.mailboxes import MailboxAccount
from provodka.foundation.i18n import _, marked

__all__ = ["ImapAccount", "Mail", "Signature", "SmtpServer"]

Security = Literal["tls", "starttls", "plain"]


class SmtpServer(Strict):
    """Where letters go out."""

    host: str
    port: int = 587
    security: Security = "starttls"


class ImapAccount(SmtpServer):
    """Where the copies of sent letters are."""

    port: int = 993
    security: Security = "tls"
    sent_folder: str | None = Field(
        None, description=marked("Папка «Отправленные»; пусто: найти самим")
    )


class Signature(Strict):
    """What stands under letters of the hub."""

    text: str = Field(description=marked("Подпись под обычным текстом"))
    html: str | None = Field(
        None, description=marked("Подпись под письмом в HTML; пусто: из обычной")
    )


class Mail(Strict):
    """The account that letters are sent from, and the mailboxes that are read."""

    sender: str = Field(description=marked("Адрес отправителя"))
    login: str | None = None
    password_env: str | None = None
    password_file: Path | None = None
    smtp: SmtpServer
    imap: ImapAccount | None = Field(
        None, description=marked("Без него письмо с потерянным ответом ждет решения человека")
    )
    lost_answer_wait: float = Field(
        30, ge=0, description=marked("Через сколько секунд искать письмо в «Отправленных»")
    )
    connections: int = Field(
        2, ge=1, le=16, description=marked("Сколько писем отправлять одновременно")
    )
    ca_file: Path | None = None
    mailboxes: tuple[MailboxAccount, ...] = Field(
        (), description=marked("Ящики, письма которых читаются")
    )
    files: Path | None = Field(
        None, description=marked("Папка вложений; пусто: files в папке данных")
    )
    largest_file_mb: int = Field(
        50, ge=1, le=2048, description=marked("Вложения больше этого не сохраняются")
    )
    keep_files_days: int | None = Field(
        None, ge=1, description=marked("Сколько дней хранить содержимое вложений; пусто: всегда")
    )
    signature: Signature | None = Field(None, description=marked("Подпись под письмами хаба"))
    rate_per_domain: dict[str, Annotated[int, Field(ge=1)]] = Field(
        {},
        description=marked("Сколько писем в минуту отправлять в один домен; «*»: в остальные"),
    )
    unsubscribe: str | None = Field(
        None,
        pattern=r"^(https://|mailto:)[^\s]+$",
        description=marked("Куда отписываются от рассылок: https://… или mailto:…"),
    )
    pixel: str | None = Field(
        None,
        pattern=r"^https?://[^\s]+$",
        description=marked("Адрес, по которому картинка в письме сообщает о прочтении"),
    )

    plus_address: str | None = Field(
        None,
        pattern=r"^[^\s@+]+@[^\s@]+$",
        description=marked("Адрес для ответов: к нему добавится «+метка», ведущая к сделке"),
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = Counter(box.name for box in self.mailboxes)
        twice = [name for name, times in names.items() if times > 1]
        if twice:
            raise ValueError(_("разные имена ящиков; повторяются: ") + ", ".join(twice))
        return self
