"""`provodka up`: the store, the fast lane, Prefect and its deployments, until told to stop.

The lane is what is started first and stopped last; Prefect takes its time behind it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import structlog

from provodka.connectors.crm_store import cursors, schema
from provodka.connectors.crm_store.engine import open_engine
from provodka.connectors.crm_store.partitions import keep_months
from provodka.flows.demo.stage import ROMASHKA, Stage
from provodka.flows.hub import Hub, database_url, open_hub
from provodka.flows.lane import Lane
from provodka.flows.mail.waiting import watched_mailboxes
from provodka.flows.onec.exchange.place import STREAM as EXCHANGE
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.people.first_link import first_link
from provodka.flows.ports import free_port
from provodka.flows.prefect_processes import prefect_children
from provodka.flows.recorded import run_recorded
from provodka.flows.settings import Environment
from provodka.flows.standing import Served, announce, only_one, told_to_stop
from provodka.flows.streams import STREAMS
from provodka.flows.supervised_sandbox import kept_sandbox
from provodka.flows.supervising import Supervisor
from provodka.flows.triggers.scenarios import sync_scenarios
from provodka.flows.web_child import web_address, web_children, web_port

__all__ = ["run"]

log = structlog.get_logger("provodka.up")
FIRST_CATALOG = f"{SYSTEM}:client"


def run(
    environment: Environment,
    *,
    prefect_port: int = 4200,
    prefect: bool = True,
    sandbox: bool | None = None,
    stage: Stage = ROMASHKA,
    ready: Callable[[Served], None] = announce,
) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit code 0.

    `sandbox` serves a demonstration's company, that of `stage` (`None`: when there is no
    `hub.yaml`); without `prefect` only the fast lane runs, for those whose schedules run
    elsewhere. `ready` is told where everything is, once the lane is working. Raises
    `ProvodkaError` if the settings are wrong or another `up` serves the same data folder.
    """
    playing = lacks_settings(environment) if sandbox is None else sandbox
    place = settled(stage.corner(environment) if playing else environment)
    with ExitStack() as opened:
        stopping = opened.enter_context(told_to_stop())
        opened.enter_context(only_one(place.home / "up.lock"))
        company = opened.enter_context(kept_sandbox(place.home / "sandbox")) if playing else None
        place = place.model_copy(update={"database_url": database_url(place)})
        migrate(place)
        if company is not None:
            stage.settings(place.home, company.addresses())
        hub = opened.enter_context(open_hub(place))
        opened.enter_context(working_lane(hub))
        opened.enter_context(watched_mailboxes(hub))
        if playing:
            fill_catalogs(hub)
        port = free_port(prefect_port) if prefect else None
        web = web_port(hub.settings)
        children = web_children(place, web, port)
        children += prefect_children(place, port) if port is not None else []
        supervisor = Supervisor(children)
        supervisor.start()
        opened.callback(supervisor.stop)
        address = web_address(hub.settings, web)
        link = first_link(hub.engine, address, hub.clock()) if address else None
        ready(Served.at(place, port, company, address, link))
        stopping.wait()
        log.info("stopping")
    return 0


def lacks_settings(environment: Environment) -> bool:
    """Whether there is no `hub.yaml`; if a person named another file, its lack is a mistake."""
    usual = Environment.model_fields["config"].default
    return environment.config == usual and not environment.config.exists()


def settled(environment: Environment) -> Environment:
    """The same with absolute paths, for processes that may stand elsewhere."""
    paths = {"home": environment.home.resolve(), "config": environment.config.resolve()}
    paths["home"].mkdir(parents=True, exist_ok=True)
    return environment.model_copy(update=paths)


def migrate(environment: Environment) -> None:
    """Bring the store to this version's tables."""
    engine = open_engine(database_url(environment))
    try:
        if schema.migrate(engine):
            log.info("store_migrated")
        keep_months(engine)
    finally:
        engine.dispose()


@contextmanager
def working_lane(hub: Hub) -> Iterator[Lane]:
    """The fast lane in a thread of its own, for the block; the scenarios are in the store."""
    with hub.engine.begin() as connection:
        sync_scenarios(connection, hub.book, at_once=not hub.settings.rules_approval)
    lane = Lane(hub)
    thread = threading.Thread(target=lane.run, name="lane", daemon=True)
    thread.start()
    log.info("lane_working")
    try:
        yield lane
    finally:
        lane.stop()
        thread.join()


def fill_catalogs(hub: Hub) -> None:
    """Bring the catalogs of a company whose store has none yet."""
    stream, place = ("exchange", EXCHANGE) if hub.exchange else ("catalogs", FIRST_CATALOG)
    with hub.engine.connect() as connection:
        known = cursors.read(connection, place)
    if known is None:
        run_recorded(hub, STREAMS[stream])
