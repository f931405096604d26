"""The schema: what is declared is what migrations make; every thing is explained."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from provodka.connectors.crm_store import bindings, cursors, parked, quarantine, schema
from provodka.connectors.crm_store.bindings import Binding
from provodka.connectors.crm_store.engine import open_engine
from provodka.connectors.crm_store.parked import Parked
from provodka.connectors.crm_store.tables import metadata
from provodka.foundation.errors import Misunderstood
from provodka.foundation.identifiers import uuid7

OURS = "('crm', 'hub', 'report')"
JOIN = """
import sys, time
from pathlib import Path
from provodka.connectors.crm_store import embedded
print(embedded.start(Path(sys.argv[1])), flush=True)
time.sleep(60)
"""


@pytest.mark.filterwarnings("ignore:Did not recognize type 'xid8'")
def test_migrations_make_exactly_the_declared_tables(store: Engine) -> None:
    options = {
        "include_schemas": True,
        "version_table_schema": "hub",
        "compare_server_default": False,
        "include_name": lambda name, kind, _parents: (
            kind != "schema" or name in ("crm", "hub", "report")
        ),
    }
    with store.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_every_table_and_column_is_explained(store: Engine) -> None:
    silent = text(
        "SELECT c.table_schema || '.' || c.table_name || '.' || c.column_name"
        " FROM information_schema.columns c"
        " JOIN pg_class t ON t.oid = (c.table_schema || '.' || c.table_name)::regclass"
        f" WHERE c.table_schema IN {OURS} AND c.table_name <> 'alembic_version'"
        " AND (col_description(t.oid, c.ordinal_position) IS NULL"
        "      OR obj_description(t.oid, 'pg_class') IS NULL)"
    )
    with store.connect() as connection:
        assert list(connection.scalars(silent)) == []


def test_every_document_table_is_journaled(store: Engine) -> None:
    forgotten = text(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'crm' AND c.relkind = 'r' AND c.relname NOT IN ('scenario', 'stage')"
        " AND (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = c.oid"
        "      AND t.tgname LIKE 'journal_%') <> 4"
    )
    with store.connect() as connection:
        assert list(connection.scalars(forgotten)) == []


def test_several_processes_may_migrate_at_once(server: str) -> None:
    name = f"provodka_migrated_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    url = psycopg.conninfo.conninfo_to_dict(server)
    engines = [
        open_engine(server.replace(f"/{url['dbname']}?", f"/{name}?", 1)) for _number in range(3)
    ]
    try:
        with ThreadPoolExecutor(3) as pool:
            assert sorted(pool.map(schema.migrate, engines)) == [False, False, True]
    finally:
        for engine in engines:
            engine.dispose()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize(
    ("value", "fits"),
    [("7707083893", True), ("500100732259", True), ("7707083894", False), ("77", False)],
)
def test_a_tax_number_is_checked_by_the_store_itself(
    store: Engine, value: str, *, fits: bool
) -> None:
    with store.connect() as connection:
        valid = connection.execute(text("SELECT crm.inn_valid(:value)"), {"value": value})
        assert valid.scalar_one() is fits


def test_a_binding_is_one_to_one_both_ways(store: Engine) -> None:
    one, other = uuid7(), uuid7()
    with store.begin() as connection:
        bindings.save(connection, Binding("onec", "client", "a", one, "1", {"x": "1"}))
        bindings.save(connection, Binding("onec", "client", "a", one, "2", {"x": "2"}))
        kept = bindings.find(connection, "onec", "client", one)
    assert kept
    assert (kept.external_version, kept.snapshot) == ("2", {"x": "2"})
    with pytest.raises(Exception, match="uq_binding"), store.begin() as connection:
        bindings.save(connection, Binding("onec", "client", "b", one))
    with store.begin() as connection:
        bindings.save(connection, Binding("onec", "client", "b", other))
        bindings.unbind(connection, "onec", "client", "a")
        keys = [("client", "a"), ("client", "b")]
        assert set(bindings.documents(connection, "onec", keys)) == {("client", "b")}


def test_a_cursor_moves_with_its_transaction_or_not_at_all(store: Engine) -> None:
    with store.begin() as connection:
        cursors.move(connection, "поток", {"at": 1})
    with store.connect() as connection:
        cursors.move(connection, "поток", {"at": 2})
        connection.rollback()
        assert cursors.read(connection, "поток") == {"at": 1}
        cursors.forget(connection, "поток")
        assert cursors.read(connection, "поток") is None


def test_a_document_set_aside_again_is_counted_and_opened_again(store: Engine) -> None:
    error = Misunderstood("там", found="это", expected="то", next_step="исправить", code="odd")
    with store.begin() as connection:
        for _time in range(2):
            quarantine.set_aside(connection, "s", "k", {"a": 1}, error)
        assert quarantine.count_open(connection) == 1
        assert quarantine.heal(connection, "s", ["k"]) == 1
        assert quarantine.listed(connection) == []
        quarantine.set_aside(connection, "s", "k", {"a": 2}, error)
        [row] = quarantine.listed(connection, stream="s", key="k")
    assert (row["times"], row["payload"]) == (3, {"a": 2})


def test_the_newest_payload_waits_for_its_parent(store: Engine) -> None:
    with store.begin() as connection:
        for version in (1, 2):
            parked.park(connection, [Parked("s", "k", "invoice", "p", {"v": version})])
        [waiting] = parked.waiting_for(connection, "invoice", ["p", "q"])
        assert waiting.payload == {"v": 2}
        assert parked.release(connection, "s", ["k"]) == 1
        assert parked.count(connection) == 0


def joined(folder: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", JOIN, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    return process, process.stdout.readline().strip()


def gone(number: int) -> bool:
    for _time in range(100):
        if not psutil.pid_exists(number):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.timeout(90)
def test_the_embedded_server_outlives_kill_9_serves_several_and_stops_with_the_last(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "pg"
    first, url = joined(folder)
    second, same = joined(folder)
    assert url == same
    server = int((folder / "postmaster.pid").read_text().splitlines()[0])
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    first.send_signal(signal.SIGKILL)
    first.communicate()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
    third, _url = joined(folder)
    assert first.pid not in json.loads((folder / ".handle_pids.json").read_text())
    for process in (second, third):
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert gone(server)
    again, url = joined(folder)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
    again.send_signal(signal.SIGINT)
    again.communicate()


REVIVE = """
import os, signal, sys, time
from pathlib import Path
import psutil, psycopg
from provodka.connectors.crm_store import embedded
folder = Path(sys.argv[1])
url = embedded.start(folder)
with psycopg.connect(url, autocommit=True) as connection:
    connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
server = int((folder / "postmaster.pid").read_text().splitlines()[0])
os.kill(server, signal.SIGKILL)
while psutil.pid_exists(server):
    time.sleep(0.05)
with psycopg.connect(embedded.start(folder)) as connection:
    print(connection.execute("SELECT number FROM kept").fetchone())
"""


@pytest.mark.timeout(60)
def test_the_embedded_server_is_started_again_after_it_was_killed_itself(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", REVIVE, str(tmp_path / "pg")], check=False, capture_output=True
    )
    assert done.stdout.decode().strip() == "(7,)", done.stderr.decode()
