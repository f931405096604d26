"""What the filters of a report may be given, with the names that people know it by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import text

from provodka.dashboards.reports.abc_xyz import THRESHOLDS
from provodka.dashboards.reports.couriers import CUTOFF
from provodka.dashboards.web.pages.reports.asking import Asked
from provodka.dashboards.web.pages.reports.narrowing import Narrowed
from provodka.dashboards.web.pages.visit import Visit
from provodka.foundation.i18n import _, marked

__all__ = ["Field", "breakdowns_of", "fields_of", "word_of"]

MOST = 500
REMEMBERED = 600
"""Seconds for which suggestions are not read again."""
WORDS: Mapping[str, str] = {
    "manager": marked("Менеджер"),
    "department": marked("Отдел"),
    "source": marked("Источник"),
    "client_kind": marked("Вид клиента"),
    "scenario": marked("Сценарий"),
    "executor": marked("Исполнитель"),
    "operator": marked("Сотрудник"),
    "courier": marked("Экспедитор"),
    "client": marked("Клиент"),
    "item": marked("Номенклатура"),
    "item_kind": marked("Род товара"),
    "direction": marked("Направление"),
    "kind": marked("Вид задачи"),
    "metric": marked("Мерка"),
    "basis": marked("По чему"),
    "cutoff": marked("Отсечка дня"),
    "queue": marked("Очередь"),
    "a": marked("Порог A, %"),
    "b": marked("Порог B, %"),
    "x": marked("Порог X, %"),
    "y": marked("Порог Y, %"),
    "hour": marked("Час"),
    "day": marked("День"),
    "week": marked("Неделя"),
    "month": marked("Месяц"),
}
FIXED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "client_kind": (
        ("legal_entity", marked("Юридические лица")),
        ("individual", marked("Физические лица")),
    ),
    "direction": (
        ("incoming", marked("Входящие звонки")),
        ("outgoing", marked("Исходящие звонки")),
        ("internal", marked("Внутренние звонки")),
    ),
    "metric": (("amount", marked("Сумма")), ("quantity", marked("Количество"))),
    "basis": (("orders", marked("Заказы")), ("shipments", marked("Реализации"))),
}
USUAL: Mapping[str, str] = {
    **{name: f"{percent}" for name, percent in THRESHOLDS.items()},
    "cutoff": CUTOFF,
    "metric": marked("Сумма"),
    "basis": marked("Заказы"),
}
"""What is meant where nothing is said; elsewhere it is everything."""
STAFF = (
    "SELECT id::text, name FROM crm.employee WHERE deleted_at IS NULL ORDER BY name, id LIMIT :n"
)
LISTED = {
    "manager": STAFF,
    "executor": STAFF,
    "operator": STAFF,
    "courier": STAFF,
    "department": "SELECT id::text, name FROM crm.department WHERE deleted_at IS NULL"
    " ORDER BY name, id LIMIT :n",
    "scenario": "SELECT code, name FROM crm.scenario ORDER BY name, code LIMIT :n",
    "item": "SELECT id::text, name FROM crm.product WHERE deleted_at IS NULL"
    " ORDER BY name, id LIMIT :n",
}
RECENT = """
    SELECT DISTINCT {column} AS value FROM (
      SELECT {column} FROM crm.{table} ORDER BY {order} DESC LIMIT 5000) r
    WHERE {column} <> '' ORDER BY value LIMIT :n
"""
SUGGESTED = {
    "source": {
        "calls": ("source", "call", "id"),
        "client_base": ("source", "client", "id"),
        "invoices": ("source", "client", "id"),
        "": ("source", "deal", "id"),
    },
    "kind": {"": ("kind", "task", "id")},
    "item_kind": {"": ("item_kind", "order_lines", "order_id")},
}
"""What the latest five thousand documents hold; anything else may be typed."""
NARROWED: Mapping[str, Callable[[Narrowed], Mapping[str, str]]] = {
    "department": lambda found: found.departments,
    **dict.fromkeys(("manager", "executor", "operator", "courier"), lambda found: found.staff),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One filter: `options` to choose from (then `closed`), or suggestions for what is typed."""

    name: str
    title: str
    value: str
    options: tuple[tuple[str, str], ...] = ()
    closed: bool = False

    @property
    def usual(self) -> str:
        """What an empty field means."""
        return _(USUAL.get(self.name, marked("все")))

    @property
    def said(self) -> str:
        """The chosen value as people call it."""
        return dict(self.options).get(self.value, self.value)


def fields_of(visit: Visit, asked: Asked) -> tuple[Field, ...]:
    """The filters of the report asked for, in its own order."""
    return tuple(_field(visit, asked, name) for name in asked.report.filters)


def breakdowns_of(asked: Asked) -> tuple[tuple[str, str], ...]:
    """The breakdowns of the report, each with its word."""
    return tuple((name, word_of(name)) for name in asked.report.breakdowns)


def word_of(name: str) -> str:
    """A filter or a breakdown in the reader's language."""
    return _(WORDS[name]) if name in WORDS else name


def _field(visit: Visit, asked: Asked, name: str) -> Field:
    value = asked.given.get(name, "")
    title = word_of(name)
    if name in FIXED:
        options = tuple((key, _(said)) for key, said in FIXED[name])
        return Field(name, title, value, options, closed=True)
    if asked.narrowed and name in NARROWED:
        known = sorted(NARROWED[name](asked.narrowed).items(), key=lambda one: one[1])
        return _chosen(name, title, value, tuple(known))
    if name in LISTED:
        rows = visit.connection.execute(text(LISTED[name]), {"n": MOST + 1}).all()
        if len(rows) <= MOST:
            return _chosen(name, title, value, tuple((row[0], row[1]) for row in rows))
        return Field(name, title, value)
    return Field(name, title, value, _recent(visit, asked.report.name, name))


def _chosen(name: str, title: str, value: str, known: tuple[tuple[str, str], ...]) -> Field:
    """A list that holds the given value too: a name that was typed, or somebody who has left."""
    by_name = {said.lower(): key for key, said in known}
    value = by_name.get(value.lower(), value)
    own = () if not value or value in dict(known) else ((value, value),)
    return Field(name, title, value, (*known, *own), closed=True)


def _recent(visit: Visit, report: str, name: str) -> tuple[tuple[str, str], ...]:
    """What is suggested, as it was up to ten minutes ago."""
    places = SUGGESTED.get(name)
    if places is None:
        return ()
    place = places.get(report, places[""])
    key = "suggested", place, int(visit.now.timestamp()) // REMEMBERED
    found: tuple[tuple[str, str], ...] | None = visit.backdrop.memory.get(key)
    if found is None:
        column, table, order = place
        statement = text(RECENT.format(column=column, table=table, order=order))
        found = tuple((value, value) for value in visit.connection.scalars(statement, {"n": 50}))
        visit.backdrop.memory.put(key, found, sum(len(value) for value, _said in found))
    return found
