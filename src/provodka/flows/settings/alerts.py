"""When to warn, and whom: the `alerts` section."""

from __future__ import annotations

from pydantic import Field, field_validator

from provodka.flows.settings.common import Strict
from provodka.foundation.i18n import _, marked

__all__ = ["Alerts"]


class Alerts(Strict):
    """Limits; a rule whose limit is empty is not watched."""

    to: tuple[str, ...] = Field(min_length=1, description=marked("Адреса, куда писать о тревогах"))
    freshness: dict[str, float] = Field(
        {"accounting": 60, "exchange": 60},
        description=marked("По потокам: сколько минут поток может не завершаться удачно"),
    )
    set_aside_share: float | None = Field(
        20, gt=0, le=100, description=marked("Какую долю прочитанного можно отложить за запуск, %")
    )
    conflicts: int | None = Field(
        10, ge=0, description=marked("Сколько конфликтов может ждать решения человека")
    )
    outbox_minutes: float | None = Field(
        60, gt=0, description=marked("Сколько минут исходящее может ждать доставки")
    )
    parked_days: float | None = Field(
        3, gt=0, description=marked("Сколько дней документ может ждать своего родителя")
    )
    drift: int | None = Field(
        0, ge=0, description=marked("Сколько расхождений с 1С может остаться после сверки потока")
    )

    @field_validator("to")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            name, at, domain = address.partition("@")
            if not (name and at and "." in domain) or any(map(str.isspace, address)):
                raise ValueError(_("почтовый адрес вида имя@домен"))
        return value

    @field_validator("freshness")
    @classmethod
    def _positive(cls, value: dict[str, float]) -> dict[str, float]:
        if any(minutes <= 0 for minutes in value.values()):
            raise ValueError(_("число минут больше нуля"))
        return value
