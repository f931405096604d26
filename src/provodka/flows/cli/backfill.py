"""`provodka backfill`: history of a stream in windows of dates, beside live sync."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.exits import ExitCode
from provodka.flows.cli.group import leave
from provodka.flows.cli.words import argument, described, option
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _, marked

if TYPE_CHECKING:
    from provodka.flows.cli.screen import Screen
    from provodka.flows.hub import Hub
    from provodka.flows.onec.backfill.running import Request
    from provodka.flows.onec.backfill.windows import Window

__all__ = ["declare"]

TITLE = marked("История из 1С окнами")


def declare(app: typer.Typer) -> None:
    """Add the command."""
    text = (
        _("Загрузить историю документов из 1С окнами дат."),
        _(
            "Окна идут от новых к старым, обмен тем временем продолжается. Прерванную команду "
            "повторяют той же строкой: она продолжит с того же места. Сделанное второй раз не "
            "читается, если не сказано --again. С --status ничего не читается, показаны окна."
        ),
    )
    lines = (
        "provodka backfill invoice --since 2024-01-01",
        "provodka backfill invoice --since 2020-01-01 --window 1mo --pause 25%",
        "provodka backfill --status",
    )
    app.command("backfill", **described(*text, *lines))(backfill)


def backfill(
    ctx: typer.Context,
    stream: Annotated[
        str | None, argument(_("ПОТОК"), _("Какой поток: invoice, payment_bank, shipment …"))
    ] = None,
    since: Annotated[
        str | None, option("--since", metavar=_("ДАТА"), text=_("С какого дня: 2024-01-31"))
    ] = None,
    until: Annotated[
        str | None,
        option("--until", metavar=_("ДАТА"), text=_("До какого дня, не включая его; иначе все")),
    ] = None,
    window: Annotated[
        str, option("--window", metavar=_("СРОК"), text=_("Размер окна: 1mo, 2w, 10d; иначе 1mo"))
    ] = "1mo",
    pause: Annotated[
        str,
        option(
            "--pause",
            metavar=_("СЕКУНДЫ|ДОЛЯ%"),
            text=_("Отдых между страницами: 5 секунд или работа 25% времени; иначе без него"),
        ),
    ] = "0",
    oldest_first: Annotated[
        bool, option("--oldest-first", text=_("От старых окон к новым"))
    ] = False,
    again: Annotated[bool, option("--again", text=_("Прочитать и прочитанное"))] = False,
    allow_deletes: Annotated[
        bool,
        option("--allow-deletes", text=_("Принять все удаления из 1С, сколько бы их ни было")),
    ] = False,
    status: Annotated[bool, option("--status", text=_("Только показать окна"))] = False,
) -> None:
    """Read the windows that are not done, or show them."""
    from provodka.flows.onec.backfill.pausing import Pause
    from provodka.flows.onec.backfill.running import Request
    from provodka.flows.onec.backfill.windows import Size, cut
    from provodka.flows.onec.following.guarding import trusting

    desk = Desk(ctx)
    if status:
        _status(desk, stream)
        return
    if stream is None or since is None:
        raise _usage(_("не названы поток и --since"))
    days = _day(since, "--since"), _day(until, "--until") if until else None
    size, rest = Size.parse(window), Pause.parse(pause)
    with desk.hub() as opened:
        hub = trusting(opened) if allow_deletes else opened
        hub.require_base()
        end = days[1] or hub.clock().astimezone(hub.base_zone).date() + timedelta(days=1)
        windows = cut(days[0], end, size, newest_first=not oldest_first)
        request = Request(_dated(hub, stream), tuple(windows), rest, again)
        leave(_carry_out(desk, hub, request))


def _carry_out(desk: Desk, hub: Hub, request: Request) -> ExitCode:
    from provodka.dashboards.insight.counted import tally
    from provodka.flows.cli.progress import shown
    from provodka.flows.onec.backfill.running import backfill as read
    from provodka.flows.recorded import run_recorded
    from provodka.flows.streams import Stream

    def heard(window: Window, counts: Counter[str]) -> None:
        told = tally(counts) or _("новых данных нет")
        desk.screen.line(f"{window.since} … {window.until}: {told}", mark="✓")

    def run(hub: Hub, _work: object) -> Counter[str]:
        return read(hub, request, heard=heard)

    stream = Stream("backfill", TITLE, run)
    with shown([stream]) as progress:
        progress.begin(stream)
        ran = run_recorded(hub, stream, progress.counted)
        progress.end(stream, ran.state)
    found = _windows(hub.engine, f"onec:{request.mapping}")
    desk.screen.document({"run": ran, "windows": found})
    if ran.note:
        desk.screen.line(ran.note, mark="✗")
    elif not ran.counts.get("windows"):
        desk.screen.line(_("все эти окна уже прочитаны; заново: --again"), mark="·")
    for named in ran.aside:
        desk.screen.line(_("отложен {document}").format(document=named), mark="!")
    if ran.state in ("failed", "busy"):
        return ExitCode.FAILED
    return ExitCode.SET_ASIDE if ran.state == "set_aside" else ExitCode.DONE


def _status(desk: Desk, stream: str | None) -> None:
    with desk.store() as engine:
        found = _windows(engine, f"onec:{stream.removeprefix('onec:')}" if stream else None)
    desk.screen.document({"windows": found})
    if not found:
        desk.screen.line(_("историю окнами еще не загружали"), mark="·")
        return
    _show(desk.screen, found, desk)


def _windows(engine: Any, stream: str | None) -> list[dict[str, Any]]:
    from provodka.connectors.crm_store import backfills

    with engine.connect() as connection:
        return list(backfills.listed(connection, stream))


def _show(screen: Screen, found: Iterable[Mapping[str, Any]], desk: Desk) -> None:
    from provodka.dashboards.insight.counted import tally
    from provodka.dashboards.insight.wording import stream_word
    from provodka.flows.cli.screen import moment

    rows = list(found)
    screen.table(
        (_("Поток"), _("С"), _("До"), _("Состояние"), _("Что сделано"), _("Прочитано")),
        (
            (
                stream_word(one["stream"]),
                one["since"],
                one["until"],
                _state(one),
                tally(one["counts"]),
                moment(one["done_at"], desk.zone),
            )
            for one in rows
        ),
    )
    done = sum(one["done_at"] is not None for one in rows)
    screen.line(_("окон прочитано {done} из {count}").format(done=done, count=len(rows)), mark="·")


def _state(window: Mapping[str, Any]) -> str:
    if window["done_at"] is not None:
        return _("прочитано")
    return _("начато") if window["place"] else _("ждет")


def _dated(hub: Hub, said: str) -> str:
    """The mapping of a stream whose documents have dates, or a `ConfigurationError`."""
    from provodka.flows.onec.backfill.running import is_dated
    from provodka.foundation.nearest import nearest

    name = said.removeprefix("onec:")
    known = {one.name: is_dated(one) for one in hub.mappings.values() if one.reads}
    if known.get(name):
        return name
    dated = [one for one, has_date in known.items() if has_date]
    raise ConfigurationError(
        _("Поток «{stream}»").format(stream=said),
        found=_("у его документов нет даты") if name in known else _("такого потока нет"),
        expected=", ".join(dated) if name in known else nearest(name, dated),
        next_step=_("справочники читает целиком provodka sync catalogs"),
        code="unknown_stream",
    )


def _day(said: str, option_name: str) -> date:
    try:
        return date.fromisoformat(said.strip())
    except ValueError:
        raise ConfigurationError(
            option_name,
            found=f"«{said}»",
            expected=_("день вида 2024-01-31"),
            next_step=_("исправьте параметр"),
            code="usage",
        ) from None


def _usage(found: str) -> ConfigurationError:
    return ConfigurationError(
        _("Команда «{path}»").format(path="provodka backfill"),
        found=found,
        expected="provodka backfill invoice --since 2024-01-01",
        next_step=_("посмотрите {path} --help").format(path="provodka backfill"),
        code="usage",
    )
