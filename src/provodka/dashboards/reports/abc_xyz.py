"""ABC and XYZ: what makes the turnover, and how evenly it is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Connection, Row

from provodka.dashboards.reports.asking import question
from provodka.dashboards.reports.balances import agree
from provodka.dashboards.reports.definition import Report
from provodka.dashboards.reports.report_columns import count, number, words
from provodka.dashboards.reports.report_tables import Made, tabulated
from provodka.dashboards.results import Check, Column, ReportQuery, ReportResult, Table
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["given_of", "report"]

OBJECTS = ("item", "client")
CHOICES = {"metric": ("amount", "quantity"), "basis": ("orders", "shipments")}
THRESHOLDS = {"a": Decimal(80), "b": Decimal(95), "x": Decimal(10), "y": Decimal(25)}
"""Percent: cumulative shares before an object for A and B, coefficients of variation for X and Y.
"""
FILTERS = ("client_kind",)
TENTH = Decimal("0.1")


def report() -> Report:
    """The definition, in the language of this process."""
    return Report(
        "abc_xyz",
        _("ABC/XYZ"),
        _("Что дает оборот и насколько ровно спрашивают"),
        OBJECTS,
        {"classes": _columns(), "matrix": _matrix_columns()},
        _compute,
        definition=_definition(),
        balances=_balance_names(),
        filters=(*FILTERS, *CHOICES, *THRESHOLDS),
        views=("v_order_line", "v_shipment_line"),
        reads=("order", "shipment", "client", "product"),
    )


def _definition() -> tuple[str, ...]:
    return (
        _(
            "Номенклатура (или клиенты: --by client) по сумме выполненных заказов за период;"
            " --where metric=quantity — по количеству, --where basis=shipments — по проведенным"
            " реализациям (суммы — только рубли). Возвратная тара не входит. Только значения больше"
            " нуля, по убыванию, равные — по ключу. A — пока доля накопленного до строки меньше"
            " 80 %, B — меньше 95 %, остальное C; пороги: --where a=80, b=95."
        ),
        _(
            "XYZ — коэффициент вариации: стандартное отклонение (по всей совокупности) к среднему"
            " за полные месяцы от первой продажи, но не раньше начала периода; месяцы без продаж —"
            " нули. Нужно не меньше шести месяцев. X — до 10 %, Y — до 25 %, остальное Z; пороги:"
            " --where x=10, y=25."
        ),
        _("На момент T считаются продажи до T по их собственным датам."),
    )


def _balance_names() -> tuple[str, ...]:
    return (
        _("Сумма по строкам — оборот за период"),
        _("Строк столько, сколько объектов со значением больше нуля"),
        _("Накопленное до последней строки и она сама — весь оборот"),
    )


def _columns() -> tuple[Column, ...]:
    return (
        words("name", _("Название"), _("Номенклатура или клиент")),
        number("value", _("Значение"), _("Сумма с НДС или количество за период"), total=True),
        number("share", _("Доля"), _("Из всего оборота"), "%"),
        number("ahead", _("Накоплено до"), _("Доля всех строк выше этой"), "%"),
        words("abc", _("ABC"), _("Класс по доле")),
        count("periods", _("Месяцев"), _("Полных месяцев от первой продажи"), total=False),
        number("mean", _("В месяц"), _("Среднее за месяц")),
        number("variation", _("Вариация"), _("Отклонение к среднему; пусто, если мало"), "%"),
        words("xyz", _("XYZ"), _("Класс по вариации; пусто, если месяцев меньше шести")),
    )


def _matrix_columns() -> tuple[Column, ...]:
    return (
        words("abc", _("ABC"), _("Класс по доле")),
        words("xyz", _("XYZ"), _("Класс по вариации; пусто, если месяцев меньше шести")),
        count("objects", _("Объектов"), _("Сколько в обоих классах")),
        number("value", _("Значение"), _("Их сумма с НДС или количество"), total=True),
    )


def _compute(connection: Connection, query: ReportQuery) -> ReportResult:
    given = given_of(query)
    own = {name: value for name, value in query.where.items() if name in FILTERS}
    inner = replace(query, by=None, where=own)
    if query.by is not None and query.by not in OBJECTS:
        raise _wrong("by", query.by, ", ".join(OBJECTS))
    asked = question(connection, inner, (), FILTERS)
    sums = asked.rows(connection, "abc_sales", "abc_sums", **given)
    sold = [row.object for row in sums if row.value > 0]
    earlier = asked.few(connection, "abc_sales", "abc_before", objects=sold, **given)
    before = [row.object for row in earlier]
    rows = asked.rows(connection, "abc_sales", "abc_classes", before=before, **given)
    tables = (_classes(rows, len(sums) - len(sold)), _matrix(rows))
    return ReportResult(
        "abc_xyz", _("ABC/XYZ"), query, asked.at, tables, checks=_checks(rows, sums)
    )


def given_of(query: ReportQuery) -> dict[str, Any]:
    """The choices and thresholds that are asked for, the usual ones otherwise."""
    given: dict[str, Any] = {"object": query.by or "item"}
    for name, known in CHOICES.items():
        given[name] = query.where.get(name, known[0])
        if given[name] not in known:
            raise _wrong(f"where {name}", given[name], ", ".join(known))
    for name, usual in THRESHOLDS.items():
        said = query.where.get(name)
        try:
            given[name] = usual if said is None else Decimal(said.replace(",", "."))
        except InvalidOperation:
            raise _wrong(f"where {name}", said or "", _("число процентов")) from None
        if not (given[name].is_finite() and given[name] >= 0):
            raise _wrong(f"where {name}", said or "", _("число процентов"))
    for lower, upper in (("a", "b"), ("x", "y")):
        if given[lower] > given[upper]:
            raise _wrong(f"where {lower}", str(given[lower]), f"≤ {upper} = {given[upper]}")
    return given


def _wrong(where: str, found: str, expected: str) -> ConfigurationError:
    return ConfigurationError(
        f"report --{where}", found=found, expected=expected, code="unknown_value"
    )


def _classes(rows: Sequence[Row[Any]], left_out: int) -> Table:
    made: Made = {
        "share": lambda row: _percent(row.value, row.whole),
        "ahead": lambda row: _percent(row.ahead, row.whole),
        "mean": lambda row: None if row.mean is None else round(row.mean, 2),
        "variation": lambda row: _percent(row.deviation, row.mean) if row.xyz else None,
    }
    note = _("Не вошли, потому что не больше нуля: {count}").format(count=left_out)
    return tabulated("classes", _("Классы"), _columns(), rows, made, notes=(note,))


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    return (100 * part / whole).quantize(TENTH)


def _matrix(rows: Sequence[Row[Any]]) -> Table:
    objects: Counter[tuple[str, str]] = Counter((row.abc, row.xyz) for row in rows)
    cells = tuple(
        (
            *pair,
            objects[pair],
            sum((row.value for row in rows if (row.abc, row.xyz) == pair), Decimal(0)),
        )
        for pair in sorted(objects)
    )
    keys = tuple({"abc": abc, "xyz": xyz} for abc, xyz in sorted(objects))
    return Table("matrix", _("Матрица"), _matrix_columns(), cells, keys=keys)


def _checks(rows: Sequence[Row[Any]], sums: Sequence[Row[Any]]) -> tuple[Check, ...]:
    first, second, third = _balance_names()
    values = [row.value for row in sums if row.value > 0]
    total = sum((row.value for row in rows), Decimal(0))
    last = rows[-1].ahead + rows[-1].value if rows else Decimal(0)
    return (
        agree(first, total, sum(values, Decimal(0))),
        agree(second, len(rows), len(values)),
        agree(third, last, total),
    )
