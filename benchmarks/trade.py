"""All that a company has besides its deals, in proportion to them: for pages that read it.

Ten orders a deal with their stops, a call and a task, an invoice for every third; letters, and what
waits for a person. Written set by set; what no report follows through the journal is written past
it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

from provodka.connectors.crm_store import cursors
from provodka.connectors.crm_store.journal import Position

__all__ = ["ORDERS", "unheard", "write_trade"]

ORDERS = 10
"""Orders of each deal."""
TRIGGERS = text(
    "SELECT tgname FROM pg_trigger WHERE tgrelid = CAST(:table AS regclass) AND NOT tgisinternal"
)
JOURNAL = "journal_insert"
END = text("SELECT coalesce(max(xid::text::bigint), 0), coalesce(max(id), 0) FROM hub.delta")
SINCE = "timestamptz '2023-01-10'"
RECENT = "interval '45 days'"
"""What is older has been settled: nobody's letters and bills do not wait for years."""
PLACES = """
CREATE TEMP TABLE place ON COMMIT DROP AS
SELECT c.id AS client, c.kind, p.id AS point,
  row_number() OVER (ORDER BY c.id) - 1 AS nth
FROM crm.client c JOIN crm.delivery_point p ON p.client_id = c.id
"""
COURIERS = """
CREATE TEMP TABLE driver ON COMMIT DROP AS
SELECT id, row_number() OVER (ORDER BY id) - 1 AS nth, count(*) OVER () AS many,
  (SELECT id FROM crm.deal WHERE status = 'open' LIMIT 1) AS deal
FROM crm.employee WHERE role = 'courier'
"""


def key_of(at: str) -> str:
    """SQL for a key of version 7 that a row made at that moment would have (RFC 9562, 5.7)."""
    digits = f"lpad(to_hex((extract(epoch FROM {at}) * 1000)::bigint), 12, '0')"
    shape = f"left({digits}, 8) || '-' || right({digits}, 4) || '-7'"
    return f"overlay(gen_random_uuid()::text PLACING {shape} FROM 1 FOR 15)::uuid"


