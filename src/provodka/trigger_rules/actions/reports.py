"""Reports to people: computed when their turn comes, sent as files, each once."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from provodka.connectors.mail.templates import compile_text
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _, marked
from provodka.foundation.nearest import nearest
from provodka.trigger_rules import effects
from provodka.trigger_rules.actions.assigning import Role
from provodka.trigger_rules.actions.kinds import ActionKind, Checking, Made, Wakes, Woken
from provodka.trigger_rules.known_reports import REPORTS, Period, days_of
from provodka.trigger_rules.vocabulary import Code, Strict, Words

__all__ = ["KINDS", "SendReport"]

Recipient = Annotated[str, Field(pattern=r"^(employee|head|responsible|[^@\s]+@[^@\s]+)$")]

ReportName = Annotated[Code, Field(json_schema_extra={"enum": sorted(REPORTS)})]


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class SendReport(Strict):
    """A report over a period goes out as a file: `to` people and addresses, and to a `role`.

    `role` and `department` are those of employees. `by` and `where` are as in `provodka report`;
    a filter may name fields in `{{ }}`. A rule sends a report of one period to one address once,
    however many documents have woken it.
    """

    report: ReportName
    period: Period = "last_month"
    to: Annotated[tuple[Recipient, ...], BeforeValidator(_listed), Field(max_length=100)] = ()
    role: Role | None = None
    department: Words | None = None
    by: Code | None = None
    where: dict[Code, Words] = Field(default={}, max_length=20)
    format: Literal["xlsx", "html", "csv", "parquet", "json"] = "xlsx"

    @model_validator(mode="after")
    def _somebody(self) -> SendReport:
        if not self.to and self.role is None and self.department is None:
            raise PydanticCustomError("nobody", _("кому: to, role или department"))
        return self


def _report(woken: Woken, body: SendReport, index: int) -> Made:
    today = woken.now.astimezone(woken.calendar.zone).date()
    since, until = days_of(body.period, today)
    yield effects.SendReport(
        woken.reason(index),
        body.report,
        since,
        until,
        tuple(one if "@" in one else woken.contact(one, "email") for one in body.to),
        body.role,
        body.department,
        body.by,
        {name: compile_text(text)(woken.facts) for name, text in body.where.items()},
        body.format,
    )


def _check(check: Checking, body: SendReport) -> None:
    offered = REPORTS.get(body.report)
    if offered is None:
        check.miss(
            "report",
            found=_("нет отчета «{name}»").format(name=body.report),
            expected=nearest(body.report, REPORTS.keys()),
            code="unknown_report",
        )
        return
    if body.by is not None and body.by not in offered.by:
        check.miss(
            "by",
            found=_("у отчета «{report}» нет разреза «{name}»").format(
                report=body.report, name=body.by
            ),
            expected=nearest(body.by, offered.by),
            code="unknown_breakdown",
        )
    for name, text in body.where.items():
        _check_filter(check, body.report, name, text)
    for number, one in enumerate(body.to):
        if "@" not in one and one not in check.names:
            check.miss(
                "to",
                number,
                found=_("неизвестное имя «{name}»").format(name=one),
                expected=_("адрес почты, responsible или head"),
                code="unknown_recipient",
            )


def _check_filter(check: Checking, report: str, name: str, text: str) -> None:
    known = REPORTS[report].where
    if name not in known:
        check.miss(
            "where",
            name,
            found=_("у отчета «{report}» нет отбора «{name}»").format(report=report, name=name),
            expected=nearest(name, known),
            code="unknown_filter",
        )
    try:
        compile_text(text)
    except ConfigurationError as error:
        check.miss(
            "where",
            name,
            found=error.found,
            expected=error.expected,
            next_step=error.next_step,
            code=error.code,
        )


def _wakes(_rule: Any, _body: Any) -> Wakes:
    return frozenset({("document_created", "message")})


KINDS = (
    ActionKind(
        "send_report",
        marked("Отправить отчет письмом"),
        SendReport,
        _report,
        "send_report: {report: wins, period: last_month, to: [head, owner@company.ru]}",
        check=_check,
        wakes=_wakes,
    ),
)
