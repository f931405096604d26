"""`provodka sync`: run streams now, or show what a run would change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.exits import ExitCode
from provodka.flows.cli.group import leave
from provodka.flows.cli.words import argument, described, option
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from provodka.flows.cli.screen import Screen
    from provodka.flows.hub import Hub
    from provodka.flows.insight.changes import Entry
    from provodka.flows.insight.plan import Plan, PlannedChange
    from provodka.flows.recorded import Ran
    from provodka.flows.streams import Stream

__all__ = ["declare", "show_plan"]

MOST_ROWS = 200


def declare(app: typer.Typer) -> None:
    """Add the command."""
    text = (
        _("Выполнить потоки один раз, по порядку."),
        _(
            "Потоки: catalogs, accounting, exchange, bank, calls, triggers, invoices, outbox, "
            "reports; без имен все. "
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
    allow_deletes: Annotated[
        bool,
        option("--allow-deletes", text=_("Принять все удаления из 1С, сколько бы их ни было")),
    ] = False,
) -> None:
    """Run streams in their order and sum up."""
    from provodka.flows.cli.progress import shown
    from provodka.flows.cli.stream_runs import read_files, rehearse, run_all
    from provodka.flows.onec.following.guarding import trusting

    desk = Desk(ctx)
    chosen = _chosen(streams or (), plan=plan)
    with desk.hub() as opened:
        hub = trusting(opened) if allow_deletes else opened
        read_files(hub, chosen, named=bool(streams))
        with shown(chosen) as progress:
            if plan:
                ran, planned = rehearse(hub, chosen, progress)
            else:
                ran, planned = run_all(hub, chosen, progress), None
    desk.screen.document({"streams": ran} | ({"plan": planned} if planned else {}))
    if planned:
        show_plan(desk.screen, planned)
    _show_runs(desk.screen, chosen, ran)
    _show_drift(desk.screen, hub)
    leave(worst(ran))


def _chosen(names: Sequence[str], *, plan: bool) -> list[Stream]:
    """The streams in the order in which they must run; a wrong name is told with what there is."""
    from provodka.flows.streams import STREAMS
    from provodka.foundation.errors import ConfigurationError

    known = {name: one for name, one in STREAMS.items() if one.rehearsable or not plan}
    for name in names:
        if name not in known:
            raise ConfigurationError(
                _("Команда «{path}»").format(path="provodka sync"),
                found=_("поток «{name}»").format(name=name),
                expected=", ".join(known),
                next_step=_("назовите поток из списка, с --plan можно не все"),
                code="unknown_stream",
            )
    return [one for name, one in known.items() if not names or name in names]


def worst(ran: Sequence[Ran]) -> ExitCode:
    """The code of the whole run: a failure weighs more than documents set aside."""
    states = {one.state for one in ran}
    if not states.isdisjoint({"failed", "busy"}):
        return ExitCode.FAILED
    return ExitCode.SET_ASIDE if "set_aside" in states else ExitCode.DONE


def _show_runs(screen: Screen, streams: Sequence[Stream], ran: Sequence[Ran]) -> None:
    from provodka.flows.cli.screen import state
    from provodka.flows.insight.wording import tally

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


def show_plan(screen: Screen, plan: Plan) -> None:
    """What a run would create, change, delete and set aside."""
    from provodka.flows.insight.titles import kind_title
    from provodka.flows.insight.wording import stream_word

    ops = {"insert": _("создать"), "update": _("изменить"), "delete": _("удалить")}
    screen.heading(_("Что изменилось бы: {count}").format(count=len(plan.changes)))
    if plan.changes:
        screen.table(
            (_("Действие"), _("Вид"), _("Документ"), _("Что в нем")),
            (
                (ops[one.op], kind_title(one.kind), one.title or one.document, told_change(one))
                for one in plan.changes[:MOST_ROWS]
            ),
        )
    if len(plan.changes) > MOST_ROWS:
        more = len(plan.changes) - MOST_ROWS
        screen.line(_("и еще {more}; все покажет --json").format(more=more), mark="·")
    for title, held in (
        (_("Были бы отложены"), plan.set_aside),
        (_("Ждали бы родителя"), plan.parked),
    ):
        if held:
            screen.heading(title)
            screen.table(
                (_("Поток"), _("Ключ"), _("Почему"), _("Что делать")),
                (
                    (stream_word(one.stream), one.external_key, one.reason, one.next_step)
                    for one in held
                ),
            )


def told_change(change: PlannedChange) -> str:
    """The fields of a change: old → new; of a new document only how much it holds."""
    if change.op == "insert":
        lines = sum(1 for entry in change.entries if entry.part)
        return _("строк: {lines}").format(lines=lines) if lines else ""
    return "; ".join(told for entry in change.entries for told in _told_entry(change.kind, entry))


def _told_entry(kind: str, entry: Entry) -> Iterator[str]:
    from provodka.flows.insight.fields import field_title, part_title, value_word

    where = f"{part_title(entry.part)} {entry.line}: " if entry.part else ""
    for one in entry.fields:
        of = (kind, entry.part, one.field)
        before, after = (_short(value_word(*of, value)) for value in (one.before, one.after))
        yield f"{where}{field_title(*of)}: {before} → {after}"


def _short(value: Any) -> str:
    text = "—" if value is None else " ".join(str(value).split())
    return text if len(text) <= 40 else text[:39] + "…"
