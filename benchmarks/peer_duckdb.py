"""The peer: the funnel of a journal written by hand in DuckDB. Runs in its own environment.

`.venv-bench/bin/python benchmarks/peer_duckdb.py --journal FILE --stages FILE --until TIME --store
FILE` reads Parquet and prints one line of JSON: the seconds of the visits and of the funnel, and
what it found. As in the report, a visit has the department and the kind of client of its time, and
the visits are kept: here, in a file of DuckDB.
"""

from __future__ import annotations

import argparse
import json
import time

FIELDS = {
    "scenario": "VARCHAR", "stage": "VARCHAR", "status": "VARCHAR", "kind": "VARCHAR",
    "stage_entered_at": "VARCHAR", "deleted_at": "TIMESTAMPTZ", "merged_into_id": "UUID",
    "responsible_id": "UUID", "client_id": "UUID", "source": "VARCHAR", "amount": "DECIMAL(18,2)",
    "currency": "VARCHAR", "created_at": "TIMESTAMPTZ",
}  # fmt: skip
VISITS = """
CREATE TEMP TABLE told AS
SELECT deal, id, "at", origin, f.* EXCLUDE (kind, stage_entered_at), known,
  f.stage_entered_at AS said,
  f IS NOT NULL AND f.deleted_at IS NULL AND f.kind IS DISTINCT FROM 'unstaged' AND f.stage <> ''
    AS here
FROM (SELECT document AS deal, id, "at", origin, from_json(after, $fields) AS f,
        before ->> 'stage_entered_at' AS known
      FROM read_parquet($journal) WHERE kind = 'deal');
CREATE TEMP TABLE known AS
SELECT kind, document, id, after ->> 'kind' AS client_kind, after ->> 'department_id' AS department
FROM read_parquet($journal) WHERE kind IN ('client', 'employee');
CREATE TEMP TABLE steps AS SELECT * FROM read_parquet($stages);
CREATE TABLE visits AS
WITH moved AS (
  SELECT *, lag(here) OVER own AS was_here, lag(scenario) OVER own AS was_scenario,
    lag(stage) OVER own AS was_stage
  FROM told WINDOW own AS (PARTITION BY deal ORDER BY id)
),
event AS (
  SELECT *, coalesce(status, 'open') AS stage_kind,
    CASE WHEN NOT here THEN least(deleted_at, "at")
      WHEN said IS DISTINCT FROM known THEN least(said::timestamptz, "at") ELSE "at" END AS happened
  FROM moved WHERE CASE WHEN here THEN was_here IS NOT TRUE
      OR (scenario, stage) IS DISTINCT FROM (was_scenario, was_stage) ELSE was_here END
),
placed AS (
  SELECT e.*, s.rank, m.department, k.client_kind FROM event e
  LEFT JOIN steps s ON s.scenario = e.scenario AND s.stage = e.stage
  ASOF LEFT JOIN (FROM known WHERE kind = 'employee') m
    ON m.document = e.responsible_id AND m.id <= e.id
  ASOF LEFT JOIN (FROM known WHERE kind = 'client') k
    ON k.document = e.client_id AND k.id <= e.id
),
timed AS (
  SELECT *, count(*) FILTER (here) OVER so_far AS visit, max(happened) OVER so_far AS entered_at
  FROM placed WINDOW so_far AS (PARTITION BY deal ORDER BY id ROWS UNBOUNDED PRECEDING)
),
followed AS (
  SELECT *, lead(entered_at) OVER own AS left_at, CASE WHEN lead(here) OVER own IS NULL THEN 'open'
    WHEN NOT lead(here) OVER own THEN CASE WHEN lead(deleted_at) OVER own IS NULL THEN 'transferred'
      WHEN lead(merged_into_id) OVER own IS NULL THEN 'deleted' ELSE 'merged' END
    WHEN lead(scenario) OVER own <> scenario THEN 'transferred'
    WHEN lead(stage_kind) OVER own <> 'open' THEN lead(stage_kind) OVER own
    WHEN lead(rank) OVER own < rank THEN 'back' ELSE 'advanced' END AS exit
  FROM timed WINDOW own AS (PARTITION BY deal ORDER BY id)
)
SELECT deal, visit, scenario, stage, rank, stage_kind, entered_at, left_at, exit, responsible_id,
  department, client_id, client_kind, source, amount, currency, origin, created_at
FROM followed WHERE here;
CHECKPOINT;
"""
BALANCE = "SELECT scenario, stage, exit, count(*) FROM visits GROUP BY ALL"
COHORT = """
WITH reach AS (
  SELECT v.deal, v.scenario, s.stage, s.rank, s.kind, any_value(v.created_at) AS born,
    min(v.entered_at) FILTER (v.stage_kind = 'won'
      OR (v.stage_kind = 'open' AND s.kind = 'open' AND v.rank >= s.rank)) AS reached_at,
    bool_or(v.stage = s.stage) AS visited,
    bool_or(v.exit = 'open' AND v.stage_kind = 'open') AS open
  FROM visits v JOIN steps s ON s.scenario = v.scenario AND s.kind <> 'lost' GROUP BY ALL
),
walk AS (
  SELECT *, lag(reached_at) OVER (PARTITION BY deal, scenario ORDER BY kind = 'won', rank) AS before
  FROM reach
)
SELECT stage, count(*), count(reached_at), count(reached_at) FILTER (visited), count(before),
  count(*) FILTER (before IS NOT NULL AND reached_at IS NULL AND open),
  count(*) FILTER (before <= $until::timestamptz - INTERVAL 30 DAY),
  count(*) FILTER (before <= $until::timestamptz - INTERVAL 30 DAY
    AND reached_at <= before + INTERVAL 30 DAY)
FROM walk GROUP BY stage ORDER BY stage
"""
FLOW = """
SELECT stage, count(*) FILTER (nth = 1), count(*) FILTER (nth > 1) FROM (
  SELECT stage, row_number() OVER (PARTITION BY deal, scenario, stage ORDER BY entered_at, visit)
    AS nth FROM visits) GROUP BY stage ORDER BY stage
"""
WINS = """
SELECT stage_kind, count(*), sum(amount) FROM (
  SELECT arg_max(stage_kind, visit) AS stage_kind, arg_max(amount, visit) AS amount
  FROM visits GROUP BY deal) GROUP BY stage_kind ORDER BY stage_kind
"""
CHAINS = """
SELECT count(*) FROM (
  SELECT visit, lag(visit) OVER own AS former, left_at, lead(entered_at) OVER own AS following
  FROM visits WINDOW own AS (PARTITION BY deal ORDER BY visit))
WHERE visit <> coalesce(former, 0) + 1 OR following < left_at
"""


