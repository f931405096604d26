"""`provodka sync`: run streams now, or show what a run would change."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.exits import ExitCode
from provodka.flows.cli.group import leave
from provodka.flows.cli.words import argument, described, option
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from provodka.flows.cli.progress import Progress
    from provodka.flows.cli.screen import Screen
    from provodka.flows.hub import Hub
    from provodka.flows.planning.rehearsing import Heard
    from provodka.flows.recorded import Ran
    from provodka.flows.streams import Stream

__all__ = ["declare"]


def declare(app: typer.Typer) -> None:
    """Add the command."""
    text = (
        _("Выполнить потоки один раз, по порядку."),
        _(
            "Потоки: catalogs, accounting, exchange, settlements, stock, bank, calls, triggers, "
            "invoices, outbox, reports, alerts; без имен все. "
            "С --plan ничего не записывается: показывается, что было бы создано, "
            "изменено, удалено и отложено. Код 3, если часть документов отложена; 1, если поток не "
            "удался (остальные все равно выполняются)."
        ),
    )
    lines = ("provodka sync", "provodka sync catalogs --plan", "provodka sync outbox")
    app.command("sync", **described(*text, *lines))(sync)


def sync(
    ctx: typer.Context,
    streams: Annotated[
        list[str] | None,
        argument(_("ПОТОК"), _("Какие потоки; без имен все")),
    ] = None,
    plan: Annotated[
        bool,
        option("--plan", text=_("Показать, что изменилось бы, и ничего не записать")),
    ] = False,
    save: Annotated[
        Path | None,
        option("--save", metavar=_("ФАЙЛ"), text=_("Сохранить план, чтобы потом выполнить его")),
    ] = None,
    apply: Annotated[
        Path | None,
        option("--apply", metavar=_("ФАЙЛ"), text=_("Выполнить сохраненный план, и только его")),
    ] = None,
    allow_deletes: Annotated[
        bool,
        option("--allow-deletes", text=_("Принять все удаления из 1С, сколько бы их ни было")),
    ] = False,
) -> None:
    """Run streams in their order and sum up."""
    from provodka.flows.cli.progress import shown
    from provodka.flows.cli.stream_runs import read_files, run_all
    from provodka.flows.onec.following.guarding import trusting

    desk = Desk(ctx)
    _fitting(plan=plan, save=save, apply=apply, streams=streams or ())
    if apply is not None:
        _carry_out(desk, apply, allow_deletes=allow_deletes)
        return
    chosen = _chosen(streams or (), plan=plan, kept=save is not None)
    with desk.hub() as opened:
        hub = trusting(opened) if allow_deletes else opened
        read_files(hub, chosen, named=bool(streams))
        if plan:
            _rehearse(desk, hub, chosen, save)
            return
        with shown(chosen) as progress:
            ran = run_all(hub, chosen, progress)
    desk.screen.document({"streams": ran})
    _show_runs(desk.screen, chosen, ran)
    _show_drift(desk.screen, hub)
    leave(worst(ran))


def _rehearse(desk: Desk, hub: Hub, chosen: Sequence[Stream], save: Path | None) -> None:
    """Show what a run would do, and keep that if a file is named."""
    from provodka.flows.cli.plan_shown import show_plan
    from provodka.flows.cli.progress import shown
    from provodka.flows.planning import file
    from provodka.flows.planning.rehearsing import rehearse

    with shown(chosen) as progress:
        found = rehearse(hub, chosen, _heard(progress))
    if save is not None:
        file.save(found.plan, save, hub.clock())
    desk.screen.document({"streams": found.ran, "plan": file.told(found.plan)})
    show_plan(desk.screen, found.plan, found.names)
    _show_runs(desk.screen, chosen, found.ran)
    _show_drift(desk.screen, hub)
    if save is not None:
        line = f"provodka sync --apply {save}"
        desk.screen.line(_("выполнить: {line}").format(line=line), mark="·")
    leave(worst(found.ran))


def _carry_out(desk: Desk, path: Path, *, allow_deletes: bool) -> None:
    """Do what a saved plan says, or tell what has moved on since."""
    from provodka.flows.cli.plan_shown import show_applied, show_moved
    from provodka.flows.cli.progress import shown
    from provodka.flows.cli.telling import said
    from provodka.flows.onec.following.guarding import trusting
    from provodka.flows.planning import file
    from provodka.flows.planning.applying import WorldMoved, apply

    planned = file.load(path)
    chosen = _chosen(planned.streams, plan=True)
    with desk.hub() as opened, shown(chosen) as progress:
        hub = trusting(opened) if allow_deletes else opened
        try:
            done = apply(hub, planned, chosen, _heard(progress))
        except WorldMoved as error:
            desk.screen.document({"errors": [said(error)], "moved": error.moved})
            show_moved(desk.screen, error.moved)
            desk.screen.line(error.next_step, mark="·")
            leave(ExitCode.FAILED)
            return
    desk.screen.document({"streams": done.ran, "sent": done.sent, "later": done.later})
    show_applied(desk.screen, done)
    _show_runs(desk.screen, chosen, done.ran)
    leave(worst(done.ran) if done.whole else ExitCode.FAILED)


def _heard(progress: Progress) -> Heard:
    """A stream's begin and end, told to a progress."""

    def heard(stream: Stream, state: str) -> None:
        if state:
            progress.end(stream, state)
        else:
            progress.begin(stream)

    return heard


