"""What the same changes cost in a base ten times as large: sync by what changed, not by what is.

Two bases and their stores: one with the invoices of the first load, one with ten times as many.
In each the same thousand invoices change, a few times over, and the hub takes them in by the
exchange plan. Pulls of the two alternate, and their medians are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from urllib.parse import urlsplit

import psycopg

from benchmarks.catch_up import base, change, hub, inflated, pull
from benchmarks.catch_up_server import PLAN
from benchmarks.lab import Lab
from benchmarks.measure import Benchmark, Measured
from provodka.flows.hub import Hub

BAR = 1.3
TIMES = 10
CHANGES = 1_000
ROUNDS = 5


def run(lab: Lab) -> Measured:
    """Seconds in the large base for each second in the small one."""
    changes = min(CHANGES, lab.documents // (2 * ROUNDS))
    seconds: dict[str, list[float]] = {"small": [], "large": []}
    with ExitStack() as opened:
        sides = {
            "small": opened.enter_context(side(lab, lab.documents)),
            "large": opened.enter_context(side(lab, lab.documents * TIMES)),
        }
        for number in range(ROUNDS):
            for name in sorted(sides, reverse=bool(number % 2)):
                service, store = sides[name]
                change(service, number * changes, changes)
                took, counts = pull(store)
                assert counts["changed"] == counts["read"] == changes, counts
                seconds[name].append(took)
    typical = {name: median(figures) for name, figures in seconds.items()}
    ratio = typical["large"] / typical["small"]
    detail = {
        "documents": [lab.documents, lab.documents * TIMES],
        "changes": changes,
        "seconds": {name: [round(one, 3) for one in all_] for name, all_ in seconds.items()},
    }
    return Measured(ratio, ratio <= BAR, detail)


@contextmanager
def side(lab: Lab, total: int) -> Iterator[tuple[str, Hub]]:
    """A base with so many invoices, and a hub that has them all and follows its exchange plan."""
    with base(lab.documents, total) as service:
        database = inflated(lab, total)
        own = named(lab, database, f"growth_{total}")
        with hub(lab, service, own, f"exchange_plan: {PLAN}") as opened:
            pull(opened)
            yield service, opened


def named(lab: Lab, database: str, name: str) -> str:
    """A store under a name of its own, out of the way of the next."""
    with psycopg.connect(lab.cluster, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
        made = urlsplit(database).path.lstrip("/")
        connection.execute(f'ALTER DATABASE "{made}" RENAME TO "{name}"')
    return urlsplit(database)._replace(path=f"/{name}").geturl()


benchmark = Benchmark("sync_growth", "×", f"≤ {BAR}", run)
