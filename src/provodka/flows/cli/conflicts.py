"""`provodka conflicts`: what both sides changed differently, and a person's word on it."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import argument, described, group_of, option
from provodka.foundation.errors import ConfigurationError, DocumentError
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from provodka.dashboards.insight.disputes import Dispute
    from provodka.flows.cli.screen import Screen

__all__ = ["declare"]

Number = Annotated[int, argument(_("НОМЕР"), _("Номер из первого столбца списка"))]
TAKES = ("ours", "theirs", "value")


def declare(app: typer.Typer) -> None:
    """Add the group."""
    text = _("Конфликты: обе стороны изменили одно поле по-разному, решает человек.")
    group = group_of(text, "provodka conflicts list")
    listing = (_("Перечислить открытые конфликты: было, у нас, у них."), "")
    example = "provodka conflicts list --stream onec:invoice"
    group.command("list", **described(*listing, example))(list_)
    showing = (_("Показать конфликт: стороны рядом, кто и когда изменил нашу."), "")
    group.command("show", **described(*showing, "provodka conflicts show 12"))(show)
    resolving = (
        _("Решить конфликты: наше значение, их значение или третье."),
        _(
            "Решение записывается от имени человека, становится согласованным и больше не "
            "спрашивается; если в 1С другое, оно туда отправляется. Несколько номеров решаются "
            "вместе, например все поля одного счета."
        ),
    )
    lines = (
        "provodka conflicts resolve 12 --take theirs",
        "provodka conflicts resolve 12 --take value --value 'К воротам'",
    )
    group.command("resolve", **described(*resolving, *lines))(resolve)
    app.add_typer(group, name="conflicts")


def list_(
    ctx: typer.Context,
    stream: Annotated[
        str | None,
        option("--stream", metavar=_("ПОТОК"), text=_("Только этот поток, например onec:invoice")),
    ] = None,
    kind: Annotated[
        str | None,
        option("--kind", metavar=_("ВИД"), text=_("Только документы этого вида, например invoice")),
    ] = None,
    resolved: Annotated[bool, option("--all", text=_("И те, что уже решены"))] = False,
) -> None:
    """List conflicts, oldest first."""
    from provodka.dashboards.insight.disputes import disputed_field, disputes, side_word
    from provodka.dashboards.insight.titles import kind_title

    desk = Desk(ctx)
    with desk.store() as engine, engine.connect() as connection:
        found = disputes(connection, stream=stream, kind=kind, resolved=resolved)
    desk.screen.document(found)
    if not found:
        desk.screen.line(_("открытых конфликтов нет"), mark="✓")
        return
    desk.screen.table(
        (
            _("Номер"),
            _("Документ"),
            _("Поле"),
            _("Было"),
            _("У нас"),
            _("У них"),
            _("Решение"),
        ),
        (
            (
                one.number,
                f"{kind_title(one.kind)} {one.title or one.document}",
                disputed_field(one.kind, one.field),
                *(side_word(one, side) for side in (one.base, one.ours, one.theirs)),
                _settled(one),
            )
            for one in found
        ),
    )


def show(ctx: typer.Context, number: Number) -> None:
    """Show one conflict, its sides beside each other."""
    from provodka.dashboards.insight.disputes import one_dispute

    desk = Desk(ctx)
    with desk.store() as engine, engine.connect() as connection:
        found = one_dispute(connection, number)
    if found is None:
        raise DocumentError(
            _("Конфликт {number}").format(number=number),
            found=_("такого нет"),
            expected=_("номер из первого столбца списка"),
            next_step=_("открытые покажет provodka conflicts list"),
            code="no_conflict",
        )
    desk.screen.document(found)
    _show(desk.screen, found, desk.zone)


def resolve(
    ctx: typer.Context,
    numbers: Annotated[list[int], argument(_("НОМЕР"), _("Номера конфликтов"))],
    take: Annotated[
        str, option("--take", metavar="ours|theirs|value", text=_("Наше, их или третье значение"))
    ],
    value: Annotated[
        str | None,
        option("--value", metavar=_("ЗНАЧЕНИЕ"), text=_("Третье значение; пустое — очистить поле")),
    ] = None,
    who: Annotated[
        str | None, option("--who", metavar=_("ИМЯ"), text=_("Кто решил; иначе имя в системе"))
    ] = None,
) -> None:
    """Put a person's word down."""
    from provodka.dashboards.insight.disputes import disputed_field, one_dispute, side_word
    from provodka.flows.calendars.resolving import resolve as settle

    chosen = _take(take, value)
    desk = Desk(ctx)
    with desk.hub() as hub:
        done = settle(hub, list(dict.fromkeys(numbers)), chosen, who or getpass.getuser(), value)
        with hub.engine.connect() as connection:
            settled = {one.number: one_dispute(connection, one.number) for one in done}
    desk.screen.document(done)
    for one in done:
        if (told := settled[one.number]) is None:
            continue
        line = _("конфликт {number}: {field} = {value}").format(
            number=one.number,
            field=disputed_field(one.kind, one.field),
            value=side_word(told, one.value),
        )
        desk.screen.line(f"{line}; {_('отправляется в 1С')}" if one.queued else line, mark="✓")


def _take(take: str, value: str | None) -> Any:
    if take in TAKES and (take == "value") == (value is not None):
        return take
    wrong = take not in TAKES
    raise ConfigurationError(
        _("Команда «{path}»").format(path="provodka conflicts resolve"),
        found=f"--take {take}" if wrong else _("не сказано, какое значение, или сказано лишнее"),
        expected="--take ours | --take theirs | --take value --value …",
        next_step=_("исправьте параметры"),
        code="usage",
    )


def _show(screen: Screen, one: Dispute, zone: ZoneInfo | None) -> None:
    from provodka.dashboards.insight.disputes import disputed_field, side_word
    from provodka.dashboards.insight.titles import kind_title
    from provodka.dashboards.insight.wording import who
    from provodka.flows.cli.screen import moment

    screen.heading(f"{kind_title(one.kind)} {one.title or one.document}")
    screen.line(f"{_('Поле')}: {disputed_field(one.kind, one.field)}")
    seen = _("замечено {at}").format(at=moment(one.seen_at, zone))
    author = f"{who(one.ours_by)}, {moment(one.ours_at, zone)}" if one.ours_by else ""
    screen.table(
        (_("Сторона"), _("Значение"), _("Кто и когда")),
        (
            (_("Было"), side_word(one, one.base), ""),
            (_("У нас"), side_word(one, one.ours), author),
            (_("У них"), side_word(one, one.theirs), seen),
        ),
    )
    if one.resolved_at is None:
        step = f"provodka conflicts resolve {one.number} --take ours|theirs|value"
        screen.line(f"{_('Что делать')}: {step}", mark="!")
    else:
        screen.line(f"{moment(one.resolved_at, zone)}: {_settled(one)}", mark="✓")


def _settled(one: Dispute) -> str:
    from provodka.dashboards.insight.disputes import side_word
    from provodka.dashboards.insight.wording import who

    if one.resolved_at is None:
        return ""
    if one.taken == "dissolved":
        return _("разошелся сам")
    told = {"ours": _("наше"), "theirs": _("их"), "value": _("третье")}.get(one.taken or "", "")
    return f"{told}: {side_word(one, one.resolution)} ({who(one.resolved_by or '')})"
