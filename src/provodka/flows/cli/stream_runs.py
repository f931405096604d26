"""Running streams one after another for the command line."""

from __future__ import annotations

from collections.abc import Sequence

from provodka.flows.cli.progress import Progress
from provodka.flows.hub import Hub
from provodka.flows.onec.balances.checking import declared
from provodka.flows.recorded import Ran, run_recorded
from provodka.flows.streams import Stream
from provodka.mappings.balances.catalog import BALANCES

__all__ = ["read_files", "run_all"]


def read_files(hub: Hub, streams: Sequence[Stream], *, named: bool) -> None:
    """Raise `ConfigurationError` for what no stream of these could do its work with.

    Streams whose system is not configured are simply skipped, unless they were `named`.
    """
    names = {stream.name for stream in streams}
    if "triggers" in names:
        len(hub.book.rules)
    if named and not names.isdisjoint({"catalogs", "accounting", *BALANCES}):
        hub.require_base()
        for name in names.intersection(BALANCES):
            declared(hub, name)
    if hub.base is not None:
        len(hub.mappings)


def run_all(hub: Hub, streams: Sequence[Stream], progress: Progress) -> list[Ran]:
    """Run streams into the store, each recorded, none stopping the others."""
    ran = []
    for stream in streams:
        progress.begin(stream)
        ran.append(run_recorded(hub, stream, progress.counted))
        progress.end(stream, ran[-1].state)
    return ran
