"""A company's years for the benchmarks of reports: deals that went through their stages."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, text

VISITS = 6
"""Visits of each deal."""
PATHS = (
    "letter talk offer bill work won",
    "letter talk offer talk offer lost",
    "letter offer bill pay work won",
    "talk letter talk offer bill pay",
    "letter talk offer bill pay lost",
    "letter talk bill offer bill work",
    "letter talk offer bill lost talk",
    "talk offer bill pay work won",
    "letter offer talk offer bill lost",
    "letter talk pay work done won",
)
"""How deals go, one after another; each is as common as the others."""
STAGES = ("letter", "talk", "offer", "bill", "pay", "work", "done")
PEOPLE = (
    """INSERT INTO crm.department (name) SELECT 'Отдел ' || n FROM generate_series(1, 10) n""",
    """INSERT INTO crm.employee (name, department_id, role)
       SELECT 'Менеджер ' || n, (SELECT id FROM crm.department WHERE name = 'Отдел ' || n % 10 + 1),
         'manager' FROM generate_series(1, 200) n""",
    """INSERT INTO crm.client (name, kind)
       SELECT 'Покупатель ' || n, CASE WHEN n % 3 = 0 THEN 'legal_entity' ELSE 'individual' END
       FROM generate_series(0, :clients - 1) n""",
    """INSERT INTO crm.scenario VALUES ('sale', 'Продажа', 'v1')""",
    """INSERT INTO crm.stage (scenario, code, name, rank, kind)
       SELECT 'sale', code, code, nth, 'open' FROM unnest(CAST(:stages AS text[]))
         WITH ORDINALITY s (code, nth)
       UNION ALL VALUES ('sale', 'won', 'Успех', 8, 'won'), ('sale', 'lost', 'Потеря', 8, 'lost')
    """,
)
MONTHS = """
SELECT hub.make_month(month::date) FROM generate_series(
  timestamp '2023-01-01', date_trunc('month', now()::timestamp), interval '1 month') month
"""
DEALS = """
CREATE TEMP TABLE told ON COMMIT DROP AS
SELECT n, gen_random_uuid() AS id, p.path,
  timestamptz '2023-01-10' + n * (interval '1000 days' / :deals) AS born,
  e.id AS employee, c.id AS client
FROM generate_series(0, :deals - 1) n
JOIN (SELECT nth, string_to_array(path, ' ') AS path
      FROM unnest(CAST(:paths AS text[])) WITH ORDINALITY p (path, nth)) p
  ON p.nth = n % cardinality(CAST(:paths AS text[])) + 1
JOIN (SELECT id, row_number() OVER (ORDER BY name) AS nth FROM crm.employee) e
  ON e.nth = n / 7 % 200 + 1
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS nth FROM crm.client) c
  ON c.nth = n % :clients + 1
"""
STATE = """json_build_object(
  'id', t.id, 'created_at', t.born, 'updated_at', t.born,
  'deleted_at', NULL, 'number', 'СД00-' || t.n, 'title', 'Поставка воды и кулеров № ' || t.n,
  'client_id', t.client, 'kind', 'manual', 'scenario', 'sale', 'stage', t.path[:visit - {back}],
  'stage_entry', :visit - {back},
  'stage_entered_at', t.born + (:visit - {back} - 1) * (t.n % 97 + 1) * interval '5 h',
  'status', CASE WHEN t.path[:visit - {back}] IN ('won', 'lost') THEN t.path[:visit - {back}]
    ELSE 'open' END,
  'responsible_id', t.employee, 'amount', 1000 + t.n % 1000, 'expected_revenue', 0,
  'currency', 'RUB', 'courier_id', NULL, 'delivery_at', NULL,
  'source', CASE t.n % 4 WHEN 0 THEN 'Сайт' WHEN 1 THEN 'Звонок' WHEN 2 THEN 'Выставка' END,
  'lost_reason', NULL, 'closed_at', NULL, 'paused_at', NULL, 'paused_until', NULL,
  'merged_into_id', NULL)"""
CHANGES = f"""
INSERT INTO hub.delta (at, kind, document, part, op, before, after, origin)
SELECT t.born + (:visit - 1) * (t.n % 97 + 1) * interval '5 h', 'deal', t.id, '',
  CASE WHEN :visit = 1 THEN 'insert' ELSE 'update' END,
  CASE WHEN :visit > 1 THEN {STATE.format(back=1)} END, {STATE.format(back=0)}, 'person:demo'
FROM told t ORDER BY t.n
"""
ROWS = """
INSERT INTO crm.deal (id, title, client_id, kind, scenario, stage, stage_entered_at,
  responsible_id, amount, source, created_at)
SELECT t.id, 'Поставка воды и кулеров № ' || t.n, t.client, 'manual', 'sale', t.path[6],
  t.born + 5 * (t.n % 97 + 1) * interval '5 h', t.employee, 1000 + t.n % 1000,
  CASE t.n % 4 WHEN 0 THEN 'Сайт' WHEN 1 THEN 'Звонок' WHEN 2 THEN 'Выставка' END, t.born
FROM told t
"""


def write_deals(engine: Engine, deals: int) -> None:
    """A journal of so many deals and six visits of each; the deals as they stand now."""
    clients = max(1, deals // 5)
    with engine.begin() as connection:
        for statement in PEOPLE:
            _run(connection, statement, clients=clients, stages=list(STAGES))
        _run(connection, MONTHS)
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = 'replica'")
        connection.exec_driver_sql("ALTER TABLE crm.deal DISABLE TRIGGER journal_insert")
        _run(connection, DEALS, deals=deals, clients=clients, paths=list(PATHS))
        _run(connection, ROWS)
        for visit in range(1, VISITS + 1):
            _run(connection, CHANGES, visit=visit)
        connection.exec_driver_sql("ALTER TABLE crm.deal ENABLE ALWAYS TRIGGER journal_insert")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _run(connection: Connection, statement: str, **given: object) -> None:
    used = {name: value for name, value in given.items() if f":{name}" in statement}
    connection.execute(text(statement), used)
