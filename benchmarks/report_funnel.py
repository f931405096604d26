"""The funnel of many deals: built anew from the journal, and brought up to a thousand changes."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.csv as arrow_csv
from pyarrow import parquet
from sqlalchemy import Engine, text

from benchmarks.lab import PEER_PYTHON, Lab, run_for_figures
from benchmarks.measure import Benchmark, Measured
from benchmarks.report_journal import VISITS, write_deals
from provodka.connectors.crm_store import schema
from provodka.connectors.crm_store.engine import driver_of, open_engine
from provodka.dashboards.reports import catalog, keeping, stage_visit
from provodka.dashboards.results import ReportQuery, ReportResult

BAR = 2
DEALS = int(os.environ.get("PROVODKA_BENCH_DEALS", "100000"))
"""A tenth of what the bar speaks of, which takes half an hour; the whole by the environment."""
CHANGED = 1_000
JOURNAL = """SELECT kind, document, id, at, origin, before, after FROM hub.delta
  WHERE kind IN ('deal', 'client', 'employee') AND part = ''"""
STAGES = "SELECT scenario, stage, rank, kind FROM report.stage_order"
MOVE = text("""UPDATE crm.deal SET stage = CASE stage WHEN 'pay' THEN 'bill' ELSE 'pay' END
  WHERE id IN (SELECT id FROM crm.deal ORDER BY number LIMIT :changed)""")
TYPES = {"at": pyarrow.timestamp("us", tz="UTC"), "before": pyarrow.string()}
FIRST = datetime(2022, 12, 1, tzinfo=UTC)


def run(lab: Lab) -> Measured:
    """How many times as long as DuckDB by hand the funnel takes from the journal to its rows."""
    engine = open_engine(lab.store("funnel"))
    try:
        schema.migrate(engine)
        write_deals(engine, DEALS)
        ours = built(engine)
        peer = peer_of(lab, engine, ours["until"])
        assert same(ours["result"], peer), peer
        refreshed = changed(engine)
    finally:
        engine.dispose()
    whole = ours["visits"] + ours["funnel"]
    ratio = whole / (peer["visits_seconds"] + peer["funnel_seconds"])
    share = 100 * refreshed / whole
    detail = {
        "deals": DEALS,
        "visits": DEALS * VISITS,
        "visits_seconds": round(ours["visits"], 2),
        "funnel_seconds": round(ours["funnel"], 2),
        "month_seconds": round(ours["month"], 2),
        "peer_visits_seconds": peer["visits_seconds"],
        "peer_funnel_seconds": peer["funnel_seconds"],
        "refresh_seconds": round(refreshed, 2),
        "refresh_percent": round(share, 2),
    }
    return Measured(ratio, ratio <= BAR and share <= BAR, detail)


def built(engine: Engine) -> dict[str, Any]:
    """The visits from the journal, the funnel of all of them, and that of one month."""
    began = time.perf_counter()
    with engine.begin() as connection:
        visits = stage_visit.rebuild(connection)
    found = {"visits": time.perf_counter() - began, "until": visits.until}
    assert visits.rows == DEALS * VISITS, visits
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE report.stage_visit"))
    with engine.begin() as connection:
        keeping.refresh_all(connection)
    found["result"], found["funnel"] = asked(engine, FIRST, visits.until + timedelta(days=1))
    _month, found["month"] = asked(
        engine, datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 4, 1, tzinfo=UTC)
    )
    return found


def asked(engine: Engine, since: datetime, until: datetime) -> tuple[ReportResult, float]:
    """The funnel of a period and how many seconds it took."""
    began = time.perf_counter()
    with engine.connect() as connection:
        result = catalog.run(connection, "funnel", ReportQuery(since, until))
    assert result.trusted, result.checks
    return result, time.perf_counter() - began


def changed(engine: Engine) -> float:
    """Seconds of a refresh after a thousand deals were moved."""
    with engine.begin() as connection:
        moved = connection.execute(MOVE, {"changed": CHANGED}).rowcount
    began = time.perf_counter()
    with engine.begin() as connection:
        counts = keeping.refresh_all(connection)
    spent = time.perf_counter() - began
    assert counts["deals"] == moved == CHANGED, counts
    return spent


def peer_of(lab: Lab, engine: Engine, until: datetime) -> dict[str, Any]:
    """DuckDB's figures over the same journal, written to Parquet before its clock starts."""
    assert PEER_PYTHON.exists(), "make bench sets up the peer"
    files = {
        name: exported(engine, statement, lab.folder / name)
        for name, statement in (("journal", JOURNAL), ("stages", STAGES))
    }
    options = [part for name, file in files.items() for part in (f"--{name}", str(file))]
    command = (str(PEER_PYTHON), "benchmarks/peer_duckdb.py", *options)
    kept = ("--store", str(lab.folder / "visits.duckdb"))
    return run_for_figures((*command, *kept, "--until", until.isoformat()))


def exported(engine: Engine, statement: str, target: Path) -> Path:
    """Rows of a statement as a file of Parquet."""
    raw, file = target.with_suffix(".csv"), target.with_suffix(".parquet")
    with engine.connect() as connection, raw.open("wb") as out:
        copying = f"COPY ({statement}) TO STDOUT (FORMAT csv, HEADER)"
        with driver_of(connection).cursor().copy(copying.encode()) as copied:
            for block in copied:
                out.write(block)
    kept = arrow_csv.ConvertOptions(column_types=TYPES, strings_can_be_null=True)
    parse = arrow_csv.ParseOptions(newlines_in_values=True)
    reader = arrow_csv.open_csv(raw, convert_options=kept, parse_options=parse)
    with parquet.ParquetWriter(file, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)
    raw.unlink()
    return file


def same(result: ReportResult, peer: dict[str, Any]) -> bool:
    """Whether both have counted the same deals on every step."""
    table = result.table("cohort")
    at = {column.key: n for n, column in enumerate(table.columns)}
    ours = sorted((row[at["reached"]], row[at["visited"]]) for row in table.rows)
    return ours == sorted((int(row[2]), int(row[3])) for row in peer["cohort"])


benchmark = Benchmark("report_funnel", "× DuckDB", f"≤ {BAR}, refresh ≤ 2 % of it", run)
