"""`provodka rules simulate`: a draft of rules rehearsed on the journal, nothing written."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import described, option
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from provodka.flows.cli.screen import Screen
    from provodka.flows.triggers.simulating.rehearsal import Occasion, Rehearsal, Tally

__all__ = ["declare"]


def declare(group: typer.Typer) -> None:
    """Add the command to the group of rules."""
    text = (
        _("Проверить правила на том, что уже было: что сработало бы и что сработало."),
        _(
            "Журнал читается с указанного дня; документы видны такими, какими были тогда. "
            "С --rule берется черновик, без него — правила из hub.yaml. Ничего не "
            "отправляется и не записывается."
        ),
    )
    examples = (
        "provodka rules simulate --since 2026-10-01",
        "provodka rules simulate --since 2026-10-01 --rule draft.yaml",
    )
    group.command("simulate", **described(*text, *examples))(simulate)


def simulate(
    ctx: typer.Context,
    since: Annotated[
        str, option("--since", metavar=_("ДАТА"), text=_("С какого дня или момента ISO"))
    ],
    rule: Annotated[
        list[Path] | None,
        option("--rule", metavar=_("ФАЙЛ"), text=_("Файл черновика; можно повторять")),
    ] = None,
) -> None:
    """Replay the journal and compare."""
    from provodka.flows.triggers.simulating.replay import simulate as rehearse
    from provodka.trigger_rules.book import RuleBook

    desk = Desk(ctx)
    files = desk.files()
    book = RuleBook.load(rule) if rule else files.book
    zone = files.settings.zone
    start = _moment(since, zone)
    with desk.store() as engine, _progress() as told:
        made = rehearse(engine, book, files.calendar, start, told=told)
    _show(desk.screen, made, zone)
    desk.screen.document(_plain(made))


def _moment(said: str, zone: ZoneInfo) -> datetime:
    """A day or a moment, in the company's zone unless it names its own."""
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        raise ConfigurationError(
            "--since",
            found=said,
            expected=_("день 2026-10-01 или момент 2026-10-01T09:00"),
            next_step=_("исправьте дату"),
            code="bad_moment",
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=zone)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """How much of the journal has been read: a bar in a terminal, log lines elsewhere."""
    if not sys.stderr.isatty():
        yield _logged()
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(_("Читаю журнал"), total=None)
        yield lambda read, whole: bars.update(task, completed=read, total=whole)


def _logged() -> Callable[[int, int], None]:
    import structlog

    log = structlog.get_logger("provodka.simulate")
    shown = -1

    def told(read: int, whole: int) -> None:
        nonlocal shown
        tenth = read * 10 // max(whole, 1)
        if tenth > shown:
            shown = tenth
            log.info("journal_read", read=read, whole=whole)

    return told


def _show(screen: Screen, made: Rehearsal, zone: ZoneInfo) -> None:
    screen.heading(
        _("Изменений прочитано: {deltas}, событий разобрано: {events}").format(
            deltas=made.deltas, events=made.events
        )
    )
    tallies = [one for one in made.tallies.values() if one.would or one.did or one.failed]
    screen.table(
        (_("Правило"), _("Сработало бы"), _("Сработало"), _("Оба"), _("Не смогло бы")),
        [(one.rule, one.would.total(), one.did.total(), one.both, one.failed) for one in tallies],
    )
    _show_days(screen, made)
    for tally in tallies:
        _show_samples(screen, tally, zone)
    _show_people(screen, _("Писем и сообщений"), made.letters)
    _show_people(screen, _("Задач"), made.tasks)
    for name in made.untold:
        unknown = _("{rule}: такой срок в журнале не наступал, о правиле ничего не известно")
        screen.line(unknown.format(rule=name), mark="!")


def _show_days(screen: Screen, made: Rehearsal) -> None:
    would: Counter[Any] = sum((one.would for one in made.tallies.values()), Counter())
    did: Counter[Any] = sum((one.did for one in made.tallies.values()), Counter())
    if days := sorted({*would, *did}):
        screen.heading(_("По дням"))
        screen.table(
            (_("День"), _("Сработало бы"), _("Сработало")),
            [(f"{day:%d.%m.%Y}", would[day], did[day]) for day in days],
        )


def _show_samples(screen: Screen, tally: Tally, zone: ZoneInfo) -> None:
    for title, occasions in ((_("прибавится"), tally.more), (_("пропадет"), tally.less)):
        if occasions:
            screen.heading(f"{tally.rule}: {title}")
            for one in occasions:
                screen.line(f"{one.at.astimezone(zone):%d.%m.%Y %H:%M}  {one.kind}:{one.document}")
    for trouble in tally.troubles:
        screen.line(f"{tally.rule}: {trouble}", mark="!")


def _show_people(screen: Screen, title: str, counted: Counter[str]) -> None:
    if counted:
        screen.heading(title)
        screen.table((_("Кому"), _("Сколько")), counted.most_common())


def _plain(made: Rehearsal) -> dict[str, Any]:
    return {
        "since": made.since.isoformat(),
        "until": made.until.isoformat() if made.until else None,
        "deltas": made.deltas,
        "events": made.events,
        "rules": [_tally(one) for one in made.tallies.values()],
        "letters": dict(made.letters),
        "tasks": dict(made.tasks),
        "actions": dict(made.actions),
        "untold": made.untold,
    }


def _tally(tally: Tally) -> dict[str, Any]:
    days = sorted({*tally.would, *tally.did})
    return {
        "rule": tally.rule,
        "title": tally.title,
        "would": tally.would.total(),
        "did": tally.did.total(),
        "both": tally.both,
        "failed": tally.failed,
        "days": [
            {"day": day.isoformat(), "would": tally.would[day], "did": tally.did[day]}
            for day in days
        ],
        "more": [_occasion(one) for one in tally.more],
        "less": [_occasion(one) for one in tally.less],
        "troubles": tally.troubles,
    }


def _occasion(one: Occasion) -> dict[str, Any]:
    return {
        "at": one.at.isoformat(),
        "kind": one.kind,
        "document": str(one.document),
        "cause": one.cause,
    }
