"""Whose hub this is: the `company` section."""

from __future__ import annotations

from datetime import time

from pydantic import Field, field_validator
from stdnum.ru import inn as inn_rules

from provodka.flows.settings.common import Strict, Zone
from provodka.foundation.i18n import _, marked

__all__ = ["Company"]


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
