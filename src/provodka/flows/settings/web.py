"""The door to the outside: the `web` section."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from provodka.flows.settings.common import Strict
from provodka.flows.settings.sign_in import SignIn
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _, marked
from provodka.foundation.located_yaml import LocatedYaml

__all__ = [
    "FormFields",
    "FormSite",
    "SignedHook",
    "Visits",
    "Web",
    "letter_secret",
    "missing_web_secrets",
]

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,49}$")]
Origin = Annotated[str, Field(pattern=r"^https?://[a-z0-9.-]+(:\d{1,5})?$")]
Names = tuple[str, ...]


class FormFields(Strict):
    """How the site calls what the hub needs; the first name that is filled wins."""

    name: Names = Field(("name",), description=marked("Имена поля с именем человека"))
    phone: Names = Field(("phone",), description=marked("Имена поля с телефоном"))
    email: Names = Field(("email",), description=marked("Имена поля с адресом почты"))
    text: Names = Field(
        ("comment", "message", "text"), description=marked("Имена поля с текстом обращения")
    )


class FormSite(Strict):
    """A form of a site."""

    kind: Literal["form", "callback"] = Field(
        "form", description=marked("Форма или просьба перезвонить")
    )
    sites: tuple[Origin, ...] = Field(
        (), description=marked("С каких сайтов браузер вправе прислать форму, вида https://…")
    )
    fields: FormFields = Field(FormFields(), description=marked("Как поля названы на сайте"))
    honeypot: str | None = Field(
        None, description=marked("Скрытое поле: заполнившего его робота не слушают")
    )
    thanks: Annotated[str, Field(pattern=r"^https?://[^\s]+$")] | None = Field(
        None, description=marked("Куда вернуть браузер, который прислал форму без скрипта")
    )


class Visits(Strict):
    """The counter of visits."""

    sites: tuple[Origin, ...] = Field(
        description=marked("Чьи посещения считать, вида https://…"), min_length=1
    )
    consent: Literal["asked", "settled"] = Field(
        "asked",
        description=marked("Записывать только с отметкой о согласии, или согласие уже получено"),
    )
    pause_minutes: int = Field(
        30, ge=1, le=1440, description=marked("После стольких минут перерыва посещение новое")
    )


class SignedHook(Strict):
    """A program that speaks with the rules by signed calls."""

    secret_env: str = Field(description=marked("Переменная окружения с ключом подписи"))


class Web(Strict):
    """What listens over HTTP, to whom, and how long it remembers."""

    host: str = Field("127.0.0.1", description=marked("На каком адресе слушать"))
    port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description=marked("На каком порту слушать; без него 8750 или любой свободный"),
    )
    trusted_proxies: tuple[str, ...] = Field(
        (), description=marked("Адреса обратных прокси, которым верить в X-Forwarded-For")
    )
    public_url: str | None = Field(
        None,
        pattern=r"^https://[^\s?#]+$",
        description=marked("Адрес входа снаружи, вида https://…: по нему отписываются от рассылок"),
    )
    secret_env: str | None = Field(
        None, description=marked("Переменная окружения с ключом для меток в письмах")
    )
    max_body_kb: int = Field(
        1024, ge=1, le=16_384, description=marked("Наибольшее тело запроса, КБ")
    )
    request_seconds: float = Field(
        20, gt=0, le=300, description=marked("За сколько секунд запрос должен прийти целиком")
    )
    connections: int = Field(
        1000, ge=1, le=10_000, description=marked("Сколько соединений держать одновременно")
    )
    hook_rate: int = Field(
        6000, ge=1, description=marked("Сколько вебхуков в минуту принимать с одного адреса")
    )
    form_rate: int = Field(
        10, ge=1, description=marked("Сколько форм в минуту принимать с одного адреса")
    )
    pixel_rate: int = Field(
        300, ge=1, description=marked("Сколько посещений в минуту считать с одного адреса")
    )
    keep_days: int = Field(
        14, ge=1, description=marked("Сколько дней хранить принятое, как оно пришло")
    )
    keep_refused: bool = Field(
        False, description=marked("Хранить ли запросы с неверной подписью, без последствий")
    )
    hooks: dict[Code, SignedHook] = Field(
        {}, description=marked("Программы, которые сообщают о событиях подписанными запросами")
    )
    forms: dict[Code, FormSite] = Field({}, description=marked("Формы сайтов, по кодам"))
    visits: Visits | None = Field(None, description=marked("Счетчик посещений"))
    sign_in: SignIn = Field(SignIn(), description=marked("Как люди входят на страницы"))
    access_log: bool = Field(
        False, description=marked("Писать ли в журнал каждый запрос (без параметров)")
    )

    def secrets(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Variables of the environment with the place in `hub.yaml` that names each."""
        if self.secret_env:
            yield ("web", "secret_env"), self.secret_env
        for name, hook in self.hooks.items():
            yield ("web", "hooks", name, "secret_env"), hook.secret_env
        if self.sign_in.oidc:
            yield ("web", "sign_in", "oidc", "secret_env"), self.sign_in.oidc.secret_env


def letter_secret(web: Web | None) -> bytes | None:
    """The key of the tokens in letters (`pixel_token`), if there is one; after `load_settings`."""
    return os.environ[web.secret_env].encode() if web and web.secret_env else None


def missing_web_secrets(web: Web | None, source: LocatedYaml) -> Iterator[ConfigurationError]:
    """An error at every line that names a variable which is not set."""
    for steps, variable in web.secrets() if web else ():
        if not os.environ.get(variable):
            yield source.error(
                *steps,
                found=_("переменная окружения {name} не задана").format(name=variable),
                expected=_("ключ подписи"),
                next_step=_("задайте переменную перед запуском"),
                code="missing_secret",
            )