SILENT: tuple[tuple[str, ...], ...] = (
    (
        """INSERT INTO crm.product (name, kind, unit) SELECT 'Вода ' || n, 'goods', 'шт'
           FROM generate_series(1, 20) n""",
        """INSERT INTO crm.employee (name, role, department_id)
           SELECT 'Экспедитор ' || n, 'courier',
             (SELECT id FROM crm.department ORDER BY name LIMIT 1)
           FROM generate_series(1, greatest(5, :deals / 20000)) n""",
        """INSERT INTO crm.delivery_point (client_id, address)
           SELECT id, 'Самара, улица Садовая, дом ' || row_number() OVER () FROM crm.client""",
    ),
    (
        PLACES,
        COURIERS,
        f"""INSERT INTO crm.order (id, client_id, client_kind, delivery_point_id, deal_id, status,
             ordered_at, confirmed_at, completed_at, created_at, courier_id, wanted_at, amount)
           SELECT {key_of("a.at")}, p.client, p.kind, p.point,
             CASE WHEN a.at > now() - interval '1 day' THEN d.deal END,
             CASE WHEN a.at < now() - interval '1 day' THEN 'delivered'
               WHEN n % 20 = 0 THEN 'received' ELSE 'confirmed' END,
             a.at, CASE WHEN n % 20 > 0 THEN a.at + interval '10 min' END,
             CASE WHEN a.at < now() - interval '1 day' THEN a.at + interval '20 hours' END,
             a.at, d.id, a.at + interval '20 hours', 500 + n % 900
           FROM generate_series(0::bigint, :orders - 1) n
           JOIN place p ON p.nth = n * 7919 % (SELECT count(*) FROM place)
           JOIN driver d ON d.nth = n % d.many
           CROSS JOIN LATERAL (
             SELECT {SINCE} + n * ((now() - {SINCE}) / :orders) AS at) a""",
        """INSERT INTO crm.order_lines (order_id, line, product_id, item_kind, quantity, price,
             amount)
           SELECT o.id, 1, p.id, 'вода', 2, o.amount / 2, o.amount
           FROM (SELECT id, amount, row_number() OVER () % 20 + 1 AS nth FROM crm.order) o
           JOIN (SELECT id, row_number() OVER () AS nth FROM crm.product) p ON p.nth = o.nth""",
        """INSERT INTO crm.delivery (client_id, client_kind, delivery_point_id, order_id,
             courier_id, planned_from, planned_to, status, reason, arrived_at, amount, cash_due,
             cash_taken, created_at)
           SELECT client_id, client_kind, delivery_point_id, id, courier_id, w.at, w.at + w.window,
             w.status, CASE WHEN w.status = 'failed' THEN 'client_absent' END,
             CASE WHEN w.status <> 'planned' THEN w.at + interval '40 min' END,
             CASE WHEN w.status = 'done' THEN amount ELSE 0 END, amount,
             CASE WHEN w.status = 'done' THEN amount ELSE 0 END, ordered_at
           FROM crm.order CROSS JOIN LATERAL (SELECT wanted_at AS at, interval '2 hours' AS window,
             CASE WHEN wanted_at > now() THEN 'planned' WHEN amount % 25 = 0 THEN 'failed'
               ELSE 'done' END AS status) w
           WHERE confirmed_at IS NOT NULL AND ordered_at > now() - interval '1 year'""",
        """INSERT INTO crm.delivery_lines (delivery_id, line, product_id, item_kind, quantity,
             delivered, price, amount)
           SELECT d.id, 1, l.product_id, l.item_kind, l.quantity,
             CASE WHEN d.status = 'done' THEN l.quantity END, l.price, d.amount
           FROM crm.delivery d JOIN crm.order_lines l USING (order_id)""",
    ),
    (
        """INSERT INTO crm.invoice_lines (invoice_id, line, product_id, quantity, price, amount)
           SELECT i.id, 1, p.id, 1, i.amount, i.amount FROM crm.invoice i
           CROSS JOIN (SELECT id FROM crm.product LIMIT 1) p""",
        f"""INSERT INTO crm.message (id, client_id, deal_id, direction, status, sender, subject,
             text, sent_at, created_at, needs_person, linked_by)
           SELECT {key_of("created_at")}, CASE WHEN NOT nobodys THEN client_id END,
             CASE WHEN NOT nobodys THEN id END, 'incoming', 'received',
             'buyer' || n || '@buyers' || n % 5000 || '.example', 'Вопрос о поставке',
             'Добрый день! Когда привезете?', created_at, created_at, nobodys,
             CASE WHEN nobodys THEN 'ambiguous' ELSE 'address' END
           FROM (SELECT *, row_number() OVER () AS n,
             row_number() OVER () % 40 = 0 AND created_at > now() - {RECENT} AS nobodys
             FROM crm.deal) d""",
        """INSERT INTO hub.binding (system, kind, external_key, document, external_version)
           SELECT 'onec', 'invoice', gen_random_uuid()::text, id, '1'
           FROM crm.invoice WHERE accounting = 'entered'""",
        """INSERT INTO hub.outbox (key, target, operation, kind, document, state, settled_at,
             trouble)
           SELECT 'onec:' || id, 'onec', 'push', 'invoice', id,
             CASE WHEN accounting = 'refused' THEN 'dead' ELSE 'delivered' END, created_at,
             CASE WHEN accounting = 'refused' THEN '{"found": "Период закрыт"}'::jsonb END
           FROM crm.invoice WHERE accounting IN ('refused', 'entered')""",
        """INSERT INTO hub.quarantine (stream, external_key, code, payload, place, found, expected,
             next_step, mapping_version, state)
           SELECT 'onec:invoice', gen_random_uuid()::text,
             CASE n % 3 WHEN 0 THEN 'unknown_vat' WHEN 1 THEN 'wrong_sum' ELSE 'unreadable' END,
             '{"Number": "РБ00-000001"}', 'Товары[1].СтавкаНДС', 'НДС99', 'одна из известных',
             'исправьте документ в 1С', 'v1', CASE WHEN n % 10 = 0 THEN 'open' ELSE 'healed' END
           FROM generate_series(1, :deals / 100) n""",
        """INSERT INTO hub.parked (stream, external_key, waits_for_kind, waits_for_key, payload)
           SELECT 'onec:invoice', gen_random_uuid()::text, 'client', gen_random_uuid()::text, '{}'
           FROM generate_series(1, :deals / 1000) n""",
        """INSERT INTO hub.conflict (stream, kind, document, field, base, ours, theirs, resolved_at,
             taken, resolved_by)
           SELECT 'onec:invoice', 'invoice', id, 'comment', '"было"', '"наше"', '"их"',
             CASE WHEN n % 10 > 0 THEN now() END, CASE WHEN n % 10 > 0 THEN 'ours' END,
             CASE WHEN n % 10 > 0 THEN 'Анна' END
           FROM (SELECT id, row_number() OVER () AS n FROM crm.invoice) i WHERE n % 30 = 0""",
        """INSERT INTO hub.effect (key, rule, rule_version, action, kind, document, made, at)
           SELECT 'bench:' || id, 'send_first_letter', 'v1', 'create_task', 'deal', id, '{}',
             created_at FROM crm.deal""",
        """INSERT INTO hub.run (flow, state, counts, started_at, finished_at)
           SELECT 'onec:invoice', CASE WHEN n % 50 = 0 THEN 'failed' ELSE 'done' END, '{"read": 3}',
             now() - n * interval '5 min', now() - n * interval '5 min' + interval '3 s'
           FROM generate_series(1, :deals) n""",
        """INSERT INTO hub.audit (at, what, kind, detail)
           SELECT now() - n * interval '1 min', 'saw', 'invoice', '{"address": "/invoices"}'
           FROM generate_series(1, :deals) n""",
        """INSERT INTO hub.inbox (system, identity, method, path, received_at, state, handled_at)
           SELECT 'pbx', 'bench-' || n, 'POST', '/hooks/pbx', now() - n * interval '1 min',
             CASE WHEN n % 500 = 0 THEN 'aside' ELSE 'done' END, now() - n * interval '1 min'
           FROM generate_series(1, :deals) n""",
    ),
)
"""Statements, one transaction for each group: what is written past the journal."""
FOLLOWED: tuple[str, ...] = (
    """INSERT INTO crm.task (subject, deal_id, client_id, author_id, executor_id, kind, status,
         due_at, original_due_at, finished_at, created_at)
       SELECT 'Позвонить', id, client_id, responsible_id, responsible_id, 'call', s.status,
         created_at + interval '3 days', created_at + interval '3 days',
         CASE WHEN s.status = 'done' THEN created_at + interval '2 days' END, created_at
       FROM crm.deal CROSS JOIN LATERAL (SELECT CASE
         WHEN created_at > now() - interval '60 days' THEN 'open' ELSE 'done' END AS status) s""",
    f"""INSERT INTO crm.call (id, source, call_key, direction, outcome, started_at, wait_seconds,
         talk_seconds, client_number, client_id, employee_id, queue, created_at)
       SELECT {key_of("a.at")}, 'pbx', 'bench-' || n,
         CASE WHEN n % 3 = 0 THEN 'outgoing' ELSE 'incoming' END,
         CASE WHEN n % 7 = 0 THEN 'missed' ELSE 'answered' END, a.at, n % 40,
         CASE WHEN n % 7 = 0 THEN 0 ELSE n % 300 END, '+7999' || lpad((n % 9000000)::text, 7, '0'),
         client_id, responsible_id, 'sales', a.at
       FROM (SELECT client_id, responsible_id, row_number() OVER (ORDER BY created_at) AS n
         FROM crm.deal) d
       CROSS JOIN LATERAL (SELECT now() - (:deals - n) * (interval '1300 days' / :deals) AS at) a
    """,
    f"""INSERT INTO crm.invoice (id, date, client_id, amount, deal_id, due_date, paid_amount,
         shipped_amount, accounting, accounting_note, created_at)
       SELECT {key_of("a.at")}, a.at, client_id, amount, id, a.at::date + 5,
         CASE WHEN NOT open OR n % 4 > 0 THEN amount ELSE 0 END,
         CASE WHEN NOT open OR n % 5 > 0 THEN amount ELSE 0 END,
         CASE WHEN NOT open THEN 'entered' WHEN n % 50 = 0 THEN 'refused'
           WHEN n % 50 = 1 THEN 'flagged' ELSE 'entered' END,
         CASE WHEN open AND n % 50 < 2 THEN 'Период закрыт' END, a.at
       FROM (SELECT *, row_number() OVER (ORDER BY created_at) AS n FROM crm.deal) d
       CROSS JOIN LATERAL (SELECT now() - (:deals - n) * (interval '1300 days' / :deals) AS at) a
       CROSS JOIN LATERAL (SELECT a.at > now() - {RECENT} OR n % 200 = 0 AS open) o
       WHERE n % 3 = 0""",
)
"""What reports follow through the journal: it hears of them, other triggers do not."""
TABLES: tuple[str, ...] = (
    "product",
    "employee",
    "delivery_point",
    "order",
    "order_lines",
    "delivery",
)
TABLES += ("delivery_lines", "invoice_lines", "message")
HEARD = ("task", "call", "invoice")


