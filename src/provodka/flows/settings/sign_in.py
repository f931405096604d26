"""How people sign in to the pages: the `web.sign_in` section."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from provodka.flows.settings.common import Strict
from provodka.foundation.i18n import marked

__all__ = ["Oidc", "SignIn"]

RoleName = Literal["engineer", "accountant", "analyst", "head", "dispatcher", "courier"]


class Oidc(Strict):
    """An identity provider, by OpenID Connect."""

    issuer: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")] = Field(
        description=marked("Адрес поставщика входа, как он называет себя сам")
    )
    client: str = Field(description=marked("Под каким именем хаб у него заведен"))
    secret_env: str = Field(description=marked("Переменная окружения с секретом хаба у него"))
    title: str | None = Field(
        None, description=marked("Что написано на кнопке, иначе «Войти через компанию»")
    )
    scopes: tuple[str, ...] = Field(
        ("profile", "email"), description=marked("Что спрашивать о человеке, кроме openid")
    )
    groups_claim: str = Field(
        "groups", description=marked("В каком поле подтверждения стоят группы человека")
    )
    roles: dict[str, tuple[RoleName, ...]] = Field(
        {}, description=marked("Какие роли дает группа; без этого роли дают в хабе")
    )
    unknown: Literal["refuse", "create"] = Field(
        "refuse", description=marked("Кого в хабе нет: не впускать или завести с ролями его групп")
    )
    ca_file: Path | None = Field(None, description=marked("Свой корневой сертификат"))


class SignIn(Strict):
    """Sessions, the pace of tries, how long it is kept who saw and did what."""

    idle_hours: int = Field(
        24, ge=1, le=720, description=marked("После стольких часов без дела сеанс кончается")
    )
    longest_days: int = Field(
        7, ge=1, le=90, description=marked("Через столько дней сеанс кончается в любом случае")
    )
    tries: int = Field(
        5, ge=1, le=100, description=marked("Сколько раз ошибиться в одном имени с одного адреса")
    )
    address_tries: int = Field(
        30, ge=1, le=10_000, description=marked("Сколько попыток входа принять с одного адреса")
    )
    login_tries: int = Field(
        50, ge=1, le=10_000, description=marked("Сколько раз ошибиться в одном имени отовсюду")
    )
    pause_minutes: int = Field(
        15, ge=1, le=1440, description=marked("За сколько минут считать попытки")
    )
    plain_http: bool = Field(
        False, description=marked("Впускать без TLS и с других компьютеров; пароли увидит вся сеть")
    )
    keep_audit_days: int = Field(
        365, ge=30, le=3650, description=marked("Сколько дней хранить, кто что видел и делал")
    )
    oidc: Oidc | None = Field(None, description=marked("Поставщик входа OpenID Connect"))
