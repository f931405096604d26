"""`provodka calls`: what goes on now, the caller's card, calls placed, recordings fetched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import argument, described, group_of, option
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from uuid import UUID

    from provodka.flows.hub import Hub

__all__ = ["declare"]


def declare(app: typer.Typer) -> None:
    """Add the group."""
    group = group_of(
        _("Звонки: идущие сейчас, карточка звонящего, набор номера, записи."),
        "provodka calls card +79990000001",
    )
    going = (
        _("Показать звонки, которые идут сейчас."),
        _("О них рассказывает АТС: нужны раздел ami в hub.yaml и работающий provodka up."),
    )
    group.command("now", **described(*going, "provodka calls now"))(now)
    showing = (
        _("Показать, кто звонит с этого номера."),
        _("Все клиенты с этим номером, сначала с последним контактом; что с ними открыто."),
    )
    group.command("card", **described(*showing, "provodka calls card 89990000001"))(card)
    placing = (
        _("Соединить сотрудника с клиентом: сначала зазвонит телефон сотрудника."),
        _("Второй раз сам не набирает, даже если ответ АТС потерян: об этом будет сказано."),
    )
    lines = (
        "provodka calls dial --employee 101 --client 7707083893",
        "provodka calls dial --employee Котов --number 89990000001",
    )
    group.command("dial", **described(*placing, *lines))(dial)
    fetching = (
        _("Показать ссылку на запись разговора или скачать запись."),
        _("Ссылка живет столько, сколько ей дал поставщик; срок показан."),
    )
    line = "provodka calls recording 019ab3f0 --to talk.mp3"
    group.command("recording", **described(*fetching, line))(recording)
    app.add_typer(group, name="calls")


def now(ctx: typer.Context) -> None:
    """List the calls that go on."""
    from provodka.flows.calls.live import going_on
    from provodka.flows.cli.calls_shown import show_going_on

    desk = Desk(ctx)
    with desk.store() as engine, engine.connect() as connection:
        found = going_on(connection)
    desk.screen.document(found)
    show_going_on(desk.screen, found, desk.zone)


def card(
    ctx: typer.Context,
    number: Annotated[str, argument(_("НОМЕР"), _("Номер, как его показал телефон"))],
) -> None:
    """Show who has a number."""
    from provodka.dashboards.insight.caller import caller_card
    from provodka.flows.cli.calls_shown import show_card

    desk = Desk(ctx)
    with desk.store() as engine, engine.connect() as connection:
        found = caller_card(connection, number)
    desk.screen.document(found)
    show_card(desk.screen, found, desk.zone)


def dial(
    ctx: typer.Context,
    employee: Annotated[
        str, option("--employee", metavar=_("КТО"), text=_("Внутренний номер или имя сотрудника"))
    ],
    client: Annotated[
        str | None, option("--client", metavar=_("КЛИЕНТ"), text=_("Ключ клиента или его ИНН"))
    ] = None,
    number: Annotated[
        str | None, option("--number", metavar=_("НОМЕР"), text=_("Номер вместо клиента"))
    ] = None,
    pbx: Annotated[
        str,
        option(
            "--pbx",
            metavar=_("АТС"),
            text=_("Которая из АТС; иначе первая, которая умеет набирать"),
        ),
    ] = "",
) -> None:
    """Ask the PBX for a call and tell what it said."""
    from provodka.flows.calls.placing import place

    desk = Desk(ctx, quiet=True)
    with desk.hub() as hub:
        about, asked = _whom(hub, employee, client, number)
        done = place(hub, asked[0], asked[1], about=about, pbx=pbx)
    desk.screen.document({"call_key": done})
    desk.screen.line(_("телефон {extension} звонит").format(extension=asked[0]), mark="✓")


def _whom(
    hub: Hub, employee: str, client: str | None, number: str | None
) -> tuple[tuple[str, UUID], tuple[str, str]]:
    """The document that the call is about; whose telephone rings and whom it is connected with."""
    from provodka.flows.calls.people import client_phone, employee_with_telephone
    from provodka.foundation.errors import ConfigurationError

    if (client is None) == (number is None):
        raise ConfigurationError(
            "provodka calls dial",
            found=_("названо и то и другое") if client else _("не сказано, кому звонить"),
            expected=_("--client или --number"),
            next_step=_("назовите одно из двух"),
            code="whom_to_dial",
        )
    with hub.engine.connect() as connection:
        person, extension = employee_with_telephone(connection, employee)
        if client is not None:
            key, phone = client_phone(connection, client)
            return ("client", key), (extension, phone)
    return ("employee", person), (extension, str(number))


def recording(
    ctx: typer.Context,
    call: Annotated[str, argument(_("ЗВОНОК"), _("Ключ звонка или его начало"))],
    to: Annotated[
        Path | None, option("--to", metavar=_("ФАЙЛ"), text=_("Куда скачать; файла еще нет"))
    ] = None,
) -> None:
    """Show a recording's link, or download the recording."""
    from provodka.flows.cli.screen import moment

    desk = Desk(ctx, quiet=True)
    with desk.hub() as hub:
        found = _recording(hub, call, to)
    desk.screen.document(found)
    if to is not None:
        told = _("скачано {size} Б: {path}").format(size=found["bytes"], path=to)
        desk.screen.line(told, mark="✓")
        return
    desk.screen.line(found["link"])
    if found["until"]:
        desk.screen.line(_("действует до {at}").format(at=moment(found["until"], desk.zone)))


def _recording(hub: Hub, what: str, to: Path | None) -> dict[str, Any]:
    from provodka.dashboards.insight.finding import find_document
    from provodka.flows.calls.placing import connected_pbx
    from provodka.flows.calls.recordings import fetch, recording_of, renewed

    with hub.engine.connect() as connection:
        key = find_document(connection, what if ":" in what else f"call:{what}")
        found = recording_of(connection, key[1] if key else _no_key(what))
    with connected_pbx(hub, found.source) as source:
        found = renewed(source, found, hub.clock())
    told: dict[str, Any] = {"call": found.call, "link": found.name, "until": found.until}
    return told if to is None else {**told, "bytes": fetch(found, to)}


def _no_key(what: str) -> UUID:
    from provodka.foundation.errors import DocumentError

    raise DocumentError(
        _("Звонок «{what}»").format(what=what),
        found=_("такого звонка нет"),
        expected=_("ключ звонка или его начало"),
        next_step=_("ключи покажет отчет по звонкам"),
        code="no_call",
    )
