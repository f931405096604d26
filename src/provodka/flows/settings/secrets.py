"""Where the passwords are: the environment or a file, never `hub.yaml`."""

from __future__ import annotations

import os

from provodka.flows.settings.calendars import missing_calendar_secrets
from provodka.flows.settings.hub_file import HubSettings
from provodka.flows.settings.mail import Mail
from provodka.flows.settings.onec import OneC
from provodka.flows.settings.outside import Endpoint, missing_channel_secrets
from provodka.flows.settings.telephony import wrong_pbxes
from provodka.flows.settings.web import missing_web_secrets
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.foundation.located_yaml import LocatedYaml

__all__ = ["missing_secrets", "password", "signing_key"]


def missing_secrets(settings: HubSettings, source: LocatedYaml) -> list[ConfigurationError]:
    """An error for every login whose password cannot be found."""
    missing = [_missing_secret(source, steps, holder) for steps, holder in _holders(settings)]
    missing += [_missing_key(source, steps, one) for steps, one in settings.outside.named()]
    missing += wrong_pbxes(settings.telephony, source)
    missing += missing_channel_secrets(settings.outside, source)
    missing += missing_calendar_secrets(settings.calendars, source)
    missing += missing_web_secrets(settings.web, source)
    return [error for error in missing if error is not None]


def _holders(settings: HubSettings) -> list[tuple[str, OneC | Mail]]:
    named = (("onec", settings.onec), ("mail", settings.mail))
    return [(name, holder) for name, holder in named if holder is not None and holder.login]


def _missing_secret(
    source: LocatedYaml, step: str, holder: OneC | Mail
) -> ConfigurationError | None:
    if holder.password_env:
        if holder.password_env in os.environ:
            return None
        found = _("переменная окружения {name} не задана").format(name=holder.password_env)
        return source.error(
            step,
            "password_env",
            found=found,
            expected=_("пароль пользователя «{login}»").format(login=holder.login),
            next_step=_("задайте переменную перед запуском"),
            code="missing_secret",
        )
    if holder.password_file:
        if holder.password_file.is_file():
            return None
        return source.error(
            step,
            "password_file",
            found=_("файла {path} нет").format(path=holder.password_file),
            expected=_("файл с паролем в первой строке"),
            next_step=_("создайте файл или исправьте путь"),
            code="missing_secret",
        )
    return source.error(
        step,
        found=_("не сказано, где пароль"),
        expected="password_env | password_file",
        next_step=_("назовите переменную окружения или файл; сам пароль в hub.yaml не пишут"),
        code="missing_secret",
    )


def _missing_key(
    source: LocatedYaml, steps: tuple[str, ...], endpoint: Endpoint
) -> ConfigurationError | None:
    if endpoint.secret_env in os.environ:
        return None
    return source.error(
        *steps,
        "secret_env",
        found=_("переменная окружения {name} не задана").format(name=endpoint.secret_env),
        expected=_("ключ подписи"),
        next_step=_("задайте переменную перед запуском"),
        code="missing_secret",
    )


def signing_key(endpoint: Endpoint) -> bytes:
    """The key that calls to an endpoint are signed with; call after `load_settings`."""
    return os.environ[endpoint.secret_env].encode()


def password(holder: OneC | Mail) -> str:
    """The password of a login, from the environment or its file; call after `load_settings`."""
    if holder.password_env:
        return os.environ[holder.password_env]
    if holder.password_file:
        return holder.password_file.read_text(encoding="utf-8").splitlines()[0]
    return ""
