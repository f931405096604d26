"""One Prefect flow for each stream: a shell that shows in Prefect what the plain function did.

No Prefect retries: the connectors retry inside, and the next run of the schedule is the retry
of the whole. No result cache: a run's work depends on the store, not on parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from prefect import Flow, flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from provodka.flows.hub import open_hub
from provodka.flows.orchestration.logs import prepare_logs
from provodka.flows.recorded import Ran, explained, run_recorded
from provodka.flows.streams import STREAMS
from provodka.foundation.errors import ProvodkaError
from provodka.foundation.i18n import _

__all__ = [
    "FLOWS",
    "apply_triggers",
    "deliver_outbox",
    "exchange_messages",
    "handle_inbox",
    "outcome",
    "pull_accounting",
    "pull_calls",
    "pull_mail",
    "push_invoices",
    "read_channels",
    "refresh_reports",
    "run_stream",
    "sweep_everything",
    "sync_calendars",
    "sync_catalogs",
    "take_statements",
    "tend_journal",
    "watch_alerts",
]

StreamFlow = Flow[[], "State[Any]"]


def outcome(ran: Ran) -> State[Any]:
    """The state that Prefect shows: failed with the reason, or completed with the counts."""
    if ran.state == "failed":
        return Failed(message=ran.note)
    if ran.state in ("skipped", "busy"):
        return Completed(name="Skipped", message=ran.note)
    counted = ", ".join(f"{name} {count}" for name, count in sorted(ran.counts.items()) if count)
    told = counted or _("новых данных нет")
    if ran.state == "set_aside":
        told += ". " + _("Отложены: {keys}").format(keys="; ".join(ran.aside))
        return Completed(name="SetAside", message=told)
    return Completed(message=told)


def run_stream(name: str) -> State[Any]:
    """Compose a hub and run one stream; settings that are wrong fail the run, with their lines."""
    prepare_logs()
    try:
        with open_hub() as hub:
            return outcome(run_recorded(hub, STREAMS[name]))
    except ProvodkaError as error:
        return Failed(message=explained(error))


@task(task_run_name="{name}", cache_policy=NO_CACHE, retries=0, persist_result=False)
def stream(name: str) -> State[Any]:
    """A whole plain call as one task."""
    return run_stream(name)


def _as_task(name: str) -> State[Any]:
    """The task's end as the flow's own: Prefect would say of it only that all states are well."""
    ended = stream(name, return_state=True)
    return State(type=ended.type, name=ended.name, message=ended.message)


def _shell(body: Callable[[], State[Any]]) -> StreamFlow:
    name = body.__name__.replace("_", "-")
    return flow(name=name, retries=0, persist_result=False, validate_parameters=False)(body)


@_shell
def sync_catalogs() -> State[Any]:
    """Organizations, clients, contracts and products from 1C."""
    return _as_task("catalogs")


@_shell
def pull_accounting() -> State[Any]:
    """Invoices, payments and shipments from 1C."""
    return _as_task("accounting")


@_shell
def exchange_messages() -> State[Any]:
    """The base's next message of EnterpriseData, and ours in answer."""
    return _as_task("exchange")


@_shell
def push_invoices() -> State[Any]:
    """Invoices and changes that have to be written to 1C go into the outbox."""
    return _as_task("invoices")


@_shell
def read_settlements() -> State[Any]:
    """What clients owe and are owed, as 1C computes it."""
    return _as_task("settlements")


@_shell
def read_stock() -> State[Any]:
    """What is left in warehouses, as 1C computes it."""
    return _as_task("stock")


@_shell
def take_statements() -> State[Any]:
    """Bank statements from their folder, and payments of invoices by them."""
    return _as_task("bank")


@_shell
def pull_calls() -> State[Any]:
    """Calls from the logs of the telephone exchanges."""
    return _as_task("calls")


@_shell
def handle_inbox() -> State[Any]:
    """What has come over HTTP and was not handled at once; what is old is erased."""
    return _as_task("inbox")


@_shell
def read_channels() -> State[Any]:
    """What people have written to the bot, and what has become of messages to phones."""
    return _as_task("channels")


@_shell
def sync_calendars() -> State[Any]:
    """Tasks and meetings in people's calendars, what they have moved there, busy hours."""
    return _as_task("calendars")


@_shell
def pull_mail() -> State[Any]:
    """Letters of the mailboxes, each once and on its client."""
    return _as_task("mail")


@_shell
def apply_triggers() -> State[Any]:
    """The rules react to what has changed; every open deal has a next step."""
    return _as_task("triggers")


@_shell
def deliver_outbox() -> State[Any]:
    """Everything that waits in the outbox and is due."""
    return _as_task("outbox")


@_shell
def refresh_reports() -> State[Any]:
    """The report tables follow the journal."""
    return _as_task("reports")


@_shell
def watch_alerts() -> State[Any]:
    """What has gone beyond its limit is told by mail, once."""
    return _as_task("alerts")


@_shell
def sweep_everything() -> State[Any]:
    """Everything in 1C against everything here: what differs is reported, or mended if so set."""
    return _as_task("sweep")


@_shell
def tend_journal() -> State[Any]:
    """Months of the journal are made ahead, and old ones go to the archive."""
    return _as_task("journal")


FLOWS: Mapping[str, StreamFlow] = {
    "catalogs": sync_catalogs,
    "accounting": pull_accounting,
    "exchange": exchange_messages,
    "invoices": push_invoices,
    "settlements": read_settlements,
    "stock": read_stock,
    "bank": take_statements,
    "calls": pull_calls,
    "mail": pull_mail,
    "inbox": handle_inbox,
    "channels": read_channels,
    "triggers": apply_triggers,
    "calendars": sync_calendars,
    "outbox": deliver_outbox,
    "reports": refresh_reports,
    "alerts": watch_alerts,
    "sweep": sweep_everything,
    "journal": tend_journal,
}
