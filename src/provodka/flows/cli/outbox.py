"""`provodka outbox`: what goes out, what was refused and why, and a person's word on it."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from provodka.flows.cli import outbox_send
from provodka.flows.cli.desk import Desk
from provodka.flows.cli.exits import ExitCode
from provodka.flows.cli.group import leave
from provodka.flows.cli.words import argument, described, group_of, option
from provodka.foundation.errors import ConfigurationError, DocumentError
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Engine

    from provodka.connectors.crm_store.errands import Standing

__all__ = ["declare"]

TargetOption = Annotated[
    str | None,
    option("--target", metavar=_("СИСТЕМА"), text=_("Только в эту систему: onec, mail")),
]
CodeOption = Annotated[
    str | None,
    option("--code", metavar=_("КОД"), text=_("Только с этим кодом ошибки или его началом")),
]
OlderOption = Annotated[
    str | None,
    option("--older", metavar=_("СРОК"), text=_("Только поставленные раньше: 7d, 12h, 30m")),
]
WhoOption = Annotated[
    str | None, option("--who", metavar=_("ИМЯ"), text=_("Кто решил; иначе имя в системе"))
]
Named = Annotated[
    list[str] | None,
    argument(_("[ПОРУЧЕНИЕ]…"), _("Номера из списка, начала ключей или ключей документов")),
]


def declare(app: typer.Typer) -> None:
    """Add the group."""
    text = _("Исходящие: что ждет, в чем отказано, повтор и снятие.")
    group = group_of(text, "provodka outbox list")
    listing = (
        _("Перечислить поручения, в которых отказано: причина и что делать."),
        _("С --waiting — те, что еще ждут: кто ими занят и что мешает."),
    )
    examples = ("provodka outbox list", "provodka outbox list --waiting --target onec")
    group.command("list", **described(*listing, *examples))(list_)
    showing = (_("Показать поручение целиком: попытки, помеху, исполнителя, результат."), "")
    group.command("show", **described(*showing, "provodka outbox show 1205"))(show)
    trying = (
        _("Повторить поручения, в которых отказано, или те, что ждут своего срока."),
        _("После исправления причины. Что могло уйти, перед повтором ищут в системе по метке."),
    )
    lines = ("provodka outbox retry 1205", "provodka outbox retry --target onec --code no_client")
    group.command("retry", **described(*trying, *lines))(retry)
    dropping = (
        _("Снять поручения: больше их не выполнять."),
        _("Кто и почему это решил, остается в поручении. Снятое можно вернуть: outbox retry."),
    )
    line = "provodka outbox drop 1205 --why «отправлено по телефону»"
    group.command("drop", **described(*dropping, line))(drop)
    outbox_send.declare(group)
    app.add_typer(group, name="outbox")


def list_(
    ctx: typer.Context,
    target: TargetOption = None,
    code: CodeOption = None,
    older: OlderOption = None,
    waiting: Annotated[bool, option("--waiting", text=_("Те, что еще не выполнены"))] = False,
    dropped: Annotated[bool, option("--dropped", text=_("Те, что сняты человеком"))] = False,
) -> None:
    """List errands, those that were refused unless told otherwise."""
    from provodka.connectors.crm_store.errands import DEAD, OPEN

    states = OPEN if waiting else ("dropped",) if dropped else DEAD
    desk = Desk(ctx)
    with desk.store() as engine, engine.connect() as connection:
        rows = _filtered(connection, states, target, code, older)
        called = _called(connection, rows)
    desk.screen.document(rows)
    if not rows:
        desk.screen.line(_("таких поручений нет"), mark="✓")
        return
    _table(desk, rows, called)
    if not (waiting or dropped):
        step = _(
            "повторить: provodka outbox retry НОМЕР, снять: provodka outbox drop НОМЕР --why …"
        )
        desk.screen.line(step, mark="!")


def show(
    ctx: typer.Context,
    named: Annotated[str, argument(_("ПОРУЧЕНИЕ"), _("Номер, начало ключа или ключа документа"))],
) -> None:
    """Show errands whole."""
    from provodka.connectors.crm_store.engine import dump_json

    desk = Desk(ctx)
    with desk.store() as engine, engine.connect() as connection:
        rows = _named(connection, [named])
        called = _called(connection, rows)
    desk.screen.document(rows)
    for row in rows:
        desk.screen.heading(f"{row.number} {called[row.number]}")
        for title, value in _facts(desk, row):
            if value:
                desk.screen.line(f"{title}: {value}")
        if row.result is not None and not desk.options.json:
            desk.screen.line(f"{_('Результат')}: {dump_json(row.result)}")


def retry(
    ctx: typer.Context,
    named: Named = None,
    target: TargetOption = None,
    code: CodeOption = None,
    older: OlderOption = None,
    who: WhoOption = None,
) -> None:
    """Put errands back into the queue."""
    from provodka.flows.deliver import by_hand

    desk = Desk(ctx)
    with desk.store() as engine:
        rows = _chosen(engine, "retry", named, target, code, older)
        done = by_hand.retry(engine, rows, who or getpass.getuser())
    _told(desk, rows, done, _("снова в очереди: {count}"))


def drop(
    ctx: typer.Context,
    why: Annotated[str, option("--why", metavar=_("ПРИЧИНА"), text=_("Почему больше не нужно"))],
    named: Named = None,
    target: TargetOption = None,
    code: CodeOption = None,
    older: OlderOption = None,
    who: WhoOption = None,
) -> None:
    """Take errands out of the queue."""
    from provodka.flows.deliver import by_hand

    desk = Desk(ctx)
    with desk.store() as engine:
        rows = _chosen(engine, "drop", named, target, code, older)
        done = by_hand.drop(engine, rows, who or getpass.getuser(), why)
    _told(desk, rows, done, _("снято: {count}"))


def _filtered(
    connection: Connection,
    states: Sequence[str],
    target: str | None,
    code: str | None,
    older: str | None,
) -> list[Standing]:
    from provodka.connectors.crm_store import errands
    from provodka.flows.cli.spans import span
    from provodka.flows.hub import utc_now

    before = utc_now() - span(older, "--older") if older else None
    return errands.listed(connection, states=states, target=target, code=code, before=before)


def _chosen(
    engine: Engine,
    command: str,
    named: Sequence[str] | None,
    target: str | None,
    code: str | None,
    older: str | None,
) -> list[Standing]:
    """Those named, or those refused that the filter lets through."""
    from provodka.connectors.crm_store.errands import DEAD

    if not (named or target or code or older):
        raise _aimless(command)
    with engine.connect() as connection:
        if named:
            return _named(connection, named)
        return _filtered(connection, DEAD, target, code, older)


def _named(connection: Connection, named: Sequence[str]) -> list[Standing]:
    from provodka.connectors.crm_store import errands

    rows = {}
    for one in named:
        found = errands.found(connection, one)
        if not found:
            raise _absent(one)
        rows.update({row.number: row for row in found})
    return list(rows.values())


def _called(connection: Connection, rows: Sequence[Standing]) -> dict[int, str]:
    """What each errand is, in words: «записать счет СЧ00-000001 → 1С»."""
    from provodka.dashboards.insight.titles import kind_title, titles
    from provodka.dashboards.insight.wording import operation_word, system_word

    known = titles(connection, [(row.kind, row.document) for row in rows])
    called = {}
    for row in rows:
        title = known.get((row.kind, row.document)) or row.document
        what = f"{operation_word(row.operation)} {kind_title(row.kind)} {title}"
        called[row.number] = f"{what} → {system_word(row.target)}"
    return called


def _table(desk: Desk, rows: Sequence[Standing], called: dict[int, str]) -> None:
    from provodka.flows.cli.screen import moment, state

    desk.screen.table(
        (_("Номер"), _("Поручение"), _("Состояние"), _("Поставлено"), _("Попыток"), _("Причина"),
         _("Что делать")),
        (
            (row.number, called[row.number], state(row.state), moment(row.created_at, desk.zone),
             row.attempts, row.reason, row.next_step)
            for row in rows
        ),
    )  # fmt: skip


def _facts(desk: Desk, row: Standing) -> tuple[tuple[str, object], ...]:
    from provodka.flows.cli.screen import moment, state

    return (
        (_("Состояние"), state(row.state)),
        (_("Попыток"), row.attempts),
        (_("Поставлено"), moment(row.created_at, desk.zone)),
        (_("Завершено"), moment(row.settled_at, desk.zone)),
        (_("Не раньше"), "" if row.settled_at else moment(row.due_at, desk.zone)),
        (_("Исполнитель"), row.worker),
        (_("Занято сейчас"), _("да") if row.held else ""),
        (_("Метка"), row.marker),
        (_("Ключ"), row.key),
        (_("Код"), row.code),
        (_("Найдено"), row.reason),
        (_("Ожидалось"), row.expected),
        (_("Что делать"), row.next_step),
    )


def _told(desk: Desk, rows: Sequence[Standing], done: Collection[int], text: str) -> None:
    left = [row.number for row in rows if row.number not in done]
    desk.screen.document({"done": sorted(done), "left": left})
    desk.screen.line(text.format(count=len(done)), mark="✓" if done else "·")
    if left:
        untouched = _("не тронуто: {numbers} (выполняется или уже завершено)")
        desk.screen.line(untouched.format(numbers=", ".join(map(str, left))), mark="!")
        leave(ExitCode.SET_ASIDE)


def _aimless(command: str) -> ConfigurationError:
    return ConfigurationError(
        _("Команда «{path}»").format(path=f"provodka outbox {command}"),
        found=_("не сказано, какие поручения"),
        expected=_("номера, --target, --code или --older"),
        next_step=_("назовите поручения или отбор; список покажет provodka outbox list"),
        code="usage",
    )


def _absent(named: str) -> DocumentError:
    return DocumentError(
        _("Поручение {key}").format(key=named),
        found=_("такого нет"),
        expected=_("номер, или не меньше восьми знаков начала ключа"),
        next_step=_("список покажет provodka outbox list, с --waiting — ждущие"),
        code="no_errand",
    )
