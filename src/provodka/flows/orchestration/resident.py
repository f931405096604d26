"""Carries out what Prefect has scheduled, in threads of one process that stays.

Prefect's own runner starts an interpreter for every run and imports Prefect anew in it: four
seconds of a processor a run, seven runs a minute. Here a run costs a fifth of a second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import State
from prefect.exceptions import Abort
from prefect.flow_engine import run_flow
from prefect.states import Cancelled, Pending
from prefect.utilities.engine import propose_state_sync

__all__ = ["Resident"]

log = structlog.get_logger("provodka.orchestration")
POLL_SECONDS = 2.0
LAST_WORDS_SECONDS = 6.0


class Resident:
    """Polls for due runs of the given deployments (deployment → its flow), one run at a time each.

    Runs that piled up while nobody was there are not made up for: a stream does all there is to
    do, so only the newest due run of a deployment is carried out.
    """

    def __init__(
        self,
        client: SyncPrefectClient,
        flows: Mapping[UUID, Any],
        carry_out: Callable[..., Any] = run_flow,
    ) -> None:
        self._client = client
        self._flows = flows
        self._carry_out = carry_out
        self._busy: dict[UUID, threading.Thread] = {}

    def run(self, stopping: threading.Event) -> None:
        """Serve until told to stop; a server that does not answer is asked again."""
        while not stopping.wait(POLL_SECONDS):
            try:
                self.step()
            except Exception as error:
                log.warning("prefect_does_not_answer", error=type(error).__name__)
        ends = time.monotonic() + LAST_WORDS_SECONDS
        for thread in self._busy.values():
            thread.join(max(0.0, ends - time.monotonic()))

    def step(self) -> int:
        """Start everything that is due and may start; returns how many runs were started."""
        self._busy = {key: thread for key, thread in self._busy.items() if thread.is_alive()}
        due = self._client.get_scheduled_flow_runs_for_deployments(
            list(self._flows), scheduled_before=datetime.now(UTC)
        )
        started = 0
        for deployment in self._flows.keys() - self._busy.keys():
            mine = [run for run in due if run.deployment_id == deployment]
            started += self._newest(deployment, sorted(mine, key=_scheduled))
        return started

    def _newest(self, deployment: UUID, due: Iterable[Any]) -> int:
        *missed, newest = [*due] or [None]
        if newest is None:
            return 0
        for run in missed:
            state: State[Any] = Cancelled(message="superseded by a later run")
            self._client.set_flow_run_state(run.id, state, force=True)
        return int(self._start(deployment, newest.id))

    def _start(self, deployment: UUID, number: UUID) -> bool:
        try:
            state = propose_state_sync(self._client, Pending(), flow_run_id=number)
        except Abort:
            return False
        if not state.is_pending():
            return False
        thread = threading.Thread(target=self._execute, args=(deployment, number), daemon=True)
        self._busy[deployment] = thread
        thread.start()
        return True

    def _execute(self, deployment: UUID, number: UUID) -> None:
        try:
            run = self._client.read_flow_run(number)
            self._carry_out(self._flows[deployment], flow_run=run, return_type="state")
        except Exception as error:
            log.warning("flow_run_broke", flow_run=str(number), error=type(error).__name__)


def _scheduled(run: Any) -> datetime:
    at: datetime = run.next_scheduled_start_time or run.expected_start_time
    return at
