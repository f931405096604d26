"""The mail account: the `mail` section."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from provodka.flows.settings.common import Strict
from provodka.foundation.i18n import marked

__all__ = ["ImapAccount", "Mail", "SmtpServer"]

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


class Mail(Strict):
    """The account that letters are sent from."""

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
