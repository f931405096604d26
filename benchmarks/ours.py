"""Our side: the product's own pull of the invoices, in a process that does nothing else.

`python -m benchmarks.ours first|scan|whole|reread --service URL --database URL --home DIR` prints
one line of JSON. `first` fills an empty store (the catalogs before the clock starts); `scan` pulls
again as the hub does daily, by versions; `whole` begins the set over, as after a lost cursor: every
document comes whole, none has changed; `reread` makes it read and merge every document anew.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from benchmarks.company import legal_inn
from benchmarks.memory import peak_with_helpers_mb
from provodka.connectors.crm_store import cursors, schema
from provodka.connectors.crm_store.engine import open_engine
from provodka.flows.hub import Hub, open_hub, utc_now
from provodka.flows.onec.pulling import CATALOGS, pull_mappings
from provodka.flows.onec.taking import stream_of
from provodka.flows.settings import Environment

# Nobody else works in this base, and the peer does not rest between pages either.
SETTINGS = """\
company: {{name: ООО «Ромашка», inn: "{inn}"}}
onec: {{url: "{url}", login: bench, password_file: "{secret}", base_share: 100}}
"""
WRITTEN = """
    SELECT schemaname || '.' || relname, n_tup_ins + n_tup_upd + n_tup_del
    FROM pg_stat_user_tables
    WHERE schemaname IN ('crm', 'hub', 'report', 'journal')
        AND relname NOT IN ('cursor', 'run', 'base_schema')
"""


def environment(options: argparse.Namespace) -> Environment:
    """The hub's environment: settings that name the data server, and the store to fill."""
    options.home.mkdir(parents=True, exist_ok=True)
    secret = options.home / "onec.password"
    secret.write_text("bench", encoding="utf-8")
    config = options.home / "hub.yaml"
    text = SETTINGS.format(inn=legal_inn(1), url=options.service, secret=secret)
    config.write_text(text, encoding="utf-8")
    return Environment(config=config, home=options.home, database_url=options.database)


def later() -> datetime:
    """A clock that says that the daily comparison is due."""
    return datetime.now(UTC) + timedelta(days=2)


def prepare(hub: Hub, step: str) -> None:
    """Bring the store to where the step begins."""
    if step == "first":
        pull_mappings(hub, hub.engine, CATALOGS)
    stream = stream_of(hub.mappings["invoice"])
    if step == "whole":
        with hub.engine.begin() as connection:
            cursors.forget(connection, stream)
    if step == "reread":
        with hub.engine.begin() as connection:
            cursors.move(connection, stream, {"mapping": "an older one", "complete": True})


def rows_written(database: str) -> Counter[str]:
    """Rows inserted, updated and deleted so far, by table; notes about runs and the base apart."""
    with psycopg.connect(database) as connection:
        return Counter(dict(connection.execute(WRITTEN).fetchall()))


def count(database: str, table: str) -> int:
    """Rows of a table of the store."""
    with psycopg.connect(database) as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def main() -> None:
    """Run one step and print its figures."""
    options = arguments()
    settings = environment(options)
    if options.step == "first":
        engine = open_engine(options.database)
        schema.migrate(engine)
        engine.dispose()
    with open_hub(settings, clock=later if options.step == "scan" else utc_now) as hub:
        prepare(hub, options.step)
        hub.engine.dispose()
        before = rows_written(options.database)
        started = time.perf_counter()
        counts = pull_mappings(hub, hub.engine, ("invoice",))
        seconds = time.perf_counter() - started
    written = rows_written(options.database) - before
    figures = {
        "seconds": round(seconds, 2),
        "documents": counts["read"],
        "written": written.total(),
        "written_by_table": dict(written),
        "stored": count(options.database, "crm.invoice"),
        "deltas": count(options.database, "hub.delta"),
        "counts": dict(counts),
        "peak_mb": peak_with_helpers_mb(),
    }
    print(json.dumps(figures))


def arguments() -> argparse.Namespace:
    """The step, where to read and where to write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=("first", "scan", "whole", "reread"))
    parser.add_argument("--service", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--home", type=Path, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
