"""What every section of `hub.yaml` shares: strictness, time zones, logins and their secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from provodka.foundation.i18n import _, marked

__all__ = ["Secret", "Strict", "Zone"]


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(_("часовой пояс из базы IANA, например Europe/Moscow"))
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]


class Strict(BaseModel):
    """Unknown fields are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Secret(Strict):
    """A login and where its password is kept."""

    login: str = Field(description=marked("Логин"))
    password_env: str | None = Field(None, description=marked("Переменная окружения с паролем"))
    password_file: Path | None = Field(None, description=marked("Файл с паролем"))
