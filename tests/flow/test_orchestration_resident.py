"""The resident runner against a Prefect API that answers from a list."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas import OrchestrationResult
from prefect.client.schemas.objects import State, StateType
from prefect.client.schemas.responses import (
    SetStateStatus,
    StateAbortDetails,
    StateAcceptDetails,
    StateRejectDetails,
)
from prefect.states import Cancelled

from provodka.flows.orchestration.resident import Resident

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass
class FakeApi:
    """Due runs, and the states that they were given. `answer` is how a Pending is met."""

    due: list[Any] = field(default_factory=list)
    states: dict[UUID, State[Any]] = field(default_factory=dict)
    answer: SetStateStatus = SetStateStatus.ACCEPT

    def schedule(self, deployment: UUID, minutes: int) -> UUID:
        at = NOON + timedelta(minutes=minutes)
        number = uuid4()
        run = SimpleNamespace(id=number, deployment_id=deployment, next_scheduled_start_time=at)
        self.due.append(run)
        return number

    def get_scheduled_flow_runs_for_deployments(
        self, _deployments: list[UUID], **_before: datetime
    ) -> list[Any]:
        return [run for run in self.due if run.id not in self.states]

    def read_flow_run(self, number: UUID) -> Any:
        return SimpleNamespace(id=number)

    def set_flow_run_state(
        self, number: UUID, state: State[Any], **_force: bool
    ) -> OrchestrationResult[Any]:
        details: Any = StateAcceptDetails()
        if state.type is StateType.PENDING and self.answer is SetStateStatus.REJECT:
            state, details = Cancelled(), StateRejectDetails(reason="limit")
        if state.type is StateType.PENDING and self.answer is SetStateStatus.ABORT:
            return OrchestrationResult(
                state=None, status=self.answer, details=StateAbortDetails(reason="gone")
            )
        self.states[number] = state
        status = self.answer if state.is_cancelled() else SetStateStatus.ACCEPT
        return OrchestrationResult(state=state, status=status, details=details)


@dataclass
class Stage:
    """A resident with its API; `ran` are the flow runs that were carried out."""

    api: FakeApi = field(default_factory=FakeApi)
    ran: list[tuple[str, UUID]] = field(default_factory=list)
    held: threading.Event = field(default_factory=threading.Event)
    catalogs: UUID = field(default_factory=uuid4)
    calls: UUID = field(default_factory=uuid4)

    def resident(self, carry_out: Callable[..., Any] | None = None) -> Resident:
        client = cast(SyncPrefectClient, self.api)
        flows = {self.catalogs: "catalogs", self.calls: "calls"}
        return Resident(client, flows, carry_out or self._carry_out)

    def _carry_out(self, flow: str, *, flow_run: Any, return_type: str) -> None:
        assert return_type == "state"
        self.held.wait(5)
        self.ran.append((flow, flow_run.id))


def let_end(stage: Stage, resident: Resident) -> None:
    stage.held.set()
    for thread in resident._busy.values():
        thread.join()


def test_due_runs_of_different_streams_run_side_by_side() -> None:
    stage = Stage()
    first, second = stage.api.schedule(stage.catalogs, 0), stage.api.schedule(stage.calls, 0)
    resident = stage.resident()
    assert resident.step() == 2
    let_end(stage, resident)
    assert sorted(stage.ran) == [("calls", second), ("catalogs", first)]


def test_of_runs_that_piled_up_only_the_newest_is_carried_out() -> None:
    stage = Stage()
    old = [stage.api.schedule(stage.calls, minutes) for minutes in (1, 0)]
    newest = stage.api.schedule(stage.calls, 2)
    resident = stage.resident()
    assert resident.step() == 1
    let_end(stage, resident)
    assert stage.ran == [("calls", newest)]
    assert all(stage.api.states[one].is_cancelled() for one in old)


def test_a_stream_under_way_is_not_started_again() -> None:
    stage = Stage()
    stage.api.schedule(stage.calls, 0)
    resident = stage.resident()
    assert resident.step() == 1
    later = stage.api.schedule(stage.calls, 1)
    assert resident.step() == 0
    let_end(stage, resident)
    assert resident.step() == 1
    let_end(stage, resident)
    assert stage.ran[-1] == ("calls", later)


def test_a_run_that_prefect_turns_down_is_not_carried_out() -> None:
    for answer in (SetStateStatus.REJECT, SetStateStatus.ABORT):
        stage = Stage(FakeApi(answer=answer))
        stage.api.schedule(stage.calls, 0)
        assert stage.resident().step() == 0
        assert stage.ran == []


def test_a_run_that_breaks_leaves_its_stream_free_for_the_next() -> None:
    def broken(*_given: Any, **_named: Any) -> None:
        raise RuntimeError

    stage = Stage()
    stage.api.schedule(stage.calls, 0)
    resident = stage.resident(broken)
    assert resident.step() == 1
    let_end(stage, resident)
    stage.api.schedule(stage.calls, 1)
    assert resident.step() == 1
    let_end(stage, resident)