def main() -> None:
    """Build the visits and the funnel once and print the figures."""
    import duckdb  # type: ignore[import-not-found]

    options = arguments()
    store = duckdb.connect(options.store)
    marks = {
        "$fields": f"'{json.dumps(FIELDS)}'",
        "$journal": f"'{options.journal}'",
        "$stages": f"'{options.stages}'",
        "$until": f"'{options.until}'",
    }

    def told(statement: str) -> list[tuple[object, ...]]:
        for mark, stands in marks.items():
            statement = statement.replace(mark, stands)
        rows: list[tuple[object, ...]] = store.execute(statement).fetchall()
        return rows

    began = time.perf_counter()
    told(VISITS)
    visited = time.perf_counter()
    found = [told(statement) for statement in (BALANCE, CHAINS, COHORT, FLOW, WINS)]
    ended = time.perf_counter()
    figures = {
        "visits_seconds": round(visited - began, 2),
        "funnel_seconds": round(ended - visited, 2),
        "cohort": [[str(cell) for cell in row] for row in found[2]],
        "flow": [[str(cell) for cell in row] for row in found[3]],
        "wins": [[str(cell) for cell in row] for row in found[4]],
    }
    print(json.dumps(figures))


def arguments() -> argparse.Namespace:
    """Where the journal is and the visits go, and as of when the funnel is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--journal", required=True)
    parser.add_argument("--stages", required=True)
    parser.add_argument("--until", required=True)
    parser.add_argument("--store", required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
