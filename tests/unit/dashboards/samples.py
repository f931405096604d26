"""A small result with every kind of cell, two groups, and text that means harm."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from provodka.dashboards.results import (
    Bar,
    Chart,
    Check,
    Column,
    Ratio,
    ReportQuery,
    ReportResult,
    Table,
)

HARM = '=HYPERLINK("http://evil";"<script>alert(1)</script>")'
COLUMNS = (
    Column("scenario", "Сценарий", "text", "Сценарий продаж", context=True),
    Column("stage", "Этап", "text", "Этап сценария"),
    Column("count", "Достигли", "count", "Сколько дошло", "шт.", total=True),
    Column("share", "Конверсия", "ratio", "Доля дошедших", "%"),
    Column("sum", "Сумма, ₽", "money", "Сумма с НДС", "₽", total=True),
    Column("at", "Последний вход", "instant", "Когда вошла последняя"),
)


def small_result(*, ok: bool = True) -> ReportResult:
    """Three rows in two scenarios, one picture, one check."""
    at = datetime(2026, 11, 20, 21, 30, tzinfo=UTC)
    rows = (
        ("Вода", "Заявка", 1234, Ratio(1234, 2000), Decimal("1234567.5"), at),
        ("Вода", HARM, 0, Ratio(0, 0), Decimal("-0.05"), None),
        ("Опт", "Счет", 2, None, Decimal(0), at),
    )
    bars = (Bar("Создано сделок", 2000, None), Bar("Заявка", 1234, Ratio(1234, 2000), True))
    return ReportResult(
        "sample",
        "Воронка продаж",
        ReportQuery(datetime(2026, 10, 31, 21, tzinfo=UTC), datetime(2026, 11, 30, 21, tzinfo=UTC)),
        datetime(2026, 11, 22, 9, 5, tzinfo=UTC),
        (Table("steps", "Шаги: сколько дошло", COLUMNS, rows, ("Исключено: удаленных 2.",)),),
        (Chart("Вода", bars),),
        (Check("Баланс", ok, "сходится" if ok else "не сходится: bill"),),
    )


def empty_result() -> ReportResult:
    """The same report when nothing happened."""
    whole = small_result()
    table = Table("steps", "Шаги", COLUMNS, ())
    return ReportResult(whole.name, whole.title, whole.query, whole.as_of, (table,))
