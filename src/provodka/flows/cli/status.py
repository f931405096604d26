"""`provodka status`: how the hub is doing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import described
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from provodka.dashboards.insight.arrivals import Arrivals
    from provodka.flows.cli.screen import Screen
    from provodka.flows.insight.status import Status, Waiting

__all__ = ["declare"]


def declare(app: typer.Typer) -> None:
    """Add the command."""
    text = (
        _("Показать состояние хаба."),
        _(
            "Системы, последние запуски, отставание от журнала, очередь исходящих, отложенные и "
            "ждущие документы, конфликты. К внешним системам не обращается."
        ),
    )
    app.command("status", **described(*text, "provodka status", "provodka status --json"))(status)


def status(ctx: typer.Context) -> None:
    """Show how the hub is doing."""
    from provodka.flows.insight.status import status as ask

    desk = Desk(ctx)
    with desk.hub() as hub:
        said = ask(hub)
        zone = hub.settings.zone
    desk.screen.document(said)
    _systems(desk.screen, said, zone)
    _disabled(desk.screen, said, zone)
    _runs(desk.screen, said, zone)
    _readers(desk.screen, said, zone)
    _outbox(desk.screen, said, zone)
    _workers(desk.screen, said, zone)
    _inbox(desk.screen, said.inbox, zone)
    _waiting(desk.screen, _("Отложены до решения человека"), _("Причина"), said.quarantine, zone)
    _waiting(desk.screen, _("Ждут своего родителя"), _("Вид родителя"), said.parked, zone)
    _overdue(desk.screen, said, zone)
    _waiting(desk.screen, _("Открытые конфликты"), _("Вид документа"), said.conflicts, zone)


def _disabled(screen: Screen, said: Status, zone: ZoneInfo) -> None:
    from provodka.flows.cli.screen import moment

    if said.disabled_rules:
        screen.heading(_("Выключенные правила"))
        screen.table(
            (_("Правило"), _("Неудач подряд"), _("Выключено"), _("Последняя неудача")),
            (
                (one.rule, one.failures, moment(one.disabled_at, zone), one.found)
                for one in said.disabled_rules
            ),
        )
        screen.line(_("исправив причину, выполните provodka rules enable ПРАВИЛО"), mark="!")


def _overdue(screen: Screen, said: Status, zone: ZoneInfo) -> None:
    from provodka.dashboards.insight.parents import waits_for, why_not
    from provodka.dashboards.insight.wording import stream_word
    from provodka.flows.cli.screen import moment

    if said.overdue:
        screen.heading(_("Ждут родителя слишком долго"))
        screen.table(
            (_("Поток"), _("Ключ"), _("Кого ждет"), _("С какого времени"), _("Почему его нет")),
            (
                (
                    stream_word(one.stream),
                    one.external_key,
                    waits_for(one),
                    moment(one.since, zone),
                    why_not(one),
                )
                for one in said.overdue
            ),
        )


def _systems(screen: Screen, said: Status, zone: ZoneInfo) -> None:
    from provodka.dashboards.insight.wording import system_word
    from provodka.flows.cli.screen import moment

    screen.heading(_("Системы компании «{name}»").format(name=said.company))
    if not said.systems:
        screen.line(_("в hub.yaml не названо ни одной"), mark="!")
        return
    screen.table(
        (_("Система"), _("Где"), _("В очереди"), _("Последняя доставка"), _("Что мешает")),
        (
            (
                system_word(one.name),
                one.address,
                one.waiting,
                moment(one.last_delivery, zone),
                one.trouble,
            )
            for one in said.systems
        ),
    )
    for one in said.systems:
        if one.changes:
            screen.line(f"{system_word(one.name)}: {one.changes}", mark="·")


def _runs(screen: Screen, said: Status, zone: ZoneInfo) -> None:
    from provodka.dashboards.insight.counted import tally
    from provodka.flows.cli.screen import moment, state

    screen.heading(_("Последние запуски"))
    if not said.runs:
        screen.line(_("еще ни одного; начните с provodka sync"), mark="!")
        return
    screen.table(
        (_("Поток"), _("Чем кончился"), _("Начало"), _("Что сделано"), _("Сообщение")),
        (
            (
                _flow(run.flow),
                state(run.state),
                moment(run.started_at, zone),
                tally(run.counts),
                run.note,
            )
            for run in said.runs
        ),
    )


def _flow(name: str) -> str:
    """A stream by its title; a worker of the fast lane by what it does."""
    from provodka.dashboards.insight.wording import stream_word
    from provodka.flows.streams import STREAMS

    lane, colon, worker = name.partition(":")
    if colon and lane == "lane":
        return _("быстрая полоса: {worker}").format(worker=stream_word(worker))
    return _(STREAMS[name].title) if name in STREAMS else name


def _readers(screen: Screen, said: Status, zone: ZoneInfo) -> None:
    from provodka.dashboards.insight.held_months import held_months
    from provodka.dashboards.insight.wording import stream_word
    from provodka.flows.cli.screen import ago, moment

    screen.heading(_("Читатели журнала"))
    screen.table(
        (_("Читатель"), _("Впереди изменений"), _("Отставание"), _("Последний шаг")),
        (
            (stream_word(one.stream), one.ahead, ago(one.lag), moment(one.moved_at, zone))
            for one in said.readers
        ),
    )
    if said.journal_held:
        screen.line(held_months(said.journal_held), mark="!")


def _outbox(screen: Screen, said: Status, zone: ZoneInfo) -> None:
    from provodka.dashboards.insight.wording import system_word
    from provodka.flows.cli.screen import moment, state

    if said.outbox:
        screen.heading(_("Исходящие"))
        screen.table(
            (_("Куда"), _("Состояние"), _("Сколько"), _("Самое раннее")),
            (
                (system_word(one.target), state(one.state), one.count, moment(one.oldest, zone))
                for one in said.outbox
            ),
        )


def _workers(screen: Screen, said: Status, zone: ZoneInfo) -> None:
    """Who holds what, and whose work has been given to others."""
    from provodka.dashboards.insight.wording import system_word
    from provodka.flows.cli.screen import moment, state

    if said.workers:
        screen.heading(_("Исполнители поручений"))
        screen.table(
            (
                _("Кто"),
                _("Куда"),
                _("Состояние"),
                _("Поручений"),
                _("С какого времени"),
                _("Сменен"),
            ),
            (
                (
                    one.name,
                    system_word(one.target),
                    state(one.state),
                    one.errands,
                    moment(one.since, zone),
                    moment(one.ended_at, zone),
                )
                for one in said.workers
            ),
        )


def _inbox(screen: Screen, said: Arrivals, zone: ZoneInfo) -> None:
    """What has come over HTTP and waits, and what was turned away in the last day."""
    from provodka.dashboards.insight.arrivals import door_word, reason_word, state_word
    from provodka.flows.cli.screen import moment

    rows = [
        (
            door_word(one.door),
            one.system,
            state_word(one.state),
            one.count,
            moment(one.oldest, zone),
        )
        for one in said.gates
    ]
    rows += [
        (door_word(one["door"]), one["system"], reason_word(one["reason"]), one["count"], "")
        for one in said.refused
    ]
    if rows:
        screen.heading(_("Принятое по HTTP"))
        titles = (_("Вход"), _("Кто"), _("Состояние"), _("Сколько"), _("Самое раннее"))
        screen.table(titles, rows)


def _waiting(screen: Screen, title: str, of: str, rows: Sequence[Waiting], zone: ZoneInfo) -> None:
    from provodka.dashboards.insight.titles import kind_title
    from provodka.dashboards.insight.wording import stream_word
    from provodka.flows.cli.screen import moment

    if rows:
        screen.heading(title)
        screen.table(
            (_("Поток"), of, _("Сколько"), _("С какого времени")),
            (
                (stream_word(one.stream), kind_title(one.code), one.count, moment(one.oldest, zone))
                for one in rows
            ),
        )
