"""What `hub.yaml` may say, and what only the environment may.

`hub.yaml` names systems, streams and the company; secrets never stand in it: each is named
by the environment variable (`password_env`) or the file (`password_file`) that holds it.
"""

from __future__ import annotations

import os
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from stdnum.ru import inn as inn_rules

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _, marked
from provodka.foundation.located_yaml import LocatedYaml, gathered, load_yaml

__all__ = [
    "AsteriskLog",
    "Company",
    "Environment",
    "HubSettings",
    "ImapAccount",
    "Mail",
    "OneC",
    "Secret",
    "SmtpServer",
    "Streams",
    "load_settings",
]


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(_("часовой пояс из базы IANA, например Europe/Moscow"))
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]
Security = Literal["tls", "starttls", "plain"]


class Environment(BaseSettings):
    """The process's environment, `PROVODKA_…`; read once, in the composition root."""

    model_config = SettingsConfigDict(env_prefix="PROVODKA_")

    config: Path = Field(Path("hub.yaml"), description=marked("Файл настроек"))
    home: Path = Field(Path(".provodka"), description=marked("Папка данных хаба"))
    database_url: str | None = Field(
        None, description=marked("Адрес PostgreSQL вместо встроенного")
    )


class Strict(BaseModel):
    """Unknown fields are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Secret(Strict):
    """A login and where its password is kept."""

    login: str = Field(description=marked("Логин"))
    password_env: str | None = Field(None, description=marked("Переменная окружения с паролем"))
    password_file: Path | None = Field(None, description=marked("Файл с паролем"))


class Company(Strict):
    """Whose hub this is."""

    name: str = Field(description=marked("Название компании"))
    inn: str = Field(description=marked("ИНН организации, от имени которой выставляются счета"))
    zone: Zone = Field("Europe/Moscow", description=marked("Часовой пояс рабочего времени"))
    day_start: time = Field(time(9), description=marked("Начало рабочего дня"))
    day_end: time = Field(time(18), description=marked("Конец рабочего дня"))

    @field_validator("inn")
    @classmethod
    def _checked(cls, value: str) -> str:
        if not inn_rules.is_valid(value):
            raise ValueError(_("ИНН из 10 или 12 цифр с верными контрольными цифрами"))
        return value


class OneC(Secret):
    """One base of 1C:Accounting published over OData."""

    url: str = Field(description=marked("Адрес базы: https://сервер/база"))
    zone: Zone = Field(
        "Europe/Moscow", description=marked("Часовой пояс базы: в датах 1С пояса нет")
    )
    mappings: str = Field("bp30", description=marked("Набор соответствий или папка с ними"))
    timeout: float = Field(90, gt=0, description=marked("Сколько секунд ждать ответа"))
    connections: int = Field(1, ge=1, le=16, description=marked("Сколько запросов одновременно"))
    page_mb: float = Field(
        4, gt=0, le=64, description=marked("К какому размеру страницы стремиться, МБ")
    )
    sessions: bool = Field(False, description=marked("Держать сеанс 1С между запросами"))
    load_mode: bool = Field(False, description=marked("Записывать в режиме ОбменДанными.Загрузка"))
    lost_answer_wait: float = Field(
        120, ge=0, description=marked("Через сколько секунд искать документ, если ответ потерян")
    )
    ca_file: Path | None = Field(
        None, description=marked("Сертификат своего удостоверяющего центра")
    )


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
    ca_file: Path | None = None


class AsteriskLog(Strict):
    """The call log of one Asterisk."""

    name: str = Field(description=marked("Как назвать эту АТС"))
    path: Path = Field(description=marked("Путь к Master.csv"))
    zone: Zone = Field("Europe/Moscow", description=marked("Часовой пояс журнала (usegmtime: UTC)"))
    internal_lengths: frozenset[int] = Field(
        frozenset({2, 3, 4}), description=marked("Длины внутренних номеров")
    )


class Streams(Strict):
    """How often each flow runs, in seconds; the fast lane does not wait for them."""

    catalogs: int = Field(3600, ge=1)
    accounting: int = Field(60, ge=1)
    invoices: int = Field(60, ge=1)
    calls: int = Field(60, ge=1)
    triggers: int = Field(60, ge=1)
    outbox: int = Field(60, ge=1)
    reports: int = Field(300, ge=1)


class HubSettings(Strict):
    """The whole of `hub.yaml`."""

    company: Company
    onec: OneC | None = None
    mail: Mail | None = None
    telephony: tuple[AsteriskLog, ...] = ()
    rules: tuple[str, ...] = Field(
        ("romashka",), description=marked("Файлы правил или имена встроенных")
    )
    streams: Streams = Streams()

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.company.zone)


def load_settings(path: Path) -> tuple[HubSettings, LocatedYaml]:
    """Read `hub.yaml`; every mistake is a `ConfigurationError` with its line."""
    source = load_yaml(path)
    settings = source.parse(HubSettings)
    missing = [
        error
        for steps, holder in _holders(settings)
        if (error := _missing_secret(source, steps, holder)) is not None
    ]
    if missing:
        raise gathered(missing)
    return settings, source


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


def password(holder: OneC | Mail) -> str:
    """The password of a login, from the environment or its file; call after `load_settings`."""
    if holder.password_env:
        return os.environ[holder.password_env]
    if holder.password_file:
        return holder.password_file.read_text(encoding="utf-8").splitlines()[0]
    return ""


def json_schema() -> dict[str, Any]:
    """The JSON schema of `hub.yaml`, for editors, its descriptions in the user's language."""
    schema: dict[str, Any] = _translated(HubSettings.model_json_schema())
    return schema


def _translated(node: Any) -> Any:
    if isinstance(node, list):
        return [_translated(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        name: _(value) if name == "description" and isinstance(value, str) else _translated(value)
        for name, value in node.items()
    }
