"""Where an example is played: a store and a base of its own, both copied from finished ones.

The copies take some tens of milliseconds, so that each example begins from the same place and a
failing one can be made shorter.
"""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, make_url
from tests.e2e.company import Company, found, run, settle
from tests.e2e.exchange.talk import met
from tests.e2e.neighbours import INVOICES, Neighbours

from provodka.connectors.crm_store.engine import open_engine
from provodka.flows.hub import Hub, open_hub
from provodka.flows.sandbox_process import write_settings
from provodka.flows.settings import Environment
from provodka.sandbox.app import Sandbox
from provodka.sandbox.settings import Settings

__all__ = ["Founded", "Place", "founded"]

OPERATOR = "operator"
BY_MESSAGES = """\
  protocol: enterprise_data
  exchange_node: CRM
  part_kb: 16
  job_poll: 0.005
  job_deadline: 20
"""
NODES: dict[str, dict[str, Any]] = {
    "plan": {"url": "exchange/nodes", "json": {"code": "PROVODKA"}},
    "messages": {"url": "enterprise-data/peers", "json": {"code": "CRM"}},
}
HASTE = "onec:\n  licence_wait: 0\n  base_share: 100\n"


@contextmanager
def sandbox(state: Path) -> Iterator[Neighbours]:
    """The sandbox company of a folder, in a thread of this process."""
    loop, begun = asyncio.new_event_loop(), threading.Event()
    about: dict[str, Any] = {}

    def serve() -> None:
        asyncio.set_event_loop(loop)
        company = Sandbox(Settings(state=state))
        about.update(loop.run_until_complete(company.start()))
        begun.set()
        loop.run_forever()
        loop.run_until_complete(company.stop())
        loop.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    begun.wait()
    neighbours = Neighbours(about)
    try:
        with closing(neighbours.control), closing(neighbours.onec):
            yield neighbours
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


@dataclass
class Place:
    """One example's store, base and settings; `people` and `operator` are hands on the store."""

    environment: Environment
    sandbox: Neighbours
    people: Company
    operator: Engine


@dataclass(frozen=True)
class Founded:
    """A company as each example finds it: a database and a folder to be copied."""

    server: str
    database: str
    folder: Path
    way: str

    @contextmanager
    def copy(self, name: str) -> Iterator[Place]:
        """A place of one's own, gone after the block."""
        folder = self.folder.with_name(name)
        shutil.copytree(self.folder, folder)
        url = _database(self.server, name, self.database)
        operator = open_engine(url, name=OPERATOR)
        people = open_engine(url, name="people")
        try:
            with sandbox(folder / "base") as neighbours:
                environment = _environment(folder, url, neighbours, self.way)
                yield Place(environment, neighbours, Company(people), operator)
        finally:
            people.dispose()
            operator.dispose()
            drop(self.server, name)
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def founded(server: str, template: str, folder: Path, *, way: str) -> Iterator[Founded]:
    """A company with one invoice that the hub and the base agree on.

    By the `way` of a "plan" the base has a node of an exchange plan for the hub; by "scan"
    versions are compared; by "messages" they talk EnterpriseData.
    """
    name = f"{template}_{way}"
    url = _database(server, name, template)
    with sandbox(folder / "base") as neighbours:
        if way in NODES:
            neighbours.control.post(**NODES[way]).raise_for_status()
        environment = _environment(folder, url, neighbours, way)
        with open_hub(environment) as hub:
            people = met(hub) if way == "messages" else found(hub)
            _agree(hub, people, "exchange" if way == "messages" else "accounting")
        assert [row["Posted"] for row in neighbours.rows(INVOICES)] == [True]
    yield Founded(server, name, folder, way)
    drop(server, name)


def _agree(hub: Hub, people: Company, reading: str) -> None:
    """One invoice goes there, and everything is at rest."""
    run(hub, reading)
    people.bill(people.deal())
    settle(hub)
    run(hub, reading)
    run(hub, reading)


def _environment(folder: Path, url: str, neighbours: Neighbours, way: str) -> Environment:
    config = write_settings(folder, neighbours.about)
    haste = HASTE + (BY_MESSAGES if way == "messages" else "")
    text = config.read_text(encoding="utf-8").replace("onec:\n", haste)
    text = text.replace("lost_answer_wait: 2", "lost_answer_wait: 0")
    config.write_text(text, encoding="utf-8")
    return Environment(config=config, home=folder, database_url=url)


def _database(server: str, name: str, template: str) -> str:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def drop(server: str, name: str) -> None:
    """Remove a database, whoever is connected to it."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
