"""PostgreSQL stops, is cut off, has no room: nothing is lost, it is said, the next run goes on."""

from __future__ import annotations

import itertools
import json
import random
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError
from tests.e2e.breaking_database import Server, cutting, enlarge, no_larger_files, small_disk
from tests.e2e.company import Company, found, run, settle
from tests.e2e.life import Life, violations
from tests.e2e.neighbours import INVOICES, Neighbours
from tests.e2e.worker import Worker

from provodka.connectors.crm_store import schema
from provodka.connectors.crm_store.engine import open_engine
from provodka.flows.hub import Hub, open_hub
from provodka.flows.recorded import Ran, run_recorded
from provodka.flows.settings import Environment
from provodka.flows.streams import STREAMS

PAPERS = 300
PATIENCE = 90.0
RESTARTS = 3
EXPECTED = "OperationalError|PendingRollbackError"
FILL = """
    INSERT INTO hub.binding (system, kind, external_key, document, snapshot)
    SELECT 'elsewhere', 'filler', gen_random_uuid()::text, gen_random_uuid(),
           to_json(repeat(md5(random()::text), 30))
    FROM generate_series(1, %(rows)s)
"""
FULL = 16
SMALL = 8


names = itertools.count()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of these tests' own, with an empty store to be copied."""
    folder = Path(tempfile.mkdtemp(prefix="provodka-pg-"))
    found = Server(folder / "pg")
    url = found.start()
    for setting in ("fsync", "full_page_writes", "autovacuum"):
        alone(url, f"ALTER SYSTEM SET {setting} = off")
    found.restart_at_once()
    alone(url, "CREATE DATABASE empty")
    engine = open_engine(_named(url, "empty"))
    schema.migrate(engine)
    engine.dispose()
    yield found
    found.stop_at_once()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def store_url(server: Server) -> str:
    """A store on that server."""
    url, name = server.start(), f"store_{next(names)}"
    alone(url, f"CREATE DATABASE {name} TEMPLATE empty")
    return _named(url, name)


@pytest.fixture
def environment(environment: Environment) -> Environment:
    """As elsewhere, but the base is read in small pages."""
    config = environment.config.read_text(encoding="utf-8")
    small = config.replace("onec:\n", "onec:\n  page_mb: 0.05\n  base_share: 100\n")
    environment.config.write_text(small, encoding="utf-8")
    return environment


@pytest.fixture
def company(hub: Hub) -> Company:
    """People at work; their store is on the server that will be troubled."""
    return found(hub)


