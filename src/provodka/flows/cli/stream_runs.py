"""Running streams one after another for the command line, or only rehearsing them."""

from __future__ import annotations

from collections.abc import Sequence

from provodka.flows.cli.progress import Progress
from provodka.flows.hub import Hub
from provodka.flows.insight.plan import Plan, read_plan
from provodka.flows.recorded import Ran, explained, run_recorded
from provodka.flows.streams import Stream
from provodka.flows.work import Rehearsal

__all__ = ["read_files", "rehearse", "run_all"]


def read_files(hub: Hub, streams: Sequence[Stream], *, named: bool) -> None:
    """Raise `ConfigurationError` for what no stream of these could do its work with.

    Streams whose system is not configured are simply skipped, unless they were `named`.
    """
    names = {stream.name for stream in streams}
    if "triggers" in names:
        len(hub.book.rules)
    if named and not names.isdisjoint({"catalogs", "accounting"}):
        hub.require_base()
    if hub.base is not None:
        len(hub.mappings)


def run_all(hub: Hub, streams: Sequence[Stream], progress: Progress) -> list[Ran]:
    """Run streams into the store, each recorded, none stopping the others."""
    ran = []
    for stream in streams:
        progress.begin(stream)
        ran.append(run_recorded(hub, stream))
        progress.end(stream, ran[-1].state)
    return ran


def rehearse(hub: Hub, streams: Sequence[Stream], progress: Progress) -> tuple[list[Ran], Plan]:
    """Run streams in one transaction, read what they did, and undo it all."""
    ran = []
    with Rehearsal.on(hub.engine) as rehearsal:
        for stream in streams:
            progress.begin(stream)
            ran.append(_rehearsed(hub, stream, rehearsal))
            progress.end(stream, ran[-1].state)
        return ran, read_plan(rehearsal.connection)


def _rehearsed(hub: Hub, stream: Stream, rehearsal: Rehearsal) -> Ran:
    try:
        counts = stream.run(hub, rehearsal)
    except Exception as error:
        skipped = getattr(error, "code", "") == "no_base"
        return Ran(stream.name, "skipped" if skipped else "failed", {}, explained(error))
    return Ran(stream.name, "set_aside" if counts["set_aside"] else "done", counts)
