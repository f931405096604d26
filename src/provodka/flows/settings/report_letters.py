"""Reports that go out by mail on a schedule: the `report_letters` section."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from provodka.flows.settings.common import Strict
from provodka.foundation.i18n import _, marked
from provodka.foundation.nearest import nearest
from provodka.trigger_rules.known_reports import REPORTS

__all__ = ["ReportLetter"]


Address = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]


class ReportLetter(Strict):
    """One report, when it goes out, over which period, and to whom."""

    name: str = Field(min_length=1, description=marked("Имя рассылки, не повторяется"))
    report: str = Field(description=marked("Отчет, как в provodka report"))
    to: tuple[Address, ...] = Field(min_length=1, description=marked("Адреса, кому отправлять"))
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

    @field_validator("report")
    @classmethod
    def _known(cls, value: str) -> str:
        name = value.replace("-", "_")
        if name not in REPORTS:
            raise ValueError(_("отчет из {names}").format(names=nearest(value, REPORTS)))
        return name

    @model_validator(mode="after")
    def _offered(self) -> ReportLetter:
        """A breakdown and filters that the report has: found now, and not when it is due."""
        offered = REPORTS[self.report]
        if self.by is not None and self.by not in offered.by:
            raise ValueError(_("разрез из {names}").format(names=", ".join(offered.by)))
        if set(self.where) - set(offered.where):
            raise ValueError(_("отборы из {names}").format(names=", ".join(offered.where)))
        return self
