"""`python -m provodka.flows.orchestration.serve`: tell Prefect the deployments and run them.

Expects `PREFECT_API_URL` to name a server, which may still be starting.
"""

from __future__ import annotations

import signal
import threading

import structlog
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.states import Scheduled

from provodka.flows.hub import utc_now
from provodka.flows.orchestration.deployments import (
    close_forgotten,
    intervals,
    pause_unused,
    register,
    schedules,
)
from provodka.flows.orchestration.flows import FLOWS
from provodka.flows.orchestration.logs import prepare_logs
from provodka.flows.orchestration.resident import Resident
from provodka.flows.orchestration.staggering import first_run
from provodka.flows.settings import Environment, load_settings

__all__ = ["main", "serve"]

log = structlog.get_logger("provodka.orchestration")


def serve(client: SyncPrefectClient, environment: Environment, stopping: threading.Event) -> None:
    """Register, run every stream that has a pace once, and then what is due, until told to stop.

    The first runs are spread over some seconds.
    """
    settings, _source = load_settings(environment.config)
    when = schedules(settings, utc_now())
    while client.api_healthcheck() is not None:
        if stopping.wait(0.5):
            return
    deployments = register(when)
    pause_unused(client, when)
    close_forgotten(client, deployments)
    paced, now = intervals(settings), utc_now()
    for key, name in deployments.items():
        if name in paced:
            at = first_run(name, FLOWS, paced[name], now)
            client.create_flow_run_from_deployment(key, state=Scheduled(scheduled_time=at))
    log.info("deployments_registered", streams=sorted(when))
    Resident(client, {key: FLOWS[name] for key, name in deployments.items()}).run(stopping)


def main() -> None:
    """The process's entry."""
    prepare_logs()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_given: stopping.set())
    with get_client(sync_client=True) as client:
        serve(client, Environment(), stopping)


if __name__ == "__main__":
    main()
