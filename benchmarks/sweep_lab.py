"""The store and the base of the sweep's benchmark, and the sweep itself, made once."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import psycopg

from benchmarks.drift import EVERY, FIRST_DATE, OURS
from benchmarks.lab import ROOT, Lab, run_for_figures
from provodka.connectors.crm_store import schema
from provodka.connectors.crm_store.engine import open_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DOCUMENTS", "swept"]

DOCUMENTS = 1_000_000
LINES = 3
FILL = """
    SET LOCAL session_replication_role = replica;
    ALTER TABLE crm.invoice DISABLE TRIGGER USER;
    ALTER TABLE crm.invoice_lines DISABLE TRIGGER USER;
    INSERT INTO crm.organization (id, name) VALUES (md5('organization')::uuid, 'ООО «Ромашка»');
    INSERT INTO crm.client (id, name) VALUES (md5('client')::uuid, 'ООО «Лютик»');
    INSERT INTO crm.product (id, name) VALUES (md5('product')::uuid, 'Вода');
    CREATE TEMP TABLE made AS SELECT n, hub.uuid7() AS id,
        to_char(n, 'FM"СЧ"000000000') AS number, 1000 + n % 100000 AS amount,
        timestamptz '{first}+03' + n * interval '1 minute' AS date
        FROM generate_series(0, {documents} - 1) n;
    INSERT INTO crm.invoice (id, number, date, client_id, organization_id, amount, comment)
    SELECT id, number, date, md5('client')::uuid, md5('organization')::uuid, amount,
        CASE WHEN n % {every} = {ours} THEN 'Позвонить заранее' ELSE 'До подъезда' END
    FROM made ORDER BY n;
    INSERT INTO crm.invoice_lines (invoice_id, line, product_id, quantity, price, amount)
    SELECT id, line, md5('product')::uuid, line, made.amount, made.amount * line
    FROM made, generate_series(1, {lines}) line ORDER BY n, line;
    INSERT INTO hub.binding
        (system, kind, external_key, document, external_version, snapshot, agreed_at)
    SELECT 'onec', 'invoice', md5('invoice/' || n)::uuid::text, i.id,
        encode(int8send(n + 1), 'base64'), json_build_object(
            'number', i.number, 'date', i.date, 'organization_id', i.organization_id,
            'client_id', i.client_id, 'contract_id', i.contract_id, 'currency', i.currency,
            'amount', i.amount, 'vat_included', i.vat_included, 'posted', i.posted,
            'comment', 'До подъезда', 'lines', (
                SELECT json_object_agg(l.line, json_build_object(
                    'product_id', l.product_id, 'content', l.content, 'quantity', l.quantity,
                    'price', l.price, 'amount', l.amount, 'vat_rate', l.vat_rate,
                    'vat_amount', l.vat_amount))
                FROM crm.invoice_lines l WHERE l.invoice_id = i.id)),
        now() - interval '1 day'
    FROM made JOIN crm.invoice i USING (id) ORDER BY n;
    INSERT INTO hub.cursor (stream, position) VALUES
        ('onec:invoice', '{{"complete": true}}'), ('push:onec', '{{"xid": 0, "id": 0}}');
"""


@lru_cache(maxsize=1)
def swept(lab: Lab) -> dict[str, Any]:
    """The figures of one sweep of a million invoices with three lines each."""
    database = lab.store("sweep")
    _fill(database)
    with _base() as service:
        where = ("--service", service, "--database", database, "--home", str(lab.folder / "sweep"))
        figures = run_for_figures((sys.executable, "-m", "benchmarks.sweep_side", *where))
    with psycopg.connect(lab.cluster, autocommit=True) as connection:
        connection.execute('DROP DATABASE "sweep"')
    return figures


def _fill(database: str) -> None:
    engine = open_engine(database)
    schema.migrate(engine)
    engine.dispose()
    given = {"documents": DOCUMENTS, "every": EVERY, "ours": OURS, "lines": LINES}
    with psycopg.connect(database) as connection:
        connection.execute(FILL.format(first=FIRST_DATE.isoformat(), **given).encode())
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


@contextmanager
def _base() -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.sweep_server", "--documents", str(DOCUMENTS)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()
