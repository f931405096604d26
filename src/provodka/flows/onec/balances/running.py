"""The streams `settlements` and `stock`: one reading of a balance, whole, each run."""

from __future__ import annotations

from collections import Counter

from provodka.connectors.crm_store import bindings, cursors, locks
from provodka.flows.hub import Hub
from provodka.flows.onec.balances.asking import ask
from provodka.flows.onec.balances.checking import declared, explained
from provodka.flows.onec.balances.keeping import Keeping, keep
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.tolerance import Tolerance
from provodka.flows.work import Work, later_of
from provodka.mappings.balances.reading import read_balance, references

__all__ = ["run_settlements", "run_stock"]


def run_settlements(hub: Hub, work: Work) -> Counter[str]:
    """Read what clients owe us and we owe them; see `keep` for the counts."""
    return _run(hub, work, "settlements")


def run_stock(hub: Hub, work: Work) -> Counter[str]:
    """Read what is left of products in warehouses; see `keep` for the counts."""
    return _run(hub, work, "stock")


def _run(hub: Hub, work: Work, name: str) -> Counter[str]:
    base, one = hub.require_base(), declared(hub, name)
    with locks.alone(hub.engine, f"take:{name}", wait=True):
        now = hub.clock()
        with explained(hub, one):
            asked = ask(base, one, now)
        with work.begin() as connection:
            known = bindings.documents(connection, SYSTEM, references(one, asked.rows))
            reading = read_balance(one, asked.rows, known, asked.books)
            tolerance = Tolerance.of(hub.settings.streams)
            settings = hub.settings.onec
            if settings is None:
                raise LookupError("onec")
            keeping = Keeping(now, settings, tolerance, later_of(work))
            counts = keep(connection, one, reading, keeping)
            cursors.move(connection, name, {"as_of": now.isoformat(), "mapping": one.version})
    counts["read"] = len(asked.rows)
    hub.tally.add(counts)
    return counts
