"""`/overview`: is everything in sync, how fresh, what needs a person, what happened today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from provodka.dashboards.insight.pulse import Doings, Hourly, LastRun, doings, last_runs
from provodka.dashboards.insight.waiting import Waiting, waiting
from provodka.dashboards.insight.wording import state_word, system_word
from provodka.dashboards.web.pages.answers import Answer, Shown
from provodka.dashboards.web.pages.care.spans import span_text
from provodka.dashboards.web.pages.declaring import Page
from provodka.dashboards.web.pages.visit import Visit
from provodka.dashboards.web.people.roles import Role
from provodka.foundation.i18n import _, marked

__all__ = ["Flow", "flows_of", "pages", "parts", "watched"]

READERS = frozenset({Role.ENGINEER, Role.HEAD, Role.ANALYST, Role.ACCOUNTANT})
PATIENCE = timedelta(minutes=5)
"""A stream is not late before this, however often it is to run."""
LATE = 3
"""After how many missed turns a stream is late."""
BAD = ("failed", "interrupted")


@dataclass(frozen=True, slots=True)
class Flow:
    """A stream as people see it: `tone` is good, warn or bad, `said` how it stands in words."""

    name: str
    title: str
    tone: str
    said: str
    well_at: datetime | None
    age: str
    note: str


def pages() -> tuple[Page, ...]:
    """The overview; asked for as a part, it is what changes by itself."""
    return (
        Page(
            "/overview", "overview", marked("Обзор"), READERS, show,
            menu=marked("Обзор"), section="now", icon="overview",
        ),
    )  # fmt: skip


def show(visit: Visit) -> Answer:
    """All of it at one instant."""
    runs, seen = last_runs(visit.connection), watched(visit)
    flows = flows_of(runs, seen, visit.now)
    today = doings(visit.connection, visit.now, visit.backdrop.zone)
    counts = waiting(visit.connection)
    context = {
        "flows": flows,
        "systems": seen.systems if seen else (),
        "readers": seen.readers if seen else (),
        "verdict": _verdict(flows, counts, seen),
        "waits": list(_waits(counts)),
        "may_decide": visit.visitor.may(Role.ENGINEER, Role.HEAD, Role.ACCOUNTANT),
        "today": list(_today(today)),
        "hours": _hours(today),
        "options": _chart(today),
        "span": span_text,
        "system_word": system_word,
    }
    return Shown(
        "care_overview_now.html.jinja" if visit.part else "care_overview.html.jinja", context
    )


def watched(visit: Visit) -> Any:
    """Neighbours and readers as the settings name them; `None` where no hub stands behind."""
    view = visit.backdrop.views.get("watched")
    return view(visit.connection, visit.now) if view else None


def flows_of(runs: Sequence[LastRun], seen: Any, now: datetime) -> list[Flow]:
    """Streams that have run, the troubled ones first; the fast lane's workers are not streams."""
    titles: Mapping[str, str] = seen.titles if seen else {}
    every: Mapping[str, timedelta] = seen.every if seen else {}
    known = [one for one in runs if not one.flow.startswith("lane:")]
    told = [_flow(one, titles.get(one.flow, ""), every.get(one.flow), now) for one in known]
    order = ("bad", "warn", "good")
    return sorted(told, key=lambda one: (order.index(one.tone), one.title))


def _flow(run: LastRun, title: str, every: timedelta | None, now: datetime) -> Flow:
    age = now - run.well_at if run.well_at else None
    late = every is not None and (age is None or age > max(LATE * every, PATIENCE))
    tone = "bad" if run.state in BAD else "warn" if late or run.state == "set_aside" else "good"
    said = state_word(run.state)
    if tone == "warn" and late:
        said = _("не завершался удачно вовремя")
    name = _(title) if title else run.flow
    told = span_text(age) if age is not None else ""
    return Flow(run.flow, name, tone, said, run.well_at, told, run.note)


def _verdict(flows: Sequence[Flow], counts: Waiting, seen: Any) -> tuple[str, str]:
    """The tone, and one sentence for who has no time for more."""
    troubled = [one for one in seen.systems if one.trouble] if seen else []
    if not flows:
        return "warn", _("Хаб еще ни разу ничего не прочитал: запустите provodka up")
    if any(one.tone == "bad" for one in flows) or troubled:
        return "bad", _("Обмен нарушен: причины ниже")
    if counts.urgent:
        return "warn", _("Обмен идет, но кое-что ждет решения человека")
    if any(one.tone == "warn" for one in flows):
        return "warn", _("Обмен идет, но не все потоки успевают")
    return "good", _("Все в согласии: потоки идут вовремя, решений человека ничего не ждет")


def _waits(counts: Waiting) -> Iterator[tuple[str, str, int]]:
    """Section of `/attention`, what it is called, how much waits."""
    yield "aside", _("Отложенные документы"), counts.aside
    yield "conflicts", _("Конфликты с другими системами"), counts.conflicts
    yield "refused", _("Исходящие, в которых отказано"), counts.refused
    yield "parked", _("Ждут своего родителя"), counts.parked
    yield "reports", _("Отчеты, которые не сходятся"), counts.reports
    yield "rules", _("Выключенные правила"), counts.rules
    yield "duplicates", _("Похожие клиенты"), counts.duplicates
    yield "letters", _("Письма без клиента"), counts.letters


def _today(today: Doings) -> Iterator[tuple[str, int]]:
    yield _("принято из других систем"), today.taken
    for target, hourly in sorted(today.sent.items()):
        told = _("писем отправлено") if target == "mail" else None
        yield told or _("записано в {system}").format(system=system_word(target)), _sum(hourly)
    yield _("сработало правил"), _sum(today.rules)
    yield _("писем получено"), _sum(today.letters)
    yield _("звонков"), _sum(today.calls)


def _hours(today: Doings) -> list[tuple[int, tuple[int, ...]]]:
    """Rows of the table beside the chart, hours with nothing in them left out."""
    lines = [one for _name, one in parts(today)]
    used = sorted({hour for one in lines for hour in one})
    return [(hour, tuple(one.get(hour, 0) for one in lines)) for hour in used]


def parts(today: Doings) -> list[tuple[str, Hourly]]:
    """The lines of the chart, in their order."""
    sent: dict[int, int] = {}
    for hourly in today.sent.values():
        for hour, count in hourly.items():
            sent[hour] = sent.get(hour, 0) + count
    return [
        (_("Правила"), today.rules),
        (_("Исходящие"), sent),
        (_("Письма"), today.letters),
        (_("Звонки"), today.calls),
    ]


def _chart(today: Doings) -> dict[str, Any]:
    hours = list(range(24))
    return {
        "tooltip": {"trigger": "axis"},
        "legend": {"top": 0, "type": "scroll"},
        "grid": {"left": 44, "right": 12, "top": 36, "bottom": 28},
        "xAxis": {"type": "category", "data": [f"{hour}:00" for hour in hours]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {
                "name": name,
                "type": "bar",
                "stack": "all",
                "data": [hourly.get(hour, 0) for hour in hours],
            }
            for name, hourly in parts(today)
        ],
    }


def _sum(hourly: Hourly) -> int:
    return sum(hourly.values())
