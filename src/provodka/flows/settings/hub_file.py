"""The whole of `hub.yaml`, and its JSON schema for editors."""

from __future__ import annotations

from typing import Any, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from provodka.flows.settings.alerts import Alerts
from provodka.flows.settings.bank import Bank
from provodka.flows.settings.calendars import Calendars
from provodka.flows.settings.common import Strict
from provodka.flows.settings.company import Company
from provodka.flows.settings.journal import Journal
from provodka.flows.settings.mail import Mail
from provodka.flows.settings.onec import OneC
from provodka.flows.settings.outside import Outside
from provodka.flows.settings.report_letters import ReportLetter
from provodka.flows.settings.streams import Streams
from provodka.flows.settings.telephony import OnePbx
from provodka.flows.settings.web import Web
from provodka.foundation.i18n import _, marked

__all__ = ["HubSettings", "json_schema"]


class HubSettings(Strict):
    """The whole of `hub.yaml`."""

    company: Company
    onec: OneC | None = None
    mail: Mail | None = None
    telephony: tuple[OnePbx, ...] = ()
    bank: Bank | None = None
    rules: tuple[str, ...] = Field(
        ("romashka",), description=marked("Файлы правил или имена встроенных")
    )
    rules_approval: bool = Field(
        False,
        description=marked("Действуют только утвержденные версии правил, а не файлы сразу"),
    )
    streams: Streams = Streams()
    journal: Journal = Journal()
    alerts: Alerts | None = None
    report_letters: tuple[ReportLetter, ...] = ()
    outside: Outside = Outside()
    calendars: Calendars | None = None
    web: Web | None = Web()

    @model_validator(mode="after")
    def _alerts_can_be_sent(self) -> Self:
        if self.alerts is not None and self.mail is None:
            raise ValueError(_("раздел mail: о тревогах сообщают письмами"))
        return self

    @model_validator(mode="after")
    def _reports_can_be_sent(self) -> Self:
        if self.report_letters and self.mail is None:
            raise ValueError(_("раздел mail: отчеты рассылаются письмами"))
        names = [one.name for one in self.report_letters]
        if len(names) != len(set(names)):
            raise ValueError(_("у каждой рассылки отчетов свое имя"))
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.company.zone)


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
