"""What every section of `hub.yaml` shares: strictness, time zones, logins and their secrets."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from provodka.foundation.i18n import marked
from provodka.foundation.strict import Strict, Zone

__all__ = ["Secret", "Strict", "Zone"]


class Secret(Strict):
    """A login and where its password is kept."""

    login: str = Field(description=marked("Логин"))
    password_env: str | None = Field(None, description=marked("Переменная окружения с паролем"))
    password_file: Path | None = Field(None, description=marked("Файл с паролем"))
