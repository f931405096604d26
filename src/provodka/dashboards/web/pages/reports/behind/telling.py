"""The documents behind a number as a table: what each is called, whose it is, when, how much."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, text

from provodka.dashboards.reports.behind.finding import Found, Paper
from provodka.dashboards.reports.report_columns import instant, words
from provodka.dashboards.results import Column, ReportResult, Table
from provodka.dashboards.web.pages.reports.asking import Asked
from provodka.dashboards.web.pages.visit import Visit
from provodka.dashboards.web.people.masking import (
    masked_name,
    masked_text,
    sees_names,
    sees_personal,
)
from provodka.foundation.i18n import _, marked

__all__ = ["KINDS", "told"]

NUMBERED = "d.number, '' AS subject, d.client_id"
CARDS = {
    "deal": "d.number, coalesce(d.title, '') AS subject, d.client_id",
    "client": "d.name AS number, coalesce(d.inn, '') AS subject, d.id AS client_id",
    "call": "'' AS number, d.direction AS subject, d.client_id",
    "task": "d.subject AS number, d.status AS subject, d.client_id",
    "delivery": "d.number, d.status AS subject, d.client_id",
    "order": "d.number, d.status AS subject, d.client_id",
    "invoice": NUMBERED,
    "shipment": NUMBERED,
    "payment": NUMBERED,
}
KINDS = {
    "deal": marked("Сделка"),
    "client": marked("Клиент"),
    "call": marked("Звонок"),
    "task": marked("Задача"),
    "delivery": marked("Остановка"),
    "order": marked("Заказ"),
    "invoice": marked("Счет №"),
    "shipment": marked("Реализация"),
    "payment": marked("Поступление"),
}
WORDS = {
    "open": marked("открыта"),
    "done": marked("выполнена"),
    "failed": marked("не удалась"),
    "cancelled": marked("отменена"),
    "planned": marked("запланирована"),
    "incoming": marked("входящий"),
    "outgoing": marked("исходящий"),
    "internal": marked("внутренний"),
    "new": marked("новый"),
    "confirmed": marked("подтвержден"),
    "delivered": marked("доставлен"),
}


def told(visit: Visit, asked: Asked, counted: Column, kind: str, found: Found) -> ReportResult:
    """The documents as a result with one table, named after their kind, for pages and files.

    People are shown as far as the visitor may see them. A document whose row is no more keeps its
    place under its key.
    """
    cards = _cards(visit.connection, kind, found.papers)
    rows = [_row(visit, kind, paper, cards.get(str(paper.document))) for paper in found.papers]
    summed = any(paper.amount is not None for paper in found.papers)
    columns = _columns(counted, kind)[: 5 if summed else 4]
    keys = tuple({"document": str(paper.document)} for paper in found.papers)
    cells = tuple(row[: len(columns)] for row in rows)
    table = Table(kind, counted.title, columns, cells, keys=keys)
    where = {name: asked.given[name] for name in asked.report.filters if name in asked.given}
    query = replace(asked.query, where=where)
    return ReportResult(asked.report.name, asked.report.title, query, found.at, (table,))


def _columns(counted: Column, kind: str) -> tuple[Column, ...]:
    return (
        words("number", _(KINDS[kind]), _("Номер или название")),
        words("subject", _("Что"), _("О чем документ, или его состояние")),
        words("client", _("Клиент"), _("Чей документ")),
        instant("at", _("Когда"), _("Когда случилось то, что считает отчет")),
        Column(
            "amount",
            _("Сумма"),
            "number" if counted.kind == "number" else "money",
            _("Сумма документа, какой ее считает отчет"),
        ),
    )


def _cards(connection: Connection, kind: str, papers: tuple[Paper, ...]) -> dict[str, Row[Any]]:
    statement = text(
        f"SELECT d.*, c.name AS client, c.kind AS client_kind"  # noqa: S608
        f" FROM (SELECT d.id, {CARDS[kind]} FROM crm.{kind} d"
        " WHERE d.id = ANY (CAST(:keys AS uuid[]))) d LEFT JOIN LATERAL ("
        " SELECT name, kind FROM crm.client one WHERE one.id = d.client_id LIMIT 1) c ON true"
    )
    keys = sorted({str(paper.document) for paper in papers})
    return {str(row.id): row for row in connection.execute(statement, {"keys": keys})}


def _row(visit: Visit, kind: str, paper: Paper, card: Row[Any] | None) -> tuple[Any, ...]:
    if card is None:
        return str(paper.document), _("документа больше нет"), "", paper.at, paper.amount
    hidden = card.client_kind == "individual" and not sees_names(visit.visitor)
    client = card.client or ""
    shown = masked_name(client) if hidden else client
    name = shown if kind == "client" else _worded(visit, card.number or "")
    subject = card.subject or ""
    said = _(WORDS[subject]) if subject in WORDS else _worded(visit, subject)
    return (
        name or str(paper.document)[-8:],
        said,
        "" if kind == "client" else shown,
        paper.at,
        paper.amount,
    )


def _worded(visit: Visit, written: str) -> str:
    return written if sees_personal(visit.visitor) else masked_text(written)
