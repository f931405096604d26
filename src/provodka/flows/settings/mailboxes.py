"""Mailboxes that are read: `mail.mailboxes`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from provodka.flows.settings.common import Strict
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _, marked
from provodka.foundation.located_yaml import LocatedYaml

__all__ = ["MailboxAccount", "OAuth", "mailbox_password", "missing_mailbox_secrets"]

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,49}$")]
Step = str | int


class OAuth(Strict):
    """How an access token is got instead of a password (RFC 6749 §6)."""

    token_url: Annotated[str, Field(pattern=r"^https?://[^\s]+$")] = Field(
        description=marked("Адрес, по которому сервис выдает токены")
    )
    client_id: str = Field(description=marked("Идентификатор приложения"))
    client_secret_env: str | None = Field(
        None, description=marked("Переменная окружения с секретом приложения, если он есть")
    )
    refresh_token_env: str = Field(description=marked("Переменная окружения с refresh-токеном"))
    scope: str | None = Field(None, description=marked("Права, если сервис требует их назвать"))


class MailboxAccount(Strict):
    """One mailbox: letters of its folders are read, nothing in it is changed."""

    name: Name = Field(description=marked("Как назвать этот ящик"))
    host: str = Field(description=marked("Сервер IMAP"))
    port: int = 993
    security: Literal["tls", "starttls", "plain"] = "tls"
    login: str = Field(description=marked("Логин"))
    password_env: str | None = Field(None, description=marked("Переменная окружения с паролем"))
    password_file: Path | None = Field(None, description=marked("Файл с паролем"))
    oauth: OAuth | None = Field(None, description=marked("Вход по токену OAuth2 вместо пароля"))
    address: str | None = Field(
        None, description=marked("Адрес ящика; пусто, если логин и есть адрес")
    )
    folders: tuple[str, ...] = Field(
        ("INBOX",), min_length=1, description=marked("Папки, в которые приходят письма")
    )
    sent_folder: str | None = Field(
        None, description=marked("Папка «Отправленные»; пусто: найти самим")
    )
    history_days: int = Field(
        30, ge=0, le=36_500, description=marked("За сколько дней до подключения прочитать письма")
    )
    idle: bool = Field(True, description=marked("Ждать новых писем на открытом соединении"))
    sweep_minutes: int = Field(
        60, ge=1, description=marked("Как часто сверять пометки и удаления целиком")
    )
    largest_mb: int = Field(
        150, ge=1, le=2048, description=marked("У письма больше этого читается только заголовок")
    )
    ca_file: Path | None = None

    @property
    def box_address(self) -> str:
        """The mailbox's own address, or nothing where it is not known."""
        return (self.address or (self.login if "@" in self.login else "")).lower()

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        ways = (self.password_env, self.password_file, self.oauth)
        if sum(way is not None for way in ways) != 1:
            raise ValueError("password_env | password_file | oauth")
        return self


def missing_mailbox_secrets(
    boxes: tuple[MailboxAccount, ...], source: LocatedYaml
) -> Iterator[ConfigurationError]:
    """An error for every mailbox whose password or token cannot be found."""
    for number, box in enumerate(boxes):
        steps: tuple[Step, ...] = ("mail", "mailboxes", number)
        for more, variable in _variables(box):
            if variable not in os.environ:
                yield source.error(
                    *steps,
                    *more,
                    found=_("переменная окружения {name} не задана").format(name=variable),
                    expected=_("пароль или токен ящика «{name}»").format(name=box.name),
                    next_step=_("задайте переменную перед запуском"),
                    code="missing_secret",
                )
        if box.password_file and not box.password_file.is_file():
            yield source.error(
                *steps,
                "password_file",
                found=_("файла {path} нет").format(path=box.password_file),
                expected=_("файл с паролем в первой строке"),
                next_step=_("создайте файл или исправьте путь"),
                code="missing_secret",
            )


def mailbox_password(box: MailboxAccount) -> str:
    """The password of a mailbox; nothing where it is entered by a token."""
    if box.password_env:
        return os.environ[box.password_env]
    if box.password_file:
        return box.password_file.read_text(encoding="utf-8").splitlines()[0]
    return ""


def _variables(box: MailboxAccount) -> Iterator[tuple[tuple[Step, ...], str]]:
    if box.password_env:
        yield ("password_env",), box.password_env
    if box.oauth:
        yield ("oauth", "refresh_token_env"), box.oauth.refresh_token_env
        if box.oauth.client_secret_env:
            yield ("oauth", "client_secret_env"), box.oauth.client_secret_env
