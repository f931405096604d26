"""The language of rules, told: `provodka rules events`, `actions`, `schema`; and `start`."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import argument, described, option
from provodka.foundation.errors import DocumentError
from provodka.foundation.i18n import _

__all__ = ["declare"]


def declare(group: typer.Typer) -> None:
    """Add the commands to the group of rules."""
    text = (
        _("Показать события, которых могут ждать правила."),
        _("О каком документе каждое, откуда берется и как пишется; с --json вместе со словами."),
    )
    group.command("events", **described(*text, "provodka rules events"))(events)
    text = (
        _("Показать действия, которые умеют правила."),
        _("С параметрами и примером; действия из других пакетов тоже."),
    )
    group.command("actions", **described(*text, "provodka rules actions"))(actions)
    text = (
        _("Напечатать JSON-схему файла правил для редактора."),
        _("Редактор по ней подсказывает и подчеркивает ошибки."),
    )
    group.command("schema", **described(*text, "provodka rules schema > rules.schema.json"))(schema)
    text = (
        _("Запустить процесс правил по сделке."),
        _("Сработают правила с событием manual и этим кодом; сделку называют ключом или номером."),
    )
    group.command("start", **described(*text, "provodka rules start send_samples СД00-000001"))(
        start
    )


def events(ctx: typer.Context) -> None:
    """List the events."""
    from provodka.trigger_rules.event_kinds import EVENTS
    from provodka.trigger_rules.reference import SOURCES

    desk = Desk(ctx)
    desk.screen.cards(
        (_("Событие"), _("Когда"), _("Откуда"), _("Пример")),
        (
            (kind.name, _(kind.title), _(SOURCES[kind.source]), f"when: {kind.example}")
            for kind in EVENTS.values()
        ),
    )
    desk.screen.document({"events": [_event(kind) for kind in EVENTS.values()]})


def actions(ctx: typer.Context) -> None:
    """List the actions."""
    from provodka.trigger_rules.actions.registry import actions as known
    from provodka.trigger_rules.reference import parameters

    desk = Desk(ctx)
    kinds = known()
    desk.screen.cards(
        (_("Действие"), _("Что делает"), _("Параметры"), _("Пример")),
        (
            (name, _(kind.title), "; ".join(_told(name)) or "—", f"- {kind.example}")
            for name, kind in kinds.items()
        ),
    )
    desk.screen.document(
        {
            "actions": [
                {
                    "name": name,
                    "title": _(kind.title),
                    "about_a_deal": kind.about_a_deal,
                    "parameters": [
                        {"name": one.name, "type": one.type, "required": one.required}
                        for one in parameters(name)
                    ],
                    "example": kind.example,
                }
                for name, kind in kinds.items()
            ]
        }
    )


def schema() -> None:
    """Print the schema."""
    from provodka.trigger_rules.reference import json_schema

    typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


def start(
    ctx: typer.Context,
    process: Annotated[str, argument(_("ПРОЦЕСС"), _("Код процесса"))],
    deal: Annotated[str, argument(_("СДЕЛКА"), _("Ключ, начало ключа или номер сделки"))],
    who: Annotated[str, option("--who", metavar=_("ИМЯ"), text=_("Кто запускает"))] = "",
) -> None:
    """Say that a person has started a process."""
    from provodka.dashboards.insight.finding import find_document
    from provodka.flows.triggers.manual import start_by_hand

    desk = Desk(ctx)
    book = desk.files().book
    with desk.store() as engine, engine.begin() as connection:
        found = find_document(connection, f"deal:{deal}")
        if found is None:
            raise DocumentError(
                _("Сделка {key}").format(key=deal),
                found=_("сделка отложена и в базу не записана"),
                next_step=_("посмотрите provodka quarantine list"),
                code="no_deal",
            )
        new = start_by_hand(connection, book, process, found[1], who or getpass.getuser())
    desk.screen.line(_("процесс «{name}» запущен").format(name=process), mark="✓")
    desk.screen.document({"process": process, "deal": str(found[1]), "signal": str(new)})


def _told(name: str) -> Iterator[str]:
    from provodka.trigger_rules.reference import parameters

    for one in parameters(name):
        mark = "" if one.required else "?"
        yield f"{one.name}{mark}: {one.type}"


def _event(kind: Any) -> dict[str, Any]:
    return {
        "name": kind.name,
        "title": _(kind.title),
        "kind": kind.kind or None,
        "of": kind.of or None,
        "source": kind.source,
        "document": kind.document,
        "takes": list(kind.takes),
        "example": kind.example,
    }
