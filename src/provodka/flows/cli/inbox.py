"""`provodka inbox` and `provodka web`: what has come over HTTP, and the door that takes it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.exits import ExitCode
from provodka.flows.cli.group import leave
from provodka.flows.cli.words import argument, described, group_of, option
from provodka.foundation.errors import ConfigurationError, DocumentError
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from provodka.flows.cli.screen import Screen

__all__ = ["declare"]

Number = Annotated[int, argument(_("НОМЕР"), _("Номер из provodka inbox list"))]


def declare(app: typer.Typer) -> None:
    """Add the group and the command."""
    group = group_of(_("Принятое по HTTP: вебхуки, формы, пиксели."), "provodka inbox list")
    text = (_("Перечислить принятое, новое первым, без содержимого."), "")
    lines = ("provodka inbox list --state aside", "provodka inbox list --door form --limit 10")
    group.command("list", **described(*text, *lines))(list_)
    text = (_("Показать принятое целиком, как оно пришло."), _("В нем бывают личные данные."))
    group.command("show", **described(*text, "provodka inbox show 205"))(show)
    text = (
        _("Обработать снова: одно принятое или все отложенное."),
        _("Обработанное прежде второго документа не создаст. Код 3, если что-то отложено."),
    )
    lines = ("provodka inbox replay 205", "provodka inbox replay --aside --system office")
    group.command("replay", **described(*text, *lines))(replay)
    app.add_typer(group, name="inbox")
    text = (
        _("Принимать по HTTP: вебхуки, формы, пиксели."),
        _("Сам по себе; provodka up держит его рядом с остальным. Остановить: Ctrl-C."),
    )
    app.command("web", **described(*text, "provodka web"))(web)


def list_(
    ctx: typer.Context,
    door: Annotated[
        str | None,
        option("--door", metavar="hook|form|visit|open", text=_("Только с этого входа")),
    ] = None,
    system: Annotated[
        str | None, option("--system", metavar=_("ИМЯ"), text=_("Только от этой системы"))
    ] = None,
    state: Annotated[
        str | None,
        option("--state", metavar="new|done|aside|refused", text=_("Только в этом состоянии")),
    ] = None,
    limit: Annotated[
        int, option("--limit", metavar=_("ЧИСЛО"), text=_("Не больше стольких, иначе 50"))
    ] = 50,
) -> None:
    """List what has come, newest first."""
    from provodka.connectors.crm_store import inbox
    from provodka.dashboards.insight.arrivals import door_word, state_word
    from provodka.flows.cli.screen import moment

    desk = Desk(ctx)
    with desk.store() as engine, engine.connect() as connection:
        rows = inbox.listed(connection, door=door, system=system, state=state, limit=limit)
    desk.screen.document(rows)
    if not rows:
        desk.screen.line(_("ничего не пришло"), mark="✓")
        return
    desk.screen.table(
        (_("№"), _("Вход"), _("Кто"), _("Принято"), _("Состояние"), _("Повторов"), _("Байт")),
        (
            (
                row["id"],
                door_word(row["door"]),
                row["system"],
                moment(row["received_at"], desk.zone),
                state_word(row["state"]),
                row["repeats"] or "",
                row["bytes"],
            )
            for row in rows
        ),
    )


def show(ctx: typer.Context, number: Number) -> None:
    """Show one arrival whole."""
    from provodka.connectors.crm_store import inbox

    desk = Desk(ctx)
    with desk.store() as engine, engine.connect() as connection:
        row = inbox.one(connection, number)
    if row is None:
        raise _absent(number)
    body = (row["body"] or b"").decode("utf-8", "backslashreplace")
    desk.screen.document(row | {"body": body})
    _shown(desk, row, body)


def _shown(desk: Desk, row: dict[str, Any], body: str) -> None:
    from provodka.dashboards.insight.arrivals import door_word, state_word
    from provodka.flows.cli.screen import moment

    desk.screen.heading(f"№{row['id']} · {door_word(row['door'])} · {row['system']}")
    for name, value in (
        (_("Принято"), moment(row["received_at"], desk.zone)),
        (_("Состояние"), state_word(row["state"])),
        (_("Обработано"), moment(row["handled_at"], desk.zone)),
        (_("Повторов"), row["repeats"] or ""),
        (_("Содержимое стерто"), moment(row["erased_at"], desk.zone)),
    ):
        if value:
            desk.screen.line(f"{name}: {value}")
    if not desk.options.json and row["erased_at"] is None:
        _content(desk.screen, row, body)


def _content(screen: Screen, row: dict[str, Any], body: str) -> None:
    screen.text(f"{row['method']} {row['path']}")
    for part in ("query", "headers", "made"):
        for name, value in (row[part] or {}).items():
            screen.text(f"  {name}: {value}")
    if body:
        screen.text(body)


def replay(
    ctx: typer.Context,
    number: Annotated[int | None, argument(_("[НОМЕР]"), _("Номер из provodka inbox list"))] = None,
    aside: Annotated[bool, option("--aside", text=_("Все отложенное"))] = False,
    system: Annotated[
        str | None, option("--system", metavar=_("ИМЯ"), text=_("Только от этой системы"))
    ] = None,
) -> None:
    """Handle again what has come."""
    from provodka.connectors.crm_store import inbox
    from provodka.flows.inbox.handling import handle_inbox

    if number is None and not aside:
        raise _aimless()
    desk = Desk(ctx)
    with desk.hub() as hub:
        with hub.engine.begin() as connection:
            again = inbox.reopen(connection, number=number, system=system)
        if number is not None and not again:
            raise _absent(number)
        counts = handle_inbox(hub)
    desk.screen.document({"replayed": again, "counts": counts})
    told = _("обработано снова: {handled}, отложено: {aside}")
    left = counts["set_aside"]
    line = told.format(handled=counts["handled"], aside=left)
    desk.screen.line(line, mark="!" if left else "✓")
    if left:
        leave(ExitCode.SET_ASIDE)


def web(ctx: typer.Context) -> None:
    """The door, until it is told to stop."""
    from provodka.flows.web_process import serve

    desk = Desk(ctx)

    def ready(address: str) -> None:
        desk.screen.line(_("Вход по HTTP: {url}").format(url=address), mark="✓")
        sys.stdout.flush()

    serve(desk.environment, ready)


def _absent(number: int) -> DocumentError:
    return DocumentError(
        _("Принятое №{number}").format(number=number),
        found=_("такого нет, или содержимое стерто по сроку хранения"),
        expected=_("номер принятого"),
        next_step=_("посмотрите provodka inbox list"),
        code="not_in_inbox",
    )


def _aimless() -> ConfigurationError:
    return ConfigurationError(
        _("Команда «{path}»").format(path="provodka inbox replay"),
        found=_("не сказано, что обработать снова"),
        expected=_("номер или --aside"),
        next_step=_("номера покажет provodka inbox list"),
        code="usage",
    )
