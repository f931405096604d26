"""What it costs to catch up on a hundred changed invoices of a million, against a full pull.

The full pull's cost is that of the first load in the same run, by document. The store then gets
ten times as many invoices and bindings as were loaded, and the base as many versions. A hundred
invoices change, and the hub brings itself up to date: by the exchange plan, and by versions.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from urllib.request import Request, urlopen
from uuid import uuid4

import psycopg

from benchmarks.catch_up_server import PLAN
from benchmarks.company import INVOICES, guid, legal_inn, version
from benchmarks.lab import ROOT, Lab
from benchmarks.measure import Benchmark, Measured
from benchmarks.ours import SETTINGS
from provodka.flows.hub import Hub, open_hub
from provodka.flows.onec.pulling import pull_mappings
from provodka.flows.settings import Environment

BAR = 1.0
TIMES = 10
TODAY = datetime(2026, 11, 14, 9, tzinfo=UTC)
MORE = "CREATE TEMP TABLE more (key text, version text, number int, document uuid)"
COMPARED = """
    UPDATE hub.cursor SET position = position || jsonb_build_object('swept_at', %s::text)
    WHERE stream = 'onec:invoice'
"""
INFLATE = """
    SET LOCAL session_replication_role = replica;
    INSERT INTO crm.invoice
    SELECT made.* FROM more, (SELECT i FROM crm.invoice i LIMIT 1) known,
        jsonb_populate_record(known.i, jsonb_build_object(
            'id', more.document, 'number', 'М' || more.number)) made;
    INSERT INTO hub.binding (system, kind, external_key, document, external_version, snapshot)
    SELECT 'onec', 'invoice', more.key, more.document, more.version, known.snapshot
    FROM more, (SELECT snapshot FROM hub.binding WHERE kind = 'invoice' LIMIT 1) known;
"""


def run(lab: Lab) -> Measured:
    """Both ways of finding changes; the value is the exchange plan's."""
    first = lab.pull["first"]
    total = lab.documents * TIMES
    full = first["seconds"] / lab.documents * total
    with base(lab.documents, total) as service:
        database = inflated(lab, total)
        figures = {
            "plan": by_plan(lab, service, database),
            **by_scan(lab, service, database),
        }
        assert edited(database) == 2 * few(lab), figures
    share = 100 * figures["plan"] / full
    detail = {
        "documents": total,
        "changed": few(lab),
        "full_pull_seconds": round(full, 1),
        "seconds": {name: round(seconds, 3) for name, seconds in figures.items()},
        "percent": {name: round(100 * seconds / full, 3) for name, seconds in figures.items()},
    }
    return Measured(share, share <= BAR, detail)


def few(lab: Lab) -> int:
    """How many change at once: a hundred, unless so few are loaded that they would be old."""
    return min(100, lab.documents // 100)


def by_plan(lab: Lab, service: str, database: str) -> float:
    """Seconds to take one message of changed invoices and confirm it."""
    with hub(lab, service, database, f"exchange_plan: {PLAN}") as opened:
        pull(opened)
        change(service, lab.documents - 2 * few(lab), few(lab))
        seconds, counts = pull(opened)
    assert counts["changed"] == counts["read"] == few(lab), counts
    return seconds


def by_scan(lab: Lab, service: str, database: str) -> dict[str, float]:
    """Seconds to find as many by versions, and what the hourly and the daily scan cost then."""
    with hub(lab, service, database, "exchange_plan: false") as opened:
        pull(opened)
        change(service, lab.documents - few(lab), few(lab))
        seconds, counts = pull(opened)
        assert counts["changed"] == few(lab), counts
        hourly, _counts = pull(at(opened, timedelta(hours=2)))
        daily, counts = pull(at(opened, timedelta(days=2)))
    assert counts["read"] == counts["same"] == lab.documents * TIMES, counts
    return {"scan": seconds, "hourly_scan": hourly, "daily_comparison": daily}


def pull(opened: Hub) -> tuple[float, dict[str, int]]:
    """One run of the stream, and how long it took."""
    started = time.perf_counter()
    counts = pull_mappings(opened, opened.engine, ("invoice",))
    return time.perf_counter() - started, counts


def at(opened: Hub, wait: timedelta) -> Hub:
    """The same hub later."""
    return replace(opened, clock=lambda: TODAY + wait)


@contextmanager
def hub(lab: Lab, service: str, database: str, way: str) -> Iterator[Hub]:
    """A hub on that store and base, told how to find changes."""
    home = lab.folder / "catch_up"
    home.mkdir(exist_ok=True)
    secret = home / "onec.password"
    secret.write_text("bench", encoding="utf-8")
    settings = SETTINGS.format(inn=legal_inn(1), url=service, secret=secret)
    config = home / "hub.yaml"
    config.write_text(settings.replace("login: bench", f"login: bench, {way}"), encoding="utf-8")
    environment = Environment(config=config, home=home, database_url=database)
    with open_hub(environment, clock=lambda: TODAY) as opened:
        yield opened


@contextmanager
def base(documents: int, total: int) -> Iterator[str]:
    """The address of the data server's OData service."""
    command = [sys.executable, "-m", "benchmarks.catch_up_server"]
    sizes = ["--documents", str(documents), "--total", str(total)]
    with subprocess.Popen(
        [*command, *sizes], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def change(service: str, first: int, count: int) -> None:
    """Somebody edits so many invoices."""
    target = f"{service}change?first={first}&count={count}"
    with urlopen(Request(target, method="POST"), timeout=600) as answer:  # noqa: S310
        assert answer.status == 200, target


def inflated(lab: Lab, total: int) -> str:
    """A copy of the store that the full pull has filled, with the other invoices put in."""
    ours, name = lab.pull["first"]["stored"], "catch_up"
    assert ours == lab.documents, ours
    with psycopg.connect(lab.cluster, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "ours"')
    database = urlsplit(lab.cluster)._replace(path=f"/{name}").geturl()
    with psycopg.connect(database) as connection:
        connection.execute(
            "CREATE TEMP TABLE more (key text, version text, number int, document uuid)"
        )
        with connection.cursor().copy("COPY more FROM STDIN") as copy:
            for number in range(lab.documents, total):
                row = (guid(INVOICES, number), version(number + 1), number, uuid4())
                copy.write_row(row)
        connection.execute(INFLATE)
        connection.execute(COMPARED, (TODAY.isoformat(),))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return database


def edited(database: str) -> int:
    """Invoices that have come to the store as they were edited."""
    found = "SELECT count(*) FROM crm.invoice WHERE comment = 'Бухгалтер исправил'"
    with psycopg.connect(database) as connection:
        row = connection.execute(found).fetchone()
    return int(row[0]) if row else 0


benchmark = Benchmark("catch_up", "% of a full pull", f"≤ {BAR:g}", run)
