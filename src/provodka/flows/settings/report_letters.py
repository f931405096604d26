"""Reports that go out by mail on a schedule: the `report_letters` section."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from provodka.flows.settings.common import Strict
from provodka.foundation.i18n import _, marked

__all__ = ["ReportLetter"]


class ReportLetter(Strict):
    """One report, when it goes out, over which period, and to whom."""

    name: str = Field(min_length=1, description=marked("Имя рассылки, не повторяется"))
    report: str = Field(description=marked("Отчет, как в provodka report"))
    to: tuple[str, ...] = Field(min_length=1, description=marked("Адреса, кому отправлять"))
    at: str = Field(
        "0 9 * * mon",
        description=marked("Расписание, как в cron, по часам компании"),
    )
    period: Literal["day", "week", "month"] = Field(
        "week", description=marked("За какой последний полный период: день, неделя или месяц")
    )
    by: str | None = Field(None, description=marked("Разрез отчета"))
    where: dict[str, str] = Field({}, description=marked("Отборы отчета"))
    format: Literal["xlsx", "html", "csv", "parquet", "json"] = Field(
        "xlsx", description=marked("Вид вложения")
    )

    @field_validator("at")
    @classmethod
    def _schedule(cls, value: str) -> str:
        from provodka.trigger_rules.cron import Cron

        try:
            Cron.parse(value)
        except ValueError:
            raise ValueError(_("расписание из пяти полей, как «0 9 * * mon»")) from None
        return value