def _named(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def taken(company: Company) -> int:
    """How many invoices are here; each is bound once, and was entered into the journal once."""
    [(count, bound, told)] = company.rows(
        "SELECT (SELECT count(*) FROM crm.invoice),"
        " (SELECT count(*) FROM hub.binding WHERE kind = 'invoice'),"
        " (SELECT count(DISTINCT document) FROM hub.delta"
        "  WHERE kind = 'invoice' AND part = '' AND op = 'insert')"
    )
    assert count == bound == told
    return int(count)


def recorded(hub: Hub) -> Ran:
    """Run the stream of accounting as the command line does."""
    return run_recorded(hub, STREAMS["accounting"])


@contextmanager
def before_request(number: int, act: Callable[[], None]) -> Iterator[list[int]]:
    """`act` happens once, before a request of the hub after so many others; yields what is left."""
    left, build = [number], httpx.Client.build_request

    def made(client: httpx.Client, *given: Any, **more: Any) -> httpx.Request:
        if client.headers["User-Agent"] == "provodka":
            left[0] -= 1
            if left[0] == -1:
                act()
        return build(client, *given, **more)

    with patch.object(httpx.Client, "build_request", made):
        yield left


@pytest.mark.requirement("R28", "R114")
def test_a_database_restarted_at_once_under_a_pull_loses_nothing(
    hub: Hub, company: Company, sandbox: Neighbours, server: Server
) -> None:
    sandbox.bulk(PAPERS)
    reached = [0]
    for number in (10, 4, 3):
        with before_request(number, server.restart_at_once) as left:
            ran = recorded(hub)
        assert ran.state == ("failed" if left[0] < 0 else "done")
        assert not ran.note or "PostgreSQL" in ran.note
        reached.append(taken(company))
    assert 0 < reached[1] < PAPERS
    assert reached == sorted(reached)
    assert recorded(hub).state == "done"
    assert taken(company) == PAPERS


@pytest.mark.requirement("R27", "R114")
def test_a_database_restarted_at_once_under_a_write_leaves_one_invoice_in_1c(
    hub: Hub, company: Company, sandbox: Neighbours, server: Server
) -> None:
    run(hub, "accounting")
    keys = [company.bill(company.deal()) for _number in range(3)]
    run(hub, "invoices")
    for number in range(1, 9):
        with before_request(number, server.restart_at_once), suppress(DBAPIError):
            run(hub, "outbox")
        company.now()
    settle(hub)
    assert [company.invoice(key).accounting for key in keys] == ["entered"] * 3
    created = [one["ref"] for one in sandbox.writes(INVOICES) if one["method"] == "POST"]
    assert len(set(created)) == len(sandbox.rows(INVOICES)) == 3


@pytest.mark.soak
@pytest.mark.timeout(180)
@pytest.mark.requirement("R27", "R28", "R114")
def test_a_living_hub_whose_database_is_restarted_goes_on_by_itself(
    environment: Environment, sandbox: Neighbours, server: Server, tmp_path: Path
) -> None:
    with open_hub(environment) as hub:
        company = found(hub)
    company.engine = open_engine(str(environment.database_url))
    life = Life(company, sandbox, random.Random(7))  # noqa: S311
    worker = Worker(environment, tmp_path / "complaints.jsonl")
    worker.start()
    for day in range(RESTARTS):
        life.day(day)
        time.sleep(life.mood.uniform(0, 1))
        worker.hear()
        server.restart_at_once()
    life.finish()
    give_up = time.monotonic() + PATIENCE
    while (life.account() or life.unfinished()) and time.monotonic() < give_up:
        company.hurry()
        worker.hear()
        time.sleep(0.2)
    worker.kill()
    with open_hub(environment) as hub:
        settle(hub)
    company.engine.dispose()
    told = map(json.loads, worker.journal.read_text(encoding="utf-8").splitlines())
    broken = [one["exception"] for one in told if "exception" in one]
    assert [one for one in broken if not re.search(EXPECTED, one)] == []
    assert violations(life) == []


@pytest.mark.requirement("R28", "R114")
@pytest.mark.parametrize("after", [1, 40_000])
def test_a_connection_cut_in_the_middle_of_copy_leaves_no_part_of_a_page(
    environment: Environment, company: Company, sandbox: Neighbours, patience: None, after: int
) -> None:
    sandbox.bulk(PAPERS)
    with cutting(str(environment.database_url)) as (url, cut):
        reached = environment.model_copy(update={"database_url": url})
        with open_hub(reached) as hub:
            run(hub, "catalogs")
            cut.left = after
            ran = recorded(hub)
            assert cut.happened.is_set()
            assert ran.state == "failed"
            assert "прервала соединение" in ran.note
            assert taken(company) == place(company)
            assert recorded(hub).state == "done"
    assert taken(company) == PAPERS


@pytest.mark.requirement("R28", "R114")
@pytest.mark.parametrize("disk", ["no space", "no larger files"])
def test_a_full_disk_leaves_no_part_of_a_page_and_the_next_run_goes_on(
    hub: Hub, company: Company, sandbox: Neighbours, server: Server, disk: str
) -> None:
    sandbox.bulk(PAPERS)
    url = _named(server.start(), str(hub.engine.url.database))
    make_room: Callable[[], None]
    with ExitStack() as opened:
        if disk == "no space":
            folder = opened.enter_context(
                small_disk(server.folder.with_name("disk"), SMALL, server.folder)
            )
            make_room = partial(enlarge, folder, 8 * SMALL)
            alone(url, f"CREATE TABLESPACE small LOCATION '{folder}'")
            alone(url, "ALTER TABLE hub.binding SET TABLESPACE small")
            opened.callback(alone, url, "DROP TABLESPACE small")
            opened.callback(alone, url, "ALTER TABLE hub.binding SET TABLESPACE pg_default")
        else:
            make_room = server.restart_at_once
            server.stop_at_once()
            with no_larger_files(FULL):
                server.start()
        fill(url)
        ran = recorded(hub)
        assert ran.state == "failed"
        assert "нет места" in ran.note
        assert "освободите место" in ran.note
        assert taken(company) == place(company)
        make_room()
        assert recorded(hub).state == "done"
        assert taken(company) == PAPERS


def fill(url: str) -> None:
    """Fill the table of bindings until no page of documents fits in any more."""
    with psycopg.connect(url, autocommit=True) as connection, suppress(psycopg.Error):
        for rows in (4000, 1000, 200, 50):
            with suppress(psycopg.Error):
                while True:
                    connection.execute(FILL, {"rows": rows})


def alone(url: str, statement: str) -> None:
    """A statement that wants no transaction."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def place(company: Company) -> int:
    """How many invoices the cursor says are here."""
    rows = company.rows("SELECT position->>'skip' FROM hub.cursor WHERE stream = 'onec:invoice'")
    return int(rows[0][0] or 0) if rows else 0
