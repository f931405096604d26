"""`provodka import`: history of older programs, shown first, taken in with --apply."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.exits import ExitCode
from provodka.flows.cli.group import leave
from provodka.flows.cli.words import argument, described, option
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from provodka.flows.cli.screen import Screen
    from provodka.flows.history.importing import Imported

__all__ = ["declare"]

SHOWN = 30
COUNTS = ("read", "created", "same", "set_aside")


def declare(app: typer.Typer) -> None:
    """Add the command."""
    text = (
        _("Загрузить прошлое из CSV или XLSX: клиентов, заказы, звонки, доставки."),
        _(
            "Без --apply только показывает, что было бы создано, а что отложено и почему. Столбцы "
            "узнаются по заголовкам, кодировка и разделитель по содержимому. Прерванная загрузка "
            "продолжится, повторная ничего не удвоит. Код 3, если часть строк отложена. Виды: "
            "clients, products, orders, stage-history, calls, plans, deliveries."
        ),
    )
    lines = (
        "provodka import orders заказы.csv",
        "provodka import orders заказы.csv --apply",
        "provodka import deliveries доставки.xlsx --rows --json",
    )
    app.command("import", **described(*text, *lines))(import_)


def import_(
    ctx: typer.Context,
    kind: Annotated[str, argument(_("ВИД"), _("Что загружается"))],
    file: Annotated[Path, argument(_("ФАЙЛ"), _("CSV или XLSX с заголовками"))],
    apply: Annotated[bool, option("--apply", text=_("Загрузить, а не показать"))] = False,
    rows: Annotated[
        bool, option("--rows", text=_("Показать каждую строку, а не только отложенные"))
    ] = False,
    zone: Annotated[
        str | None,
        option(
            "--zone",
            metavar=_("ПОЯС"),
            text=_("Пояс времени в файле, например Asia/Yekaterinburg; иначе пояс компании"),
        ),
    ] = None,
) -> None:
    """Preview or take in."""
    from provodka.flows.history.importing import import_history, kind_named, preview_history

    desk = Desk(ctx, quiet=True)
    known = kind_named(kind)
    with desk.store() as engine:
        run = import_history if apply else preview_history
        done = run(engine, known, file, _zone(zone, desk))
    desk.screen.document(_plain(done, applied=apply, rows=rows))
    _show(desk.screen, done, applied=apply, rows=rows)
    leave(ExitCode.SET_ASIDE if done.misfits else ExitCode.DONE)


def _zone(said: str | None, desk: Desk) -> ZoneInfo:
    from zoneinfo import ZoneInfo

    if said is None:
        return desk.zone or ZoneInfo("Europe/Moscow")
    try:
        return ZoneInfo(said)
    except (LookupError, ValueError, OSError):
        raise ConfigurationError(
            "--zone",
            found=f"«{said}»",
            expected=_("пояс вида Europe/Moscow"),
            next_step=_("исправьте параметр"),
            code="usage",
        ) from None


def _plain(done: Imported, *, applied: bool, rows: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "kind": done.kind.name,
        "file": str(done.file.path),
        "applied": applied,
        "encoding": done.file.encoding or "xlsx",
        "separator": done.layout.separator,
        "columns": _columns(done),
        "ignored": list(done.layout.unknown),
        "sheets_not_read": list(done.file.left_sheets()),
        "resumed_after": done.resumed,
        "counts": {**dict.fromkeys(COUNTS, 0), **done.counts},
        "first": [dict(zip(done.kind.names, one.values, strict=True)) for one in done.first],
        "set_aside": [
            {
                "row": one.number,
                "where": one.error.where,
                "found": one.error.found,
                "expected": one.error.expected,
                "code": one.error.code,
            }
            for one in sorted(done.misfits, key=lambda one: one.number)
        ],
    }
    return told | ({"created": done.created} if rows else {})


def _columns(done: Imported) -> dict[str, str | None]:
    titles = done.layout.titles
    return {
        column.name: None if place is None else titles[place]
        for column, place in zip(done.kind.columns, done.layout.places, strict=True)
    }


def _show(screen: Screen, done: Imported, *, applied: bool, rows: bool) -> None:
    if done.resumed:
        told = _("загрузка была прервана, продолжена после строки {row}")
        screen.line(told.format(row=done.resumed), mark="·")
    if done.layout.unknown:
        told = _("столбцы не использованы: {names}")
        screen.line(told.format(names=", ".join(done.layout.unknown)), mark="·")
    left = done.file.left_sheets()
    if left:
        told = _("прочитан только первый лист; не прочитаны: {names}")
        screen.line(told.format(names=", ".join(left)), mark="!")
    if not applied:
        _show_first(screen, done)
    if rows or done.misfits:
        _show_rows(screen, done, rows=rows)
    screen.line(_summary(done, applied=applied), mark="✓" if applied else "·")
    if not applied and done.counts["created"]:
        screen.line(_("ничего не записано; загрузить: --apply"), mark="·")


def _show_first(screen: Screen, done: Imported) -> None:
    """Which column was taken for what, and the first rows as they were understood."""
    titles = {name: title for name, title in _columns(done).items() if title is not None}
    if not done.first:
        return
    places = [at for at, name in enumerate(done.kind.names) if name in titles]
    heads = [f"{titles[done.kind.names[at]]} → {done.kind.names[at]}" for at in places]
    rows = [
        (row.number, *(_cell(row.values[at], done.zone) for at in places)) for row in done.first
    ]
    screen.line(_("первые строки, как они поняты:"), mark="·")
    screen.table((_("Строка"), *heads), rows)


def _cell(value: Any, zone: ZoneInfo) -> str:
    """A value for people: moments in the zone of the file."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%d.%m.%Y %H:%M}"
    return f"{value:%d.%m.%Y}" if isinstance(value, date) else str(value)


def _show_rows(screen: Screen, done: Imported, *, rows: bool) -> None:
    fates = [(one.number, _("отложена"), str(one.error)) for one in done.misfits]
    if rows:
        fates += [(number, _("новая"), "") for number in done.created]
    fates.sort()
    screen.table((_("Строка"), _("Что с ней"), _("Почему")), fates if rows else fates[:SHOWN])
    if not rows and len(fates) > SHOWN:
        told = _("и еще строк: {count}; все покажет --rows")
        screen.line(told.format(count=len(fates) - SHOWN), mark="·")


def _summary(done: Imported, *, applied: bool) -> str:
    told = (
        _("строк {read}: загружено {created}, уже было {same}, отложено {aside}")
        if applied
        else _("строк {read}: было бы загружено {created}, уже есть {same}, отложено {aside}")
    )
    counts = done.counts
    said = told.format(
        read=counts["read"],
        created=counts["created"],
        same=counts["same"],
        aside=counts["set_aside"],
    )
    new = {
        _("клиентов {count}"): counts["clients"],
        _("номенклатуры {count}"): counts["products"],
        _("сотрудников {count}"): counts["employees"],
    }
    made = [words.format(count=count) for words, count in new.items() if count]
    return said + (_("; новых {made}").format(made=", ".join(made)) if made else "")
