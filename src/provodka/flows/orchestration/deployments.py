"""What Prefect is told about the hub: a deployment for each stream that `hub.yaml` makes use of."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

import structlog
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import (
    ConcurrencyLimitConfig,
    ConcurrencyLimitStrategy,
    StateType,
)
from prefect.client.schemas.sorting import FlowRunSort
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.schedules import Cron, Interval, Schedule
from prefect.states import Crashed
from prefect.types.entrypoint import EntrypointType

from provodka.flows.orchestration.flows import FLOWS
from provodka.flows.orchestration.nights import nightly
from provodka.flows.orchestration.staggering import anchor
from provodka.flows.settings import HubSettings
from provodka.mappings.balances.catalog import BALANCES

__all__ = ["NAME", "close_forgotten", "intervals", "pause_unused", "register", "schedules"]

log = structlog.get_logger("provodka.orchestration")
NAME = "hub"
TAG = "provodka"
MOST = 200
UNDER_WAY = (StateType.PENDING, StateType.RUNNING, StateType.CANCELLING)


def intervals(settings: HubSettings) -> dict[str, timedelta]:
    """How often each stream runs; those whose system is not named do not run at all."""
    paced = FLOWS.keys() - {"sweep"}
    every = {name: timedelta(seconds=getattr(settings.streams, name)) for name in paced}
    absent: set[str] = set()
    if settings.onec is None:
        absent |= {"catalogs", "accounting", "exchange", "invoices", *BALANCES}
    elif settings.onec.protocol == "odata":
        absent |= {"exchange", *set(BALANCES).difference(settings.onec.balances)}
    else:
        absent |= {"catalogs", "accounting", *BALANCES}
    if settings.alerts is None:
        absent.add("alerts")
    if settings.bank is None:
        absent.add("bank")
    if settings.mail is None or not settings.mail.mailboxes:
        absent.add("mail")
    if not settings.telephony:
        absent.add("calls")
    if settings.web is None:
        absent.add("inbox")
    refusable = settings.mail is not None and settings.mail.unsubscribe is not None
    if not (settings.outside.telegram or settings.outside.smsc or refusable):
        absent.add("channels")
    if settings.calendars is None:
        absent.add("calendars")
    outside = (*settings.outside.channels, *settings.outside.webhooks)
    if not any((settings.onec, settings.mail, outside, settings.calendars)):
        absent.add("outbox")
    return {name: pace for name, pace in every.items() if name not in absent}


def register(schedules: Mapping[str, Schedule]) -> dict[UUID, str]:
    """Create or update the deployments; which stream each of them runs."""
    return {cast(UUID, _deployment(name, one).apply()): name for name, one in schedules.items()}


def schedules(settings: HubSettings, now: datetime) -> dict[str, Schedule]:
    """When each stream runs: in its turn at its pace, or once a night by the company's clock."""
    paced = {
        name: Interval(pace, anchor_date=anchor(name, FLOWS, pace))
        for name, pace in intervals(settings).items()
    }
    zone = settings.company.zone
    nights = {
        name: Cron(f"{at.minute} {at.hour} * * *", timezone=zone)
        for name, at in nightly(settings, now).items()
    }
    return {**paced, **nights}


def _deployment(stream: str, schedule: Schedule) -> RunnerDeployment:
    return RunnerDeployment.from_flow(
        FLOWS[stream],
        name=NAME,
        schedule=schedule,
        concurrency_limit=ConcurrencyLimitConfig(
            limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
        ),
        tags=[TAG],
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def pause_unused(client: SyncPrefectClient, used: Collection[str]) -> None:
    """Stop the schedules of streams that `hub.yaml` no longer makes use of."""
    for name in FLOWS.keys() - set(used):
        try:
            known = client.read_deployment_by_name(f"{FLOWS[name].name}/{NAME}")
        except ObjectNotFound:
            continue
        client.pause_deployment(known.id)


def close_forgotten(client: SyncPrefectClient, deployments: Mapping[UUID, str]) -> int:
    """End in Prefect the runs of a process that was killed, which would hold their places."""
    wanted = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=list(deployments)),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(UNDER_WAY))),
    )
    found = client.read_flow_runs(flow_run_filter=wanted, sort=FlowRunSort.ID_DESC, limit=MOST)
    for run in found:
        client.set_flow_run_state(run.id, Crashed(message="the process was killed"), force=True)
        log.info("forgotten_run_closed", flow_run=str(run.id))
    return len(found)
