"""`provodka sweep`: everything in 1C against everything here, shown, and mended if told to."""

from __future__ import annotations

from collections import Counter
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
    from provodka.flows.onec.sweeping.report import Swept
    from provodka.flows.recorded import Ran

__all__ = ["declare"]


def declare(app: typer.Typer) -> None:
    """Add the command."""
    text = (
        _("Сверить с 1С все документы, а не только изменившиеся."),
        _(
            "Сравнивает ключи, версии, пометки удаления и содержание: чего нет в хабе, что в нем "
            "лишнее, что отличается, что изменено здесь и не отправлено. Без --mend ничего не "
            "меняется. С --mend недостающее и отличающееся принимается из 1С, лишнее помечается "
            "удаленным, неотправленное ставится в очередь. Потоки: client, invoice и другие "
            "соответствия, или catalogs и accounting. Код 3, если что-то осталось."
        ),
    )
    lines = ("provodka sweep", "provodka sweep invoice --mend", "provodka sweep --json")
    app.command("sweep", **described(*text, *lines))(sweep)


def sweep(
    ctx: typer.Context,
    streams: Annotated[
        list[str] | None, argument(_("ПОТОК"), _("Какие потоки; без имен все"))
    ] = None,
    mend: Annotated[bool, option("--mend", text=_("Устранить найденное"))] = False,
    allow_deletes: Annotated[
        bool,
        option("--allow-deletes", text=_("Принять все удаления из 1С, сколько бы их ни было")),
    ] = False,
) -> None:
    """Compare, show, and end with 3 while anything differs."""
    from provodka.flows.cli.progress import shown
    from provodka.flows.onec.following.guarding import trusting
    from provodka.flows.onec.sweeping.choosing import chosen
    from provodka.flows.onec.sweeping.running import sweep as compare
    from provodka.flows.recorded import run_recorded
    from provodka.flows.streams import STREAMS, Stream

    desk = Desk(ctx)
    found: list[Swept] = []
    with desk.hub() as opened:
        hub = trusting(opened) if allow_deletes else opened
        hub.require_base()
        names = chosen(hub, streams or ())

        def run(hub: Hub, _work: object) -> Counter[str]:
            return compare(hub, names, mends=mend, heard=found.append)

        stream = Stream("sweep", STREAMS["sweep"].title, run)
        with shown([stream]) as progress:
            progress.begin(stream)
            ran = run_recorded(hub, stream, progress.counted)
            progress.end(stream, ran.state)
        desk.screen.document({"run": ran, "streams": [one.as_json() for one in found]})
        _show(desk.screen, hub, found)
    if ran.note:
        desk.screen.line(ran.note, mark="✗")
    leave(_code(ran, found))


def _code(ran: Ran, found: Sequence[Swept]) -> ExitCode:
    if ran.state not in ("done", "set_aside"):
        return ExitCode.FAILED
    left = any(one.left or not one.compared for one in found)
    return ExitCode.SET_ASIDE if left else ExitCode.DONE


def _show(screen: Screen, hub: Hub, found: Sequence[Swept]) -> None:
    from provodka.dashboards.insight.counted import tally
    from provodka.dashboards.insight.wording import stream_word
    from provodka.flows.onec.sweeping.verdicts import by_what

    screen.table(
        (_("Поток"), _("В 1С"), _("Здесь"), _("Найдено"), _("Сделано"), _("Осталось")),
        (
            (
                stream_word(one.stream),
                one.listed if one.compared else "",
                one.bound if one.compared else "",
                tally(by_what(one.found)),
                tally({name: count for name, count in one.mended.items() if name != "read"}),
                tally(by_what(one.left)) if one.mends else "",
            )
            for one in found
        ),
    )
    for one in found:
        if one.note:
            screen.line(f"{stream_word(one.stream)}: {one.note}", mark="!")
    samples = list(_samples(hub, found))
    if samples:
        screen.heading(_("Примеры"))
        columns = (_("Документ"), _("Ключ в 1С"), _("Что"), _("Почему"), _("Что делать"))
        screen.cards(columns, samples)
    elif found and all(one.compared for one in found):
        screen.line(_("расхождений нет"), mark="✓")


def _samples(hub: Hub, found: Sequence[Swept]) -> Iterator[Sequence[str]]:
    """Each sample in words: which document, what is wrong with it, why, and the next step."""
    from provodka.dashboards.insight.titles import kind_title, titles
    from provodka.flows.onec.sweeping.wording import next_step, what_word, why_word

    keys = [(one.kind, drift.document) for one in found for drift in one.shown if drift.document]
    with hub.engine.connect() as connection:
        called: Any = titles(connection, keys)
    for one in found:
        for drift in one.shown:
            name = called.get((one.kind, drift.document), "")
            fields = f": {', '.join(drift.fields)}" if drift.fields else ""
            yield (
                f"{kind_title(one.kind)} {name}".rstrip(),
                drift.key,
                what_word(drift.what),
                why_word(drift.why) + fields,
                next_step(drift.what, drift.why),
            )
