"""How long a draft of rules takes to rehearse on the journal: twenty rules, all that happened.

The journal is the one that the store itself kept of a company's doings: clients, deals, proposals
with their lines, tasks done and moved, invoices, letters, calls. A tenth of the million changes is
measured and the figure is for the million; `--documents 1000000` measures all of them.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import psycopg
from sqlalchemy import Engine

from benchmarks.lab import Lab
from benchmarks.measure import Benchmark, Measured
from provodka.connectors.crm_store import schema
from provodka.connectors.crm_store.engine import open_engine
from provodka.flows.triggers.simulating.rehearsal import Rehearsal
from provodka.flows.triggers.simulating.replay import simulate
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.calendar import WorkingCalendar

MILLION = 1_000_000
SECONDS = 60
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
STAFF, A_DEAL, AT_ONCE = 20, 20, 50
RULES = (
    ("proposal_posted", "proposal.amount > 990000 and (deal&.status ?? '') == 'open'"),
    ("proposal_posted", "proposal.amount > 995000 and (client&.kind ?? '') == 'legal_entity'"),
    ("{event: proposal_changed, field: amount}", "proposal.amount > 900000"),
    ("invoice_posted", "invoice.amount > 990000"),
    ("invoice_paid", "invoice.amount > 500000"),
    ("invoice_paid", "(invoice.comment ?? '') == 'срочно'"),
    ("invoice_partly_paid", "invoice.amount > 900000"),
    ("task_failed", "task.kind == 'delivery'"),
    ("task_done", "task.kind == 'meeting'"),
    ("task_cancelled", "task.kind != 'task'"),
    ("delivery_done", "true"),
    ("call_missed", "(client&.kind ?? '') == 'legal_entity'"),
    ("mail_received", "(message.subject ?? '') == 'Рекламация'"),
    ("mail_bounced", "message.direction == 'outgoing'"),
    ("{document_changed: deal, field: responsible_id}", "deal.amount > 1000"),
    ("deal_closed", "deal.amount > 900000"),
    ("deal_paused", "deal.amount > 1000"),
    ("{document_created: client}", "(client&.kind ?? '') == 'individual'"),
    ("deal_reopened", "deal.amount > 1000"),
    ("{document_deleted: invoice}", "invoice.amount > 1000"),
)
RULE = """\
  - name: r{number}
    title: Замер
    when: {when}
    if: "{condition}"
    do: [{{notify: {{to: head, subject: Замер, text: Замер}}}}]
"""
COMPANY = f"""
INSERT INTO crm.employee (id, name, role, email)
SELECT gen_random_uuid(), 'Сотрудник ' || n, CASE n WHEN 1 THEN 'head' ELSE 'manager' END,
       n || '@romashka.test' FROM generate_series(1, {STAFF}) n;
"""
DOINGS = """
WITH who AS (SELECT id FROM crm.employee ORDER BY id LIMIT 1 OFFSET %(n)s %% 20),
c AS (INSERT INTO crm.client (id, name, kind, responsible_id)
      SELECT gen_random_uuid(), 'Клиент ' || %(n)s, 'legal_entity', id FROM who RETURNING id),
d AS (INSERT INTO crm.deal (id, title, client_id, responsible_id, kind, amount)
      SELECT gen_random_uuid(), 'Поставка', c.id, who.id, 'unstaged', 5000 FROM c, who
      RETURNING id, client_id, responsible_id),
p AS (INSERT INTO crm.proposal (id, deal_id, client_id, amount, posted)
      SELECT gen_random_uuid(), d.id, d.client_id, (%(n)s * 48271 + k * 7919) %% 1000000, true
      FROM d, generate_series(1, 3) k),
i AS (INSERT INTO crm.invoice (id, deal_id, client_id, amount, posted)
      SELECT gen_random_uuid(), d.id, d.client_id, (%(n)s * 69621 + k * 7907) %% 1000000 + 1, true
      FROM d, generate_series(1, 2) k)
INSERT INTO crm.task (id, deal_id, executor_id, subject, kind, due_at)
SELECT gen_random_uuid(), d.id, d.responsible_id, 'Позвонить', 'task', now()
FROM d, generate_series(1, 5) k RETURNING deal_id
"""
LATER = (
    "UPDATE crm.task SET status = 'done' WHERE deal_id = ANY(%(deals)s)",
    "UPDATE crm.invoice SET paid_amount = amount WHERE deal_id = ANY(%(deals)s)",
    "UPDATE crm.deal SET amount = amount + 1 WHERE id = ANY(%(deals)s)",
)


def write_rules() -> str:
    """The twenty rules as a file says them."""
    return "rules:\n" + "".join(
        RULE.format(number=number, when=when, condition=condition)
        for number, (when, condition) in enumerate(RULES)
    )


def fill(connection: psycopg.Connection[Any], deltas: int) -> int:
    """Let the company live until the journal has so many changes; how many it has."""
    connection.execute(COMPANY)
    for first in range(0, deltas // A_DEAL, AT_ONCE):
        deals = []
        for number in range(first, min(first + AT_ONCE, deltas // A_DEAL)):
            found = connection.execute(DOINGS, {"n": number}).fetchone()
            assert found is not None
            deals.append(found[0])
        for statement in LATER:
            connection.execute(statement, {"deals": deals})
    connection.execute("ANALYZE")
    counted = connection.execute("SELECT count(*) FROM hub.delta").fetchone()
    assert counted is not None
    return int(counted[0])


def timed(engine: Engine, book: RuleBook) -> tuple[dict[str, Rehearsal], dict[str, float]]:
    """What the rehearsal found, in SQL where it can be and one by one, and the seconds of each."""
    made, took = {}, {}
    for name, whole in (("set_based", False), ("one_by_one", True)):
        began = time.perf_counter()
        made[name] = simulate(engine, book, WorkingCalendar(), LONG_AGO, one_by_one=whole)
        took[name] = time.perf_counter() - began
    return made, took


def run(lab: Lab) -> Measured:
    """Seconds for a million changes; short as well if the answers of SQL and of Python differ."""
    file = lab.folder / "simulated.yaml"
    file.write_text(write_rules(), encoding="utf-8")
    book = RuleBook.load([file])
    address = lab.store("simulate")
    engine = open_engine(address)
    try:
        schema.migrate(engine)
        with psycopg.connect(address, autocommit=True) as connection:
            written = fill(connection, min(lab.documents, MILLION))
        made, took = timed(engine, book)
    finally:
        engine.dispose()
    value = took["set_based"] * MILLION / written
    same = made["set_based"].tallies == made["one_by_one"].tallies
    fired = sum(one.would.total() for one in made["set_based"].tallies.values())
    detail = {
        "rules": len(book.rules),
        "changes": written,
        "fired": fired,
        "looked_at": {name: one.events for name, one in made.items()},
        "seconds": {name: round(one, 2) for name, one in took.items()},
        "same": same,
    }
    return Measured(value, same and fired > 0 and value < SECONDS, detail)


benchmark = Benchmark("simulate", "s for a million changes", f"< {SECONDS}", run)