def _fitting(*, plan: bool, save: Path | None, apply: Path | None, streams: Sequence[str]) -> None:
    """Raise `ConfigurationError` for parameters that exclude one another."""
    from provodka.foundation.errors import ConfigurationError

    found = ""
    if apply is not None and (plan or save is not None or streams):
        found = _("--apply вместе с --plan, --save или именами потоков")
    elif save is not None and not plan:
        found = _("--save без --plan")
    if found:
        raise ConfigurationError(
            _("Команда «{path}»").format(path="provodka sync"),
            found=found,
            expected=_("--plan --save ФАЙЛ, а потом --apply ФАЙЛ"),
            next_step=_("посмотрите {path} --help").format(path="provodka sync"),
            code="usage",
        )


def _chosen(names: Sequence[str], *, plan: bool, kept: bool = False) -> list[Stream]:
    """The streams in the order in which they must run; a wrong name is told with what there is."""
    from provodka.flows.streams import STREAMS
    from provodka.foundation.errors import ConfigurationError

    known = {
        name: one
        for name, one in STREAMS.items()
        if (one.rehearsable or not plan) and (one.savable or not kept)
    }
    for name in names:
        if name not in known:
            step = _("назовите поток из списка, с --plan можно не все")
            if kept and name in STREAMS and STREAMS[name].rehearsable:
                step = _("план писем показывают без --save; заберет их provodka sync mail")
            raise ConfigurationError(
                _("Команда «{path}»").format(path="provodka sync"),
                found=_("поток «{name}»").format(name=name),
                expected=", ".join(known),
                next_step=step,
                code="unknown_stream",
            )
    return [one for name, one in known.items() if name in names or (one.usual and not names)]


def worst(ran: Sequence[Ran]) -> ExitCode:
    """The code of the whole run: a failure weighs more than documents set aside."""
    states = {one.state for one in ran}
    if not states.isdisjoint({"failed", "busy"}):
        return ExitCode.FAILED
    return ExitCode.SET_ASIDE if "set_aside" in states else ExitCode.DONE


def _show_runs(screen: Screen, streams: Sequence[Stream], ran: Sequence[Ran]) -> None:
    from provodka.dashboards.insight.counted import tally
    from provodka.flows.cli.screen import state

    screen.heading(_("Потоки"))
    screen.table(
        (_("Поток"), _("Что это"), _("Итог"), _("Счетчики")),
        (
            (one.stream, _(stream.title), state(one.state), tally(one.counts))
            for stream, one in zip(streams, ran, strict=True)
        ),
    )
    for one in ran:
        if one.note and one.state != "skipped":
            screen.line(f"{one.stream}: {one.note}", mark="✗")
        for named in one.aside:
            screen.line(_("отложен {document}").format(document=named), mark="!")


def _show_drift(screen: Screen, hub: Hub) -> None:
    """What has changed in the 1C base under the mappings, and what came of it."""
    from provodka.flows.onec.metadata.telling import told

    for line in told(hub.schema_watch):
        screen.line(line, mark="!")
