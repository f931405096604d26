"""What `hub.yaml` says about a PBX, whatever its kind; each kind adds its own fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

from pydantic import Field

from provodka.connectors.http_values import checked_url
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _, marked
from provodka.foundation.strict import Strict, Zone

__all__ = ["Ami", "LineOptions", "PbxOptions", "ServedOptions", "SpannedOptions"]

VARIABLE = "_env"


class Ami(Strict):
    """Asterisk's manager interface, for calls while they happen and for placing calls."""

    host: str = Field(description=marked("Сервер AMI"))
    port: int = Field(5038, ge=1, le=65535, description=marked("Порт AMI"))
    tls: bool = Field(False, description=marked("AMI за TLS; его порт обычно 5039"))
    ca_file: Path | None = Field(
        None, description=marked("Сертификат своего удостоверяющего центра для AMI за TLS")
    )
    login: str = Field(description=marked("Пользователь из manager.conf"))
    password_env: str = Field(description=marked("Переменная окружения с паролем AMI"))
    channel: str = Field(
        "PJSIP/{extension}",
        pattern=r"^[^{}\s]*\{extension\}[^{}\s]*$",
        description=marked("Канал телефона сотрудника, когда номер набирает хаб"),
    )
    context: str = Field(
        "from-internal",
        pattern=r"^\S+$",
        description=marked("Контекст, из которого набирается номер"),
    )
    voice_channel: str = Field(
        "Local/{number}@from-internal",
        pattern=r"^[^{}\s]*\{number\}[^{}\s]*$",
        description=marked("Канал к клиенту, когда звонит робот"),
    )
    voice_context: str | None = Field(
        None,
        pattern=r"^\S+$",
        description=marked("Контекст, который произносит текст; пусто — только записи"),
    )


class PbxOptions(Strict):
    """One PBX. Fields named `…_env` name variables of the environment that hold secrets."""

    address_field: ClassVar[str] = "url"
    dials: ClassVar[bool] = False
    """Whether the vendor's own API places calls."""

    kind: str = Field("asterisk_csv", description=marked("Что это за АТС"))
    name: str = Field(description=marked("Как назвать эту АТС"))
    zone: Zone = Field("Europe/Moscow", description=marked("Часовой пояс, в котором АТС пишет"))
    internal_lengths: frozenset[int] = Field(
        frozenset({2, 3, 4}), description=marked("Длины внутренних номеров")
    )
    hook_secret_env: str | None = Field(
        None, description=marked("Переменная с секретом, по которому узнают вебхуки этой АТС")
    )
    call_back_minutes: int = Field(
        60, ge=1, le=1440, description=marked("За сколько минут надо перезвонить пропущенному")
    )
    ami: Ami | None = Field(None, description=marked("AMI: карточка звонящего и набор номера"))

    @property
    def address(self) -> str:
        """Where the PBX is, for people; never a secret."""
        return self.name

    @property
    def can_dial(self) -> bool:
        """Whether this PBX can be asked to place calls, through its API or AMI."""
        return self.dials or self.ami is not None

    @property
    def can_play(self) -> bool:
        """Whether this PBX can call a number and play a recording."""
        return self.ami is not None

    @property
    def can_speak(self) -> bool:
        """Whether this PBX can call a number and speak a text."""
        return self.ami is not None and self.ami.voice_context is not None

    @property
    def zoneinfo(self) -> ZoneInfo:
        """The zone of the PBX's clock."""
        return ZoneInfo(self.zone)

    def check_address(self) -> None:
        """Raise `ConfigurationError` for an address that cannot work; its words hold no password.

        The address stands in the field `address_field`.
        """

    def secrets(self) -> Mapping[str, str]:
        """Variables of the environment by the field that names them, without its `_env`."""
        named = ((name, getattr(self, name)) for name in type(self).model_fields)
        return {
            name.removesuffix(VARIABLE): variable
            for name, variable in named
            if name.endswith(VARIABLE) and variable
        }


class SpannedOptions(PbxOptions):
    """A PBX that is asked for spans of time."""

    first_days: int = Field(
        30, ge=1, le=3650, description=marked("За сколько дней взять звонки в первый раз")
    )
    overlap_hours: float = Field(
        24, ge=1, le=72, description=marked("За сколько часов перечитывать: АТС правит записи")
    )

    @property
    def first(self) -> timedelta:
        """How far back the first reading goes."""
        return timedelta(days=self.first_days)

    @property
    def overlap(self) -> timedelta:
        """How far back rows may still be rewritten."""
        return timedelta(hours=self.overlap_hours)


class ServedOptions(SpannedOptions):
    """A PBX that is asked over HTTP, at the vendor's usual address or at one of its own."""

    has_usual_address: ClassVar[bool] = True

    url: str | None = Field(None, description=marked("Адрес АТС; пусто — адрес поставщика"))
    timeout: float = Field(60, gt=0, description=marked("Сколько секунд ждать ответа"))
    ca_file: Path | None = Field(
        None, description=marked("Сертификат своего удостоверяющего центра")
    )

    def check_address(self) -> None:
        """An address that cannot work, or none where the vendor has none of its own."""
        if self.url is not None:
            checked_url(self.url)
        elif not self.has_usual_address:
            raise ConfigurationError(
                self.name,
                found=_("нет адреса АТС"),
                expected=_("url: адрес этой АТС, https://…"),
                next_step=_("впишите url"),
                code="missing_field",
            )

    @property
    def address(self) -> str:
        """The address that is asked, or the name where it is the vendor's usual one."""
        return self.url or self.name


class LineOptions(ServedOptions):
    """A PBX whose API places calls, and can be told from which number of the company."""

    dials: ClassVar[bool] = True

    line: str | None = Field(
        None,
        pattern=r"^\+?\d{5,15}$",
        description=marked("Номер компании, с которого хаб набирает; пусто — решает АТС"),
    )
