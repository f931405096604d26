"""How many effects of rules a second are written into the store, once and for all.

A day's proposals are posted for as many deals; each wakes three rules of a scenario: a task for
the manager, the expected revenue of the deal, a message to the manager in the outbox. What is
timed is the hub's own reacting, from the journal to the committed effects, by the clock, in a
process that has its rules and its calendar. The store is asked afterwards whether each effect is
there exactly once, under the right name.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine

from benchmarks.lab import Lab
from benchmarks.measure import Benchmark, Measured
from provodka.connectors.crm_store import schema
from provodka.connectors.crm_store.engine import open_engine
from provodka.flows.triggers.apply import apply_triggers
from provodka.flows.triggers.scenarios import sync_scenarios
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.calendar import WorkingCalendar

LEAST_PER_SECOND = 3_000
DEALS, AT_ONCE, STAFF = 4_000, 100, 20
EACH = 3
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
RULES = """\
scenario:
  code: measured
  name: Замер
  stages:
    - {code: first, name: Первый}
    - {code: won, name: Успех, kind: won}
    - {code: lost, name: Потеря, kind: lost}
  always_planned: {subject: Связаться с клиентом}
rules:
  - name: call_about_it
    title: КП проведено — позвонить
    when: proposal_posted
    if: proposal.amount > 0 and deal.status == "open"
    do: [{create_task: {subject: Позвонить по КП, kind: call, due: {working_days: 1}}}]
  - name: revenue_of_it
    title: КП проведено — потенциальная выручка
    when: proposal_posted
    do: [{set_field: {document: deal, field: expected_revenue, value: proposal.amount}}]
  - name: tell_of_it
    title: КП проведено — сообщить ответственному
    when: proposal_posted
    if: (responsible&.email ?? "") != ""
    do: [{notify: {to: responsible, subject: 'КП {{ proposal.number }}', text: Проведено}}]
"""
COMPANY = f"""
INSERT INTO crm.employee (id, name, role, email)
SELECT gen_random_uuid(), 'Сотрудник ' || n, CASE n WHEN 1 THEN 'head' ELSE 'manager' END,
       n || '@romashka.test' FROM generate_series(1, {STAFF}) n;
WITH staff AS (SELECT id, row_number() OVER (ORDER BY id) AS place FROM crm.employee),
c AS (INSERT INTO crm.client (id, name, kind)
      SELECT gen_random_uuid(), 'Клиент ' || n, 'legal_entity'
      FROM generate_series(1, {DEALS}) n RETURNING id),
placed AS (SELECT id, row_number() OVER (ORDER BY id) AS place FROM c),
d AS (INSERT INTO crm.deal (id, title, client_id, responsible_id, kind, scenario, stage)
      SELECT gen_random_uuid(), 'Поставка', placed.id, staff.id, 'manual', 'measured', 'first'
      FROM placed JOIN staff ON staff.place = placed.place % {STAFF} + 1 RETURNING id)
INSERT INTO crm.task (id, deal_id, subject, kind)
SELECT gen_random_uuid(), id, 'Узнать', 'task' FROM d;
"""
POST = """
INSERT INTO crm.proposal (id, deal_id, client_id, amount, posted)
SELECT gen_random_uuid(), id, client_id, 100 + place, true FROM (
    SELECT id, client_id, row_number() OVER (ORDER BY id) AS place FROM crm.deal) d
WHERE place > %(first)s AND place <= %(first)s + %(count)s
"""
CHECKS = {
    "tasks": "SELECT count(DISTINCT deal_id) FROM crm.task WHERE rule = 'call_about_it'",
    "fields": "SELECT count(*) FROM crm.proposal p JOIN crm.deal d ON d.id = p.deal_id"
    " AND d.expected_revenue = p.amount",
    "messages": "SELECT count(DISTINCT o.document) FROM hub.outbox o JOIN crm.message m"
    " ON m.id = o.document AND m.subject LIKE 'КП %'",
    "all_tasks": f"SELECT count(*) - {DEALS} FROM crm.task",
    "all_messages": "SELECT count(*) FROM crm.message",
    "all_queued": "SELECT count(*) FROM hub.outbox",
}
UNTRUE = """
SELECT count(*) FROM hub.effect e LEFT JOIN hub.delta d
    ON d.document = CAST(e.made->>'document' AS uuid) AND d.origin = 'rule:' || e.rule
    AND d.cause = e.cause AND d.depth = 1
WHERE d.id IS NULL
"""


def written_rules(folder: Path) -> RuleBook:
    """The three rules, read from a file."""
    file = folder / "effects.yaml"
    file.write_text(RULES, encoding="utf-8")
    return RuleBook.load([file])


def fill(connection: psycopg.Connection[Any]) -> None:
    """A company with its open deals, each of which has something planned."""
    connection.execute(COMPANY)
    connection.execute("ANALYZE")


def post(connection: psycopg.Connection[Any]) -> None:
    """Post a proposal for every deal, some at once."""
    for first in range(0, DEALS, AT_ONCE):
        connection.execute(POST, {"first": first, "count": AT_ONCE})


def counted(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """What is there, each of which should be once for each deal, and what has no true origin."""
    found = {name: one_number(connection, query) for name, query in CHECKS.items()}
    return found | {"untrue": one_number(connection, UNTRUE)}


def one_number(connection: psycopg.Connection[Any], query: str) -> int:
    """The only value that a query finds."""
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def measured(engine: Engine, address: str, book: RuleBook) -> dict[str, Any]:
    """Seconds for all effects, the processor's among them, and how many there are of what."""
    calendar = WorkingCalendar()
    calendar.next_working_day(NOW)
    given = (engine, book, calendar, NOW)
    with engine.begin() as connection:
        sync_scenarios(connection, book)
    with psycopg.connect(address, autocommit=True) as connection:
        fill(connection)
        apply_triggers(*given)
        post(connection)
        began, worked = time.perf_counter(), time.process_time()
        counts = apply_triggers(*given)
        return {
            "effects": counts["effects"],
            "seconds": round(time.perf_counter() - began, 2),
            "processor_seconds_of_the_hub": round(time.process_time() - worked, 2),
            "found": counted(connection),
        }


def run(lab: Lab) -> Measured:
    """Effects a second; short as well if one of them is missing, doubled or misnamed."""
    address = lab.store("effects")
    engine = open_engine(address)
    try:
        schema.migrate(engine)
        detail = measured(engine, address, written_rules(lab.folder))
    finally:
        engine.dispose()
    value = detail["effects"] / detail["seconds"]
    found = dict.fromkeys(CHECKS, DEALS) | {"untrue": 0}
    complete = detail["effects"] == DEALS * EACH and detail["found"] == found
    return Measured(value, complete and value >= LEAST_PER_SECOND, detail)


benchmark = Benchmark("effects", "effects/s", f"≥ {LEAST_PER_SECOND}", run)
