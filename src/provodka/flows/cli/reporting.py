"""`provodka report`: a report in the form that its reader wants."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import argument, described, option
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from provodka.dashboards.results import ReportResult

__all__ = ["BREAKDOWNS", "REPORTS", "declare"]

# Told by --help, which must not wait for the reports to be imported.
BREAKDOWNS = ("manager", "department", "source", "client_kind")
YEARS = range(1900, 2200)
REPORTS = (
    "funnel",
    "wins",
    "removed",
    "my_sales",
    "stage_time",
    "leads",
    "tasks",
    "plan",
    "calls",
    "invoices",
    "client_base",
    "abc_xyz",
    "lost_clients",
    "couriers",
    "goods_rendered",
    "orders_handled",
)


def declare(app: typer.Typer) -> None:
    """Add the command."""
    text = (
        _("Построить отчет."),
        _(
            "Сначала таблицы отчетов догоняют журнал. Дни считаются по часовому поясу компании, "
            "оба входят в период; без дат берется текущий месяц."
        ),
        _(
            "Отчеты: {names}. list — что каждый считает и можно ли ему доверять; rebuild — "
            "построить таблицы отчетов заново, с --check — только сравнить."
        ).format(names=", ".join(REPORTS)),
    )
    lines = (
        "provodka report funnel --from 2026-10-01 --to 2026-10-31",
        "provodka report funnel --by manager --format xlsx --out funnel.xlsx",
        "provodka report tasks --by executor",
        "provodka report rebuild --check",
    )
    app.command("report", **described(*text, *lines))(report)


def report(
    ctx: typer.Context,
    name: Annotated[
        str,
        argument(_("ОТЧЕТ"), _("Имя отчета")),
    ],
    since: Annotated[
        str | None, option("--from", metavar=_("ДЕНЬ"), text=_("Первый день периода, ГГГГ-ММ-ДД"))
    ] = None,
    until: Annotated[
        str | None,
        option("--to", metavar=_("ДЕНЬ"), text=_("Последний день периода, включительно")),
    ] = None,
    as_of: Annotated[
        str | None,
        option(
            "--as-of",
            metavar=_("ДЕНЬ"),
            text=_("Каким отчет был к концу этого дня (или к моменту ISO)"),
        ),
    ] = None,
    by: Annotated[
        str | None,
        option(
            "--by",
            metavar=_("РАЗРЕЗ"),
            text=_("Разбить: {names}; у отчета могут быть и свои").format(
                names=", ".join(BREAKDOWNS)
            ),
        ),
    ] = None,
    where: Annotated[
        list[str] | None,
        option(
            "--where",
            metavar=_("РАЗРЕЗ=ЗНАЧЕНИЕ"),
            text=_("Отобрать по разрезу или scenario; можно повторять"),
        ),
    ] = None,
    form: Annotated[
        str,
        option("--format", metavar="table|csv|xlsx|parquet|json|html", text=_("Вид; иначе table")),
    ] = "table",
    out: Annotated[
        Path | None, option("--out", metavar=_("ФАЙЛ"), text=_("Куда записать; иначе на экран"))
    ] = None,
    check: Annotated[
        bool, option("--check", text=_("С rebuild: сравнить и оставить таблицы как есть"))
    ] = False,
) -> None:
    """Refresh the report tables, compute, render, write."""
    desk = Desk(ctx)
    if name in ("list", "rebuild"):
        from provodka.flows.cli.report_tables import rebuild, tell_reports

        tell_reports(desk) if name == "list" else rebuild(desk, check=check)
        return
    result = _built(desk, name, (since, until, as_of), by, where or ())
    _deliver(desk, result, "json" if desk.options.json else form, out)


def _built(
    desk: Desk,
    name: str,
    days: tuple[str | None, str | None, str | None],
    by: str | None,
    where: Sequence[str],
) -> ReportResult:
    """The report of the period, as of the moment, that the written `days` mean."""
    from provodka.flows.reports import build_report

    since, until, as_of = days
    with desk.hub() as hub:
        zone = hub.settings.zone
        period = _bounds(since, until, hub.clock().astimezone(zone))
        moment, chosen = _as_of(as_of, zone), _filters(where)
        return build_report(hub, name, period, as_of=moment, by=by, where=chosen)


def _bounds(since: str | None, until: str | None, now: datetime) -> tuple[datetime, datetime]:
    """The half-open period of the named days, in the zone of `now`."""
    first, last = _period(since, until, now.date())
    midnight = time(tzinfo=now.tzinfo)
    return datetime.combine(first, midnight), datetime.combine(last + timedelta(days=1), midnight)


def _period(since: str | None, until: str | None, today: date) -> tuple[date, date]:
    first = _day("--from", since) if since else today.replace(day=1)
    last = _day("--to", until) if until else max(today, first)
    if last < first:
        raise _misused("--to", str(last), _("день не раньше {first}").format(first=first))
    return first, last


def _day(option: str, written: str) -> date:
    with suppress(ValueError):
        day = date.fromisoformat(written)
        if day.year in YEARS:
            return day
    raise _misused(option, written, _("день вида 2026-10-31"))


def _as_of(written: str | None, zone: ZoneInfo) -> datetime | None:
    """A moment as written; of a day, its end."""
    if written is None:
        return None
    with suppress(ValueError):
        moment = datetime.fromisoformat(written)
        if moment.year in YEARS:
            with suppress(ValueError):
                day = date.fromisoformat(written)
                return datetime.combine(day + timedelta(days=1), time(), zone)
            return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    raise _misused("--as-of", written, _("день или момент вида 2026-10-31T18:00"))


def _filters(written: Sequence[str]) -> dict[str, str]:
    filters = {}
    for one in written:
        name, equals, value = one.partition("=")
        if not equals:
            raise _misused("--where", one, _("РАЗРЕЗ=ЗНАЧЕНИЕ, например manager=Иванов"))
        if name in filters:
            raise _misused("--where", one, _("каждый разрез один раз"))
        filters[name] = value
    return filters


def _further_tables(desk: Desk, result: ReportResult, out: Path) -> None:
    """Parquet holds one table a file: the second and further ones lie beside the first."""
    from provodka.dashboards.rendering.parquet_file import parquet_tables

    for table, content in list(parquet_tables(result).items())[1:]:
        _write(desk, out.with_name(f"{out.stem}.{table}{out.suffix}"), content)


def _write(desk: Desk, path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise _misused(
            "--out", f"{path}: {error.strerror}", _("файл в папке, куда можно писать")
        ) from None
    if not desk.options.json:
        desk.screen.line(_("записано: {path}").format(path=path), mark="✓")


def _misused(option: str, found: str, expected: str) -> ConfigurationError:
    return ConfigurationError(
        f"provodka report {option}",
        found=found,
        expected=expected,
        next_step=_("исправьте параметр"),
        code="usage",
    )


def _deliver(desk: Desk, result: ReportResult, form: str, out: Path | None) -> None:
    from provodka.dashboards.rendering import render

    rendered = render(result, form)
    if out is not None:
        if form == "parquet":
            _further_tables(desk, result, out)
        _write(desk, out, rendered.encode() if isinstance(rendered, str) else rendered)
    elif isinstance(rendered, str):
        desk.screen.text(rendered)
    elif sys.stdout.isatty() and form == "csv":
        desk.screen.text(rendered.decode("utf-8-sig"))
    elif sys.stdout.isatty():
        raise _misused("--format", _("двоичный файл на экран"), _("--out ФАЙЛ"))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(rendered)