def write_trade(engine: Engine, deals: int) -> None:
    """The rest of a company whose deals and clients are there already; statistics are brought up.

    Orders are spread over the years until now: the latest are on their way today. Those who read
    the journal have read all of it.
    """
    basic, trade, papers = SILENT
    for group, tables, heard in (
        (basic, TABLES, ()),
        (trade, TABLES, ()),
        (FOLLOWED, HEARD, (JOURNAL,)),
        (papers, TABLES, ()),
    ):
        with engine.begin() as connection, unheard(connection, tables, but=heard):
            for statement in group:
                _run(connection, statement, deals)
    with engine.begin() as connection:
        for stream in ("triggers", "push:onec"):
            cursors.move(connection, stream, Position(*connection.execute(END).one()).to_json())
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


@contextmanager
def unheard(
    connection: Connection, tables: Sequence[str], *, but: Sequence[str] = ()
) -> Iterator[None]:
    """Tables of `crm` without their triggers (`but` these) for the block, in one transaction.

    Foreign keys are not looked at either.
    """
    connection.execute(text("SET LOCAL session_replication_role = 'replica'"))
    told = {
        table: connection.scalars(TRIGGERS, {"table": f"crm.{table}"}).all() for table in tables
    }
    for table in tables:
        connection.execute(text(f"ALTER TABLE crm.{table} DISABLE TRIGGER USER"))
        _hear(connection, table, but)
    yield
    for table, triggers in told.items():
        _hear(connection, table, triggers)


def _hear(connection: Connection, table: str, triggers: Sequence[str]) -> None:
    for trigger in triggers:
        connection.execute(text(f"ALTER TABLE crm.{table} ENABLE ALWAYS TRIGGER {trigger}"))


def _run(connection: Connection, statement: str, deals: int) -> None:
    given = {"deals": deals, "orders": deals * ORDERS}
    used = {name: value for name, value in given.items() if f":{name}" in statement}
    connection.execute(text(statement), used)
