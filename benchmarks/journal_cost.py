"""What the journal adds to the merging of pages: the same pages, with its triggers and without.

Both stores are in one PostgreSQL and take each page in turn, first one, then the other. Invoices
come new, a page at a time; then every one of them changes, in its head and in one of its lines.
Only the writing is timed: reading, understanding and comparing are the same with no journal.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import psycopg
from sqlalchemy import Connection, Engine

from benchmarks.company import INVOICES, version
from benchmarks.lab import Lab
from benchmarks.measure import Benchmark, Measured
from benchmarks.rows import Rows, company_rows
from provodka.connectors.crm_store import journal, schema
from provodka.connectors.crm_store.engine import open_engine
from provodka.connectors.onec.odata.wire_json import decode
from provodka.flows.onec.matching import Assigned
from provodka.flows.onec.merging import Plan, plan_page, write
from provodka.flows.onec.taking import Taking, sort_rows, take
from provodka.mappings.books import BOOKS, read_book
from provodka.mappings.catalog import load_mappings, set_folder
from provodka.mappings.compiled import Mapping

BAR = 40
DOCUMENTS = 20_000
PAGE = 1_000
LATER = version(50_000_000)
CATALOGS = ("organization", "client", "contract", "product")
ZONE = ZoneInfo("Europe/Moscow")
SILENCE = """
    ALTER TABLE crm.{table} DISABLE TRIGGER journal_insert, DISABLE TRIGGER journal_update,
        DISABLE TRIGGER journal_delete
"""


def run(lab: Lab) -> Measured:
    """The journal's share, in per cent of the time that the merge takes without it."""
    documents = min(DOCUMENTS, lab.documents)
    sets = company_rows(documents)
    taking = knowledge(sets)
    stores = prepared_stores(lab, taking, sets)
    try:
        seconds = {
            "new": timed(stores, taking, newcomers(sets[INVOICES])),
            "changed": timed(stores, taking, changed(sets[INVOICES])),
        }
        kept = {name: count(engine, "hub.delta") for name, engine in stores.items()}
    finally:
        for engine in stores.values():
            engine.dispose()
    assert kept["with"] - kept["without"] == 4 * documents, kept
    total = {name: sum(one[name] for one in seconds.values()) for name in stores}
    detail = {
        "documents": documents,
        "seconds": {
            step: {name: round(figure, 2) for name, figure in one.items()}
            for step, one in seconds.items()
        },
        "percent": {step: round(share(one), 1) for step, one in seconds.items()},
    }
    return Measured(share(total), share(total) <= BAR, detail)


def share(seconds: dict[str, float]) -> float:
    """What the journal adds, in per cent."""
    return 100 * (seconds["with"] / seconds["without"] - 1)


def timed(
    stores: dict[str, Engine], taking: Taking, pages: Iterator[list[dict[str, Any]]]
) -> dict[str, float]:
    """Seconds that each store spends on writing the pages; they take turns in going first."""
    seconds = dict.fromkeys(stores, 0.0)
    order = list(stores)
    for rows in pages:
        ready: dict[str, Plan] = {}
        for name in order:
            with stores[name].connect() as connection, connection.begin():
                journal.attribute(connection, "onec")
                plan = planned(connection, taking, rows, ready)
                started = time.perf_counter()
                write(connection, "onec", taking.mappings["invoice"], plan)
                connection.commit()
                seconds[name] += time.perf_counter() - started
        order.reverse()
    return seconds


def planned(
    connection: Connection,
    taking: Taking,
    rows: list[dict[str, Any]],
    ready: dict[str, Plan],
) -> Plan:
    """What a page changes; both stores get the same, and it is made once."""
    if "plan" not in ready:
        mapping = taking.mappings["invoice"]
        found = sort_rows(connection, taking, mapping, rows)
        bound = [
            Assigned(one, found.seen[one.external_key][0], matched=True)
            for one in found.page.understood
            if one.external_key in found.seen
        ]
        assert not found.page.misunderstood, found.page.misunderstood[0].error
        plan = plan_page(connection, "onec", mapping, [*found.assignment.assigned, *bound])
        ready["plan"] = plan
    return ready["plan"]


def newcomers(invoices: Rows) -> Iterator[list[dict[str, Any]]]:
    """The invoices as the base gives them, page by page."""
    for first in range(0, len(invoices), PAGE):
        yield decode(b"[" + invoices.page(first, first + PAGE) + b"]")


def changed(invoices: Rows) -> Iterator[list[dict[str, Any]]]:
    """The same after somebody has corrected each of them."""
    for rows in newcomers(invoices):
        corrected = deepcopy(rows)
        for row in corrected:
            row |= {"DataVersion": LATER, "Комментарий": "Бухгалтер исправил"}
            row["Товары"][0]["Содержание"] += ", уточнено"
        yield corrected


def knowledge(sets: dict[str, Rows]) -> Taking:
    """What a run knows of the base that has these sets."""
    mappings: dict[str, Mapping] = load_mappings(set_folder("bp30"))
    books = {
        name: read_book(name, whole(sets[book.entity]))
        for name, book in BOOKS.items()
        if book.entity in sets
    }
    return Taking(ZONE, books, mappings)


def whole(rows: Rows) -> list[dict[str, Any]]:
    """All rows of a set."""
    found: list[dict[str, Any]] = decode(b"[" + rows.page(0, len(rows)) + b"]")
    return found


def prepared_stores(lab: Lab, taking: Taking, sets: dict[str, Rows]) -> dict[str, Engine]:
    """Two stores with the same catalogs; in one of them invoices have no journal."""
    address = lab.store("journaled")
    engine = open_engine(address)
    schema.migrate(engine)
    for name in CATALOGS:
        mapping = taking.mappings[name]
        with engine.begin() as connection:
            counts = take(connection, taking, mapping, whole(sets[mapping.entity]))
        assert counts["new"] == counts["read"], (name, Counter(counts))
    engine.dispose()
    with psycopg.connect(lab.cluster, autocommit=True) as connection:
        connection.execute('DROP DATABASE IF EXISTS "silent"')
        connection.execute('CREATE DATABASE "silent" TEMPLATE "journaled"')
    silent = urlsplit(address)._replace(path="/silent").geturl()
    with psycopg.connect(silent) as connection:
        for table in ("invoice", "invoice_lines"):
            connection.execute(SILENCE.format(table=table).encode())
    return {"with": open_engine(address), "without": open_engine(silent)}


def count(engine: Engine, table: str) -> int:
    """Rows of a table."""
    with engine.connect() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


benchmark = Benchmark("journal_cost", "% of the merge", f"≤ {BAR}", run)
