"""How often flows run: the `streams` section."""

from __future__ import annotations

from datetime import time

from pydantic import Field

from provodka.flows.settings.common import Strict
from provodka.foundation.i18n import marked

__all__ = ["Streams"]


class Streams(Strict):
    """How often each flow runs, in seconds; the fast lane does not wait for them."""

    catalogs: int = Field(3600, ge=1)
    accounting: int = Field(60, ge=1)
    exchange: int = Field(60, ge=1)
    invoices: int = Field(60, ge=1)
    settlements: int = Field(900, ge=1)
    stock: int = Field(900, ge=1)
    calls: int = Field(60, ge=1)
    inbox: int = Field(60, ge=1)
    mail: int = Field(60, ge=1)
    bank: int = Field(60, ge=1)
    channels: int = Field(30, ge=1)
    triggers: int = Field(60, ge=1)
    calendars: int = Field(60, ge=1)
    outbox: int = Field(60, ge=1)
    reports: int = Field(300, ge=1)
    alerts: int = Field(60, ge=1)
    journal: int = Field(21_600, ge=1)
    sweep: time | None = Field(
        time(3, 30), description=marked("Когда ночью сверять с 1С все документы; null — никогда")
    )
    sweep_mends: bool = Field(False, description=marked("Устранять ли то, что нашла ночная сверка"))
    set_aside_share: int = Field(
        20,
        ge=0,
        le=100,
        description=marked("Сколько процентов страницы можно отложить, не останавливая поток"),
    )
    set_aside_least: int = Field(
        10,
        ge=1,
        description=marked("Меньше стольких отложенных документов поток не останавливают"),
    )
    worker_lease: int = Field(
        20,
        ge=2,
        le=25,
        description=marked("Через сколько секунд молчания исполнителя поручений сменит другой"),
    )
    parked_days: int = Field(
        3, ge=1, description=marked("Через сколько дней о ждущем родителя документе напоминают")
    )
