"""Which picture suits which report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import TypeAlias

from provodka.dashboards.rendering.formatting import number_text, percent_text
from provodka.dashboards.results import Ratio, ReportResult, Table
from provodka.dashboards.web.pages.reports.charts.drawing import (
    Drawing,
    Entry,
    bars,
    columns,
    entries,
    lines,
)
from provodka.dashboards.web.pages.reports.tables import Link
from provodka.foundation.i18n import _, marked

__all__ = ["charts_of"]

MOST_PANELS = 6
IN_TIME = frozenset({"hour", "day", "week", "month"})
Drawn: TypeAlias = Callable[[ReportResult, Link], list[Drawing]]


def charts_of(result: ReportResult, link: Link) -> tuple[Drawing, ...]:
    """The pictures of a report; none where there is nothing to draw, or nothing but a list."""
    drawn = DRAWN.get(result.name)
    found = drawn(result, link) if drawn else []
    return tuple(one for one in found if one.options["series"] and _drawable(one))


def _drawable(one: Drawing) -> bool:
    return any(
        (point.get("value") if isinstance(point, dict) else point)
        for series in one.options["series"]
        for point in series["data"]
    )


def _funnels(result: ReportResult, link: Link) -> list[Drawing]:
    found = entries(result.table("cohort"), link)

    def panel(one: Entry) -> tuple[str, str]:
        return one.keys.get("scenario", ""), one.keys.get("group", "")

    panels = [list(rows) for _key, rows in groupby(found, key=panel)]
    return [_funnel(rows) for rows in panels[:MOST_PANELS] if rows]


def _funnel(rows: list[Entry]) -> Drawing:
    names = [rows[0].words("scenario")]
    if "group" in rows[0].cells:
        names.append(rows[0].words("group"))
    said = {}
    for number, one in enumerate(rows):
        ratio = one.cells.get("conversion") or one.cells.get("of_cohort")
        told = f" · {percent_text(ratio)}" if isinstance(ratio, Ratio) else ""
        said[number] = number_text(one.number("reached")) + told
    labels = [one.words("stage") for one in rows]
    return bars(" · ".join(names), rows, labels, {"reached": _("Достигли")}, said=said)


def _by_group(
    table: str, title: str, counted: Mapping[str, str], *, stacked: bool = True, of: str = "group"
) -> Drawn:
    """Some columns of one table, by its breakdown: time stands upright, names lie."""

    def drawn(result: ReportResult, link: Link) -> list[Drawing]:
        found = entries(result.table(table), link)
        labels = _labels(found, of)
        words = {column: _(name) for column, name in counted.items()}
        upright = of == "group" and result.query.by in IN_TIME
        return [bars(_(title), found, labels, words, stacked=stacked, upright=upright)]

    return drawn


def _labels(found: Sequence[Entry], of: str) -> list[str]:
    """What the rows are called: by their breakdown, and by what else is not the same in all."""
    beside = [
        name
        for name in ("scenario", "direction", "basis", "client_kind")
        if name != of and len({one.cells[name] for one in found if name in one.cells}) > 1
    ]
    names = [of, *beside] if found and of in found[0].cells else beside
    return [" · ".join(map(one.words, names)) or _only(one) for one in found]


def _only(one: Entry) -> str:
    """The only row there is: by its scenario, if it has any."""
    return str(one.cells.get("scenario") or one.cells.get("direction") or _("Всего"))


def _incidence(table: str, title: str, counted: Mapping[str, str]) -> Drawn:
    """How the share of those who came to the end grows with the days."""

    def drawn(result: ReportResult, link: Link) -> list[Drawing]:
        found = entries(result.table(table), link)
        named = {
            label: [0, *map(one.number, counted)]
            for label, one in zip(_labels(found, "group"), found, strict=True)
        }
        return [lines(_(title), ["0", *map(_, counted.values())], named)]

    return drawn


def _by_stage(table: str, title: str, counted: Mapping[str, str]) -> Drawn:
    """Some columns stage by stage, a picture for each scenario and group."""

    def drawn(result: ReportResult, link: Link) -> list[Drawing]:
        found = entries(result.table(table), link)
        words = {column: _(name) for column, name in counted.items()}

        def panel(one: Entry) -> tuple[str, str]:
            return str(one.cells.get("scenario") or ""), str(one.cells.get("group") or "")

        panels = [(key, list(rows)) for key, rows in groupby(found, key=panel)]
        return [
            bars(
                " · ".join(filter(None, (_(title), *key))),
                rows,
                [one.words("stage") for one in rows],
                words,
            )
            for key, rows in panels[:MOST_PANELS]
        ]

    return drawn


def _several(*drawn: Drawn) -> Drawn:
    return lambda result, link: [one for each in drawn for one in each(result, link)]


def _entire(table: Table) -> bool:
    """Whether all rows are here: what adds them up must not be drawn of a part."""
    return table.size == len(table.rows)


def _plans(result: ReportResult, link: Link) -> list[Drawing]:
    found = [one for one in entries(result.table("plans"), link) if one.cells.get("plan_amount")]
    labels = [f"{one.words('owner')} · {one.words('basis').lower()}" for one in found]
    counted = {"plan_amount": _("План, ₽"), "fact_amount": _("Факт, ₽")}
    return [bars(_("План и факт"), found, labels, counted)]


def _hours(result: ReportResult, link: Link) -> list[Drawing]:
    """Incoming calls of all operators by the hour of the day."""
    if not any(table.name == "hours" and _entire(table) for table in result.tables):
        return []
    whole: dict[int, list[int]] = {}
    for one in entries(result.table("hours"), link):
        counts = whole.setdefault(int(one.number("hour")), [0, 0])
        counts[0] += int(one.number("answered"))
        counts[1] += int(one.number("calls")) - int(one.number("answered"))
    hours = range(min(whole, default=0), max(whole, default=-1) + 1)
    counts_of = [whole.get(hour, [0, 0]) for hour in hours]
    named = {
        _("Принято"): [answered for answered, _rest in counts_of],
        _("Не принято"): [rest for _answered, rest in counts_of],
    }
    return [columns(_("Входящие по часам суток"), [f"{hour:02}:00" for hour in hours], named)]


def _days(result: ReportResult, link: Link) -> list[Drawing]:
    """What happened to orders, day by day, of all operators together."""
    if not _entire(result.table("days")):
        return []
    counted = {"received": _("Принято"), "delivered": _("Доставлено"), "cancelled": _("Отменено")}
    whole: dict[str, dict[str, int]] = {}
    for one in entries(result.table("days"), link):
        counts = whole.setdefault(f"{one.cells['day']:%d.%m}", dict.fromkeys(counted, 0))
        for column in counted:
            counts[column] += int(one.number(column))
    named = {name: [row[column] for row in whole.values()] for column, name in counted.items()}
    return [lines(_("Заказы по дням"), list(whole), named)]


def _dearest(table: str, title: str, label: str, column: str, *, ordered: bool = False) -> Drawn:
    """The rows with the greatest sums; of a table cut short only if it has that order itself."""

    def drawn(result: ReportResult, link: Link) -> list[Drawing]:
        if not _entire(result.table(table)) and not ordered:
            return []
        found = sorted(entries(result.table(table), link), key=lambda one: -one.number(column))
        name = next(one.title for one in result.table(table).columns if one.key == column)
        return [bars(_(title), found, [one.words(label) for one in found], {column: name})]

    return drawn


WINS = {"won": marked("Выиграно"), "lost": marked("Проиграно")}
CAME = {
    "begun": marked("Новые"),
    "returned": marked("Вернулись"),
    "lost": marked("Потеряно"),
}
DRAWN: Mapping[str, Drawn] = {
    "funnel": _funnels,
    "wins": _several(
        _by_group("closed", marked("Закрытые за период"), WINS),
        _by_group(
            "cohort",
            marked("Созданные за период"),
            {
                "cohort_won": marked("Выиграно"),
                "cohort_lost": marked("Проиграно"),
                "cohort_open": marked("Открыто"),
            },
        ),
    ),
    "my_sales": _by_stage("stages", marked("Сделок на этапах"), {"deals": marked("Сделок")}),
    "stage_time": _several(
        _by_stage(
            "visits",
            marked("Время на этапе, рабочие часы"),
            {"median_working": marked("Медиана"), "p90_working": marked("p90")},
        ),
        _incidence(
            "to_win",
            marked("Доля выигранных по дням от создания, %"),
            {
                "won_30": marked("30 дн."),
                "won_90": marked("90 дн."),
                "won_180": marked("180 дн."),
            },
        ),
    ),
    "leads": _several(
        _incidence(
            "conversion",
            marked("Доля квалифицированных по дням, %"),
            {
                "within_1": marked("1 дн."),
                "within_7": marked("7 дн."),
                "within_30": marked("30 дн."),
            },
        ),
        _by_group(
            "conversion",
            marked("Что стало с обращениями"),
            {
                "qualified": marked("Квалифицировано"),
                "n_censored": marked("Открыто"),
                "lost": marked("Проиграно"),
            },
        ),
    ),
    "tasks": _by_group(
        "discipline",
        marked("Задачи, чей срок наступил"),
        {
            "on_time": marked("В срок"),
            "late": marked("С опозданием"),
            "overdue": marked("Просрочены"),
        },
    ),
    "plan": _several(
        _plans,
        _by_group(
            "facts", marked("Факт за период, ₽"), {"amount": marked("Сумма, ₽")}, stacked=False
        ),
    ),
    "calls": _several(
        _by_group(
            "calls",
            marked("Разговоры"),
            {
                "answered": marked("Принято"),
                "missed": marked("Пропущено"),
                "abandoned": marked("Потеряно"),
                "other": marked("Прочие"),
            },
        ),
        _hours,
    ),
    "invoices": _by_group(
        "invoices",
        marked("Счета по оплате"),
        {"paid": marked("Оплачено"), "partly": marked("Частично"), "unpaid": marked("Не оплачено")},
    ),
    "client_base": _several(
        _by_group(
            "fields",
            marked("Заполнено, %"),
            {"filled": marked("Заполнено")},
            stacked=False,
            of="field",
        ),
        _by_group(
            "base",
            marked("Что поправить"),
            {
                "twice_inn": marked("Двойники по ИНН"),
                "twice_phone": marked("По телефону"),
                "twice_email": marked("По почте"),
                "nobodys": marked("Без ответственного"),
            },
            stacked=False,
        ),
    ),
    "abc_xyz": _dearest("classes", marked("Больше всего дают"), "name", "value", ordered=True),
    "lost_clients": _several(
        _by_group("payers", marked("Плательщики"), CAME, stacked=False),
        _by_group("points", marked("Точки доставки"), CAME, stacked=False),
    ),
    "couriers": _by_group(
        "stops",
        marked("Остановки"),
        {
            "on_time": marked("Вовремя"),
            "late": marked("Поздно"),
            "failed": marked("Не удались"),
            "rescheduled": marked("Перенесены"),
            "reassigned": marked("Переданы"),
            "cancelled": marked("Сняты"),
            "waiting": marked("Ждут"),
        },
    ),
    "goods_rendered": _dearest("goods", marked("Больше всего отпущено"), "item", "amount"),
    "orders_handled": _several(
        _days,
        _by_group(
            "orders",
            marked("Заказы"),
            {
                "received": marked("Принято"),
                "confirmed": marked("Подтверждено"),
                "delivered": marked("Доставлено"),
                "cancelled": marked("Отменено"),
            },
            stacked=False,
        ),
    ),
}
"""By the report's name; a report that is a list of documents alone has no picture."""
