"""Other systems that rules speak to: the `outside` section."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from provodka.flows.settings.common import Strict
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _, marked
from provodka.foundation.located_yaml import LocatedYaml

__all__ = ["Endpoint", "Outside", "Smsc", "Telegram", "missing_channel_secrets"]

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,49}$")]
Url = Annotated[str, Field(pattern=r"^https?://[^\s]+$")]


class Endpoint(Strict):
    """An address that takes signed calls."""

    url: Url = Field(description=marked("Адрес, который принимает подписанные запросы POST"))
    secret_env: str = Field(description=marked("Переменная окружения с ключом подписи"))
    timeout: float = Field(20, gt=0, le=120, description=marked("Сколько секунд ждать ответа"))
    ca_file: Path | None = Field(None, description=marked("Свой корневой сертификат"))


class Smsc(Strict):
    """An SMS gateway that speaks the protocol of SMSC."""

    url: Url = Field("https://smsc.ru/sys", description=marked("Адрес, под которым send.php"))
    login: str = Field(description=marked("Логин у шлюза"))
    password_env: str = Field(description=marked("Переменная окружения с паролем"))
    sender: str | None = Field(None, description=marked("Имя отправителя, если зарегистрировано"))
    currency: str = Field("RUB", description=marked("В какой валюте шлюз считает стоимость"))
    timeout: float = Field(20, gt=0, le=120, description=marked("Сколько секунд ждать ответа"))


class Telegram(Strict):
    """A bot that clients write to."""

    token_env: str = Field(description=marked("Переменная окружения с токеном бота"))
    url: Url = Field("https://api.telegram.org", description=marked("Адрес Bot API, если он свой"))
    timeout: float = Field(20, gt=0, le=120, description=marked("Сколько секунд ждать ответа"))


class Outside(Strict):
    """Webhooks by name, the channels of SMS and messengers."""

    webhooks: dict[Name, Endpoint] = Field(
        {}, description=marked("Куда сообщает действие call_webhook, по именам")
    )
    sms: Endpoint | None = Field(None, description=marked("Свой шлюз СМС"))
    messenger: Endpoint | None = Field(None, description=marked("Свой шлюз мессенджеров"))
    smsc: Smsc | None = Field(None, description=marked("Шлюз СМС по протоколу SMSC"))
    telegram: Telegram | None = Field(None, description=marked("Бот Telegram"))

    @model_validator(mode="after")
    def _one_way_each(self) -> Self:
        if self.sms and self.smsc:
            raise ValueError(_("один шлюз СМС: sms или smsc"))
        if self.messenger and self.telegram:
            raise ValueError(_("один мессенджер: messenger или telegram"))
        return self

    @property
    def channels(self) -> list[str]:
        """By what rules may reach a phone: `sms`, `messenger`."""
        reached = {"sms": self.sms or self.smsc, "messenger": self.messenger or self.telegram}
        return [name for name, way in reached.items() if way]

    def named(self) -> list[tuple[tuple[str, ...], Endpoint]]:
        """Every endpoint with its place in `hub.yaml`."""
        found = [
            (("outside", "webhooks", name), endpoint) for name, endpoint in self.webhooks.items()
        ]
        gateways = (("sms", self.sms), ("messenger", self.messenger))
        return [*found, *((("outside", name), one) for name, one in gateways if one is not None)]


def missing_channel_secrets(outside: Outside, source: LocatedYaml) -> Iterator[ConfigurationError]:
    """An error at every line that names a variable which is not set."""
    named = []
    if outside.smsc:
        named.append((("outside", "smsc", "password_env"), outside.smsc.password_env))
    if outside.telegram:
        named.append((("outside", "telegram", "token_env"), outside.telegram.token_env))
    for steps, variable in named:
        if not os.environ.get(variable):
            yield source.error(
                *steps,
                found=_("переменная окружения {name} не задана").format(name=variable),
                expected=_("пароль шлюза или токен бота"),
                next_step=_("задайте переменную перед запуском"),
                code="missing_secret",
            )
