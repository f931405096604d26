"""Rules in force and their versions: `provodka rules list`, `versions`, `approve` and the rest."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import argument, described, option
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _, marked

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from sqlalchemy import Connection

    from provodka.flows.hub import Hub
    from provodka.trigger_rules.health import Health
    from provodka.trigger_rules.versions import Release, Step

__all__ = ["declare"]

STATES = {
    "draft": marked("черновик"),
    "approved": marked("утверждена"),
    "active": marked("действует"),
    "retired": marked("снята"),
}
Name = Annotated[str, argument(_("ПРАВИЛО"), _("Имя правила"))]
Version = Annotated[str, argument(_("ВЕРСИЯ"), _("Начало отпечатка; иначе самая новая"))]
Who = Annotated[str, option("--who", metavar=_("ИМЯ"), text=_("Чьим решением"))]


def declare(group: typer.Typer) -> None:
    """Add the commands to the group of rules."""
    named: Sequence[tuple[str, Callable[..., None], str, str]] = (
        (
            "list", listed, _("Показать правила: какая версия действует, какие выключены."),
            _("Правило, не удавшееся десять раз подряд, выключается; почему, видно здесь."),
        ),
        (
            "enable", enable, _("Включить правило, которое выключилось после неудач."),
            _("Счет неудач начинается сначала; пропущенное вернет quarantine replay."),
        ),
        (
            "versions", versions, _("Показать версии правил: кто и когда утвердил и ввел."),
            _("Действует одна версия правила; остальные черновики, утверждены или сняты."),
        ),
        (
            "approve", approve, _("Утвердить черновик правила."),
            _("Действовать он начнет после provodka rules activate."),
        ),
        (
            "activate", activate, _("Ввести утвержденную версию правила в действие."),
            _("Прежняя снимается в тот же миг, между двумя изменениями. Снятую можно вернуть."),
        ),
        (
            "retire", retire, _("Снять действующую версию правила."),
            _("Отложенные ею действия отменяются, когда придет их срок."),
        ),
    )  # fmt: skip
    for name, command, first, rest in named:
        example = f"provodka rules {name}"
        if name not in ("list", "versions"):
            example += " proposal_alert"
        group.command(name, **described(first, rest, example))(command)


def listed(ctx: typer.Context) -> None:
    """The rules in force, and how they fare."""
    from provodka.flows.cli.screen import moment
    from provodka.flows.triggers.failing import read_health
    from provodka.flows.triggers.publishing import releases

    desk = Desk(ctx)
    with desk.hub() as hub, hub.engine.begin() as connection:
        _read_files(hub, connection)
        active = [one for one in releases(connection) if one.state == "active"]
        health = read_health(connection)
        zone = hub.settings.zone
    desk.screen.table(
        (_("Правило"), _("Версия"), _("С какого времени"), _("Неудач подряд"), _("Состояние")),
        (
            (
                one.rule,
                one.version,
                moment(one.activated_at, zone),
                _failures(health.get(one.rule), one.version),
                _fares(health.get(one.rule), one.version),
            )
            for one in active
        ),
    )
    if not active:
        desk.screen.line(_("не действует ни одно; посмотрите provodka rules versions"), mark="!")
    desk.screen.document(
        {"rules": [{"release": one, "health": health.get(one.rule)} for one in active]}
    )


def _failures(health: Health | None, version: str) -> int:
    return health.failures if health and health.version == version else 0


def _fares(health: Health | None, version: str) -> str:
    if health and health.disables(version):
        return _("выключено: {found}").format(found=health.trouble["found"])
    return _("работает")


def enable(ctx: typer.Context, rule: Name) -> None:
    """Switch a rule on again."""
    from provodka.flows.triggers.failing import enable as forget

    desk = Desk(ctx)
    with desk.store() as engine, engine.begin() as connection:
        known = forget(connection, rule)
    if not known:
        raise ConfigurationError(
            _("Правило «{rule}»").format(rule=rule),
            found=_("оно не выключено"),
            expected=_("имя выключенного правила"),
            next_step=_("посмотрите provodka rules list"),
            code="not_disabled",
        )
    desk.screen.line(_("правило «{rule}» включено").format(rule=rule), mark="✓")
    desk.screen.document({"rule": rule, "enabled": True})


def versions(
    ctx: typer.Context,
    rule: Annotated[str, argument(_("ПРАВИЛО"), _("Имя правила; иначе все"))] = "",
) -> None:
    """Every version, and by whose word it stands where it does."""
    from provodka.flows.triggers.publishing import releases

    desk = Desk(ctx)
    with desk.hub() as hub, hub.engine.begin() as connection:
        _read_files(hub, connection)
        found = [one for one in releases(connection) if rule in ("", one.rule)]
        zone = hub.settings.zone
    desk.screen.table(
        (_("Правило"), _("Версия"), _("Состояние"), _("Утверждена"), _("Введена"), _("Снята")),
        (
            (
                one.rule,
                one.version,
                _(STATES[one.state]),
                *(
                    _said(who, at, zone)
                    for who, at in (
                        (one.approved_by, one.approved_at),
                        (one.activated_by, one.activated_at),
                        (one.retired_by, one.retired_at),
                    )
                ),
            )
            for one in found
        ),
    )
    desk.screen.document({"versions": found})


def _said(who: str | None, at: datetime | None, zone: ZoneInfo) -> str:
    from provodka.flows.cli.screen import moment

    return f"{who}, {moment(at, zone)}" if who else ""


def approve(ctx: typer.Context, rule: Name, version: Version = "", who: Who = "") -> None:
    """A person answers for a draft."""
    _publish(ctx, "approve", (rule, version, who), _("утверждена"))


def activate(ctx: typer.Context, rule: Name, version: Version = "", who: Who = "") -> None:
    """Switch to an approved version."""
    _publish(ctx, "activate", (rule, version, who), _("действует"))


def retire(ctx: typer.Context, rule: Name, who: Who = "") -> None:
    """Take the rule out of force."""
    _publish(ctx, "retire", (rule, "", who), _("снята"))


def _publish(ctx: typer.Context, step: Step, said: tuple[str, str, str], done: str) -> None:
    from provodka.flows.triggers.publishing import publish

    rule, version, who = said
    desk = Desk(ctx)
    with desk.hub() as hub, hub.engine.begin() as connection:
        _require_approval(hub)
        _read_files(hub, connection)
        one: Release = publish(connection, hub.book, step, rule, version, who or getpass.getuser())
    desk.screen.line(
        _("правило «{rule}», версия {version}: {done}").format(
            rule=rule, version=one.version, done=done
        ),
        mark="✓",
    )
    desk.screen.document({"rule": rule, "version": one.version, "step": step})


def _read_files(hub: Hub, connection: Connection) -> None:
    from provodka.flows.triggers.publishing import register

    at_once = not hub.settings.rules_approval
    register(connection, hub.book, at_once=at_once)


def _require_approval(hub: Hub) -> None:
    if not hub.settings.rules_approval:
        raise hub.source.error(
            "rules_approval",
            found=_("файлы правил действуют сразу, утверждать нечего"),
            expected="rules_approval: true",
            next_step=_("впишите это в hub.yaml, если правила должен утверждать человек"),
            code="approval_off",
        )
