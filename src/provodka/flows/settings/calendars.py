"""Calendars of employees: the `calendars` section."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from provodka.flows.settings.common import Strict, Zone
from provodka.flows.settings.mailboxes import OAuth
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _, marked
from provodka.foundation.located_yaml import LocatedYaml

__all__ = ["CalendarAccount", "Calendars", "missing_calendar_secrets"]

Kind = Literal["task", "call", "meeting", "letter", "delivery", "control"]


class CalendarAccount(Strict):
    """One calendar of one employee, over CalDAV."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,49}$")] = Field(
        description=marked("Как назвать этот календарь")
    )
    employee: str = Field(description=marked("Адрес почты сотрудника, чей это календарь"))
    url: Annotated[str, Field(pattern=r"^https?://[^\s]+$")] = Field(
        description=marked("Адрес самого календаря на сервере CalDAV")
    )
    login: str | None = Field(None, description=marked("Логин"))
    password_env: str | None = Field(None, description=marked("Переменная окружения с паролем"))
    oauth: OAuth | None = Field(None, description=marked("Вход по токену OAuth2 вместо пароля"))
    ca_file: Path | None = Field(None, description=marked("Свой корневой сертификат"))
    timeout: float = Field(30, gt=0, le=120, description=marked("Сколько секунд ждать ответа"))

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if self.oauth is not None and self.login is not None:
            raise ValueError("login | oauth")
        return self


class Calendars(Strict):
    """What is shown in calendars, and for how long ahead busy hours are read."""

    accounts: tuple[CalendarAccount, ...] = Field((), description=marked("Календари сотрудников"))
    kinds: tuple[Kind, ...] = Field(
        ("call", "meeting", "task"), description=marked("Задачи каких видов показывать")
    )
    tasks_as: Literal["event", "todo"] = Field(
        "event", description=marked("event — задача стоит во времени; todo — в списке дел (VTODO)")
    )
    minutes: int = Field(
        30, ge=5, le=480, description=marked("Сколько минут занимает задача или встреча")
    )
    busy_days: int = Field(
        30, ge=1, le=366, description=marked("На сколько дней вперед читать занятое время")
    )
    zone: Zone | None = Field(
        None, description=marked("Пояс событий, у которых он не назван; пусто: пояс компании")
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        twice = [
            name for name, times in Counter(one.name for one in self.accounts).items() if times > 1
        ]
        if twice:
            raise ValueError(_("разные имена календарей; повторяются: ") + ", ".join(twice))
        return self


def missing_calendar_secrets(
    calendars: Calendars | None, source: LocatedYaml
) -> Iterator[ConfigurationError]:
    """An error for every login whose password cannot be found."""
    for index, account in enumerate(calendars.accounts if calendars else ()):
        place = ("calendars", "accounts", index)
        if account.login and not account.password_env:
            yield source.error(
                *place,
                found=_("не сказано, где пароль"),
                expected="password_env",
                next_step=_("назовите переменную окружения; сам пароль в hub.yaml не пишут"),
                code="missing_secret",
            )
        elif account.password_env and not os.environ.get(account.password_env):
            yield source.error(
                *place,
                "password_env",
                found=_("переменная окружения {name} не задана").format(name=account.password_env),
                expected=_("пароль пользователя «{login}»").format(login=account.login),
                next_step=_("задайте переменную перед запуском"),
                code="missing_secret",
            )
        yield from _missing_tokens(account, source, place)


def _missing_tokens(
    account: CalendarAccount, source: LocatedYaml, place: tuple[str | int, ...]
) -> Iterator[ConfigurationError]:
    for name in ("refresh_token_env", "client_secret_env"):
        variable = getattr(account.oauth, name, None)
        if variable and not os.environ.get(variable):
            yield source.error(
                *place,
                "oauth",
                name,
                found=_("переменная окружения {name} не задана").format(name=variable),
                expected=_("токен календаря «{name}»").format(name=account.name),
                next_step=_("задайте переменную перед запуском"),
                code="missing_secret",
            )
