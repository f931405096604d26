"""Ways to draw the tables of reports: each takes a result and gives its pictures."""

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
from provodka.foundation.i18n import _, language

__all__ = [
    "Drawn",
    "by_group",
    "by_stage",
    "days",
    "dearest",
    "funnels",
    "hours",
    "incidence",
    "plans",
    "several",
]

MOST_PANELS = 6
IN_TIME = frozenset({"hour", "day", "week", "month"})
Drawn: TypeAlias = Callable[[ReportResult, Link], list[Drawing]]


def funnels(result: ReportResult, link: Link) -> list[Drawing]:
    """How far deals come, a picture for each scenario and group."""
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


def by_group(
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


def incidence(table: str, title: str, counted: Mapping[str, str]) -> Drawn:
    """How the share of those who came to the end grows with the days."""

    def drawn(result: ReportResult, link: Link) -> list[Drawing]:
        found = entries(result.table(table), link)
        named = {
            label: [0, *map(one.number, counted)]
            for label, one in zip(_labels(found, "group"), found, strict=True)
        }
        return [lines(_(title), ["0", *map(_, counted.values())], named)]

    return drawn


def by_stage(table: str, title: str, counted: Mapping[str, str]) -> Drawn:
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


def several(*drawn: Drawn) -> Drawn:
    """One after another."""
    return lambda result, link: [one for each in drawn for one in each(result, link)]


def _entire(table: Table) -> bool:
    """Whether all rows are here: what adds them up must not be drawn of a part."""
    return table.size == len(table.rows)


def plans(result: ReportResult, link: Link) -> list[Drawing]:
    """What was to be sold beside what was, plan by plan."""
    found = [one for one in entries(result.table("plans"), link) if one.cells.get("plan_amount")]
    labels = [f"{one.words('owner')} · {one.words('basis').lower()}" for one in found]
    counted = {"plan_amount": _("План, ₽"), "fact_amount": _("Факт, ₽")}
    return [bars(_("План и факт"), found, labels, counted)]


def hours(result: ReportResult, link: Link) -> list[Drawing]:
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


def days(result: ReportResult, link: Link) -> list[Drawing]:
    """What happened to orders, day by day, of all operators together."""
    if not _entire(result.table("days")):
        return []
    counted = {"received": _("Принято"), "delivered": _("Доставлено"), "cancelled": _("Отменено")}
    whole: dict[str, dict[str, int]] = {}
    pattern = "%d.%m" if language() == "ru" else "%m-%d"
    for one in entries(result.table("days"), link):
        counts = whole.setdefault(f"{one.cells['day']:{pattern}}", dict.fromkeys(counted, 0))
        for column in counted:
            counts[column] += int(one.number(column))
    named = {name: [row[column] for row in whole.values()] for column, name in counted.items()}
    return [lines(_("Заказы по дням"), list(whole), named)]


def dearest(table: str, title: str, label: str, column: str, *, ordered: bool = False) -> Drawn:
    """The rows with the greatest sums; of a table cut short only if it has that order itself."""

    def drawn(result: ReportResult, link: Link) -> list[Drawing]:
        if not _entire(result.table(table)) and not ordered:
            return []
        found = sorted(entries(result.table(table), link), key=lambda one: -one.number(column))
        name = next(one.title for one in result.table(table).columns if one.key == column)
        return [bars(_(title), found, [one.words(label) for one in found], {column: name})]

    return drawn
