"""The list of invoices as a file: the same rows in the same words, typed for Excel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from provodka.dashboards.insight.fields import value_word
from provodka.dashboards.insight.invoices import Line
from provodka.dashboards.results import Cell, Column, ReportQuery, ReportResult, Table
from provodka.dashboards.web.pages.answers import Sent
from provodka.dashboards.web.pages.visit import Visit
from provodka.foundation.i18n import _

__all__ = ["MEDIA", "invoice_file"]

MEDIA: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def invoice_file(
    visit: Visit, rows: Sequence[tuple[Line, str, str]], form: str, *, cut: bool
) -> Sent:
    """Invoices with the name of the client and the next step, as `csv` or `xlsx`."""
    from provodka.dashboards.rendering import render

    notes = (_("Показаны первые {count}: сузьте отбор").format(count=len(rows)),) if cut else ()
    table = Table("invoices", _("Счета"), _columns(), tuple(_row(*one) for one in rows), notes)
    days = [one.date for one, _name, _step in rows] or [visit.now]
    query = ReportQuery(min(days), _end(max(days)), zone=visit.backdrop.zone)
    result = ReportResult("invoices", _("Счета"), query, visit.now, (table,))
    made = render(result, form)
    body = made.encode() if isinstance(made, str) else made
    today = visit.now.astimezone(visit.backdrop.zone)
    return Sent(body, MEDIA[form], f"{_('Счета')} {today:%Y-%m-%d}.{form}")


def _end(last: datetime) -> datetime:
    return last + timedelta(seconds=1)


def _columns() -> tuple[Column, ...]:
    return (
        Column("number", _("Номер"), "text", _("Номер в хабе")),
        Column("date", _("Дата"), "instant", _("Дата счета")),
        Column("client", _("Клиент"), "text", _("Кому выставлен")),
        Column("amount", _("Сумма"), "money", _("Сумма с НДС"), total=True),
        Column("currency", _("Валюта"), "text", _("Валюта, ISO 4217")),
        Column("accounting", _("В бухгалтерии"), "text", _("Как записан в 1С")),
        Column("theirs", _("Номер в 1С"), "text", _("Номер, согласованный с 1С")),
        Column("paid", _("Оплачено"), "money", _("По проведенным платежам"), total=True),
        Column("due", _("Оплатить до"), "day", _("Срок оплаты")),
        Column("shipped", _("Отгружено"), "money", _("По проведенным отгрузкам"), total=True),
        Column("note", _("Расхождения"), "text", _("Что сказала бухгалтерия")),
        Column("step", _("Что делать"), "text", _("Следующий шаг")),
    )


def _row(one: Line, client: str, step: str) -> tuple[Cell, ...]:
    return (
        one.number,
        one.date,
        client,
        one.amount,
        one.currency,
        str(value_word("invoice", "", "accounting", one.accounting)),
        one.theirs or "",
        one.paid_amount,
        one.due_date,
        one.shipped_amount,
        one.accounting_note or "",
        step,
    )
