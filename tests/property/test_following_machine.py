"""People work in 1C, the hub follows and dies at any step: in the end it has what the base has.

One living sandbox and one store serve all examples, so that each begins where another has ended;
a failing one is therefore not made shorter.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from tests.e2e.company import Company, run, settle
from tests.e2e.conftest import company, environment, furnished, hub, patience, sandbox, sandboxes
from tests.e2e.neighbours import CLIENTS, INVOICES, Neighbours

from provodka.connectors.onec.odata.exchange_plan import ExchangePlans
from provodka.flows.hub import Hub
from provodka.flows.onec.following.choosing import STREAM, watched
from provodka.flows.onec.following.guarding import trusting
from provodka.flows.settings import Environment
from provodka.foundation.errors import ProvodkaError

__all__ = ["company", "environment", "furnished", "hub", "patience", "sandbox", "sandboxes"]

OWN_FIELDS = ("Ref_Key", "DataVersion", "Number", "Code", "Posted", "DeletionMark")
STEPS = {
    "before the rows": "provodka.flows.onec.following.feeding.take",
    "after the rows": "provodka.flows.onec.following.feeding.unsettled",
    "at the cursor": "provodka.flows.onec.following.feeding._Message._move",
    "before the deletions": "provodka.flows.onec.following.guarding.bury",
    "before the confirmation": "provodka.flows.onec.following.feeding._Message.confirm",
    "at the confirmation": (
        "provodka.connectors.onec.odata.exchange_plan.ExchangePlans.notify_received"
    ),
    "in a scan": "provodka.flows.onec.following.scanning.take",
    "after a scan": "provodka.flows.onec.following.scanning._Scan._move",
}
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "drop_after", "path": "NotifyChangesReceived"},
    {"kind": "drop_before", "path": "SelectChanges", "method": "POST"},
    {"kind": "html200", "path": "SelectChanges", "method": "POST"},
    {"kind": "half_page", "path": "SelectChanges", "method": "POST"},
    {"kind": "error500", "path": "ExchangePlan_", "method": "GET"},
)


EMPTY = "SELECT id FROM hub.delta WHERE before::jsonb = after::jsonb"
ASIDE = "SELECT stream, found FROM hub.quarantine WHERE state = 'open'"
ACTS = ("make", "change", "mark", "clear", "erase", "post")


class Died(BaseException):
    """The process is no more."""


@dataclass
class World:
    """Everything that outlives one example."""

    hub: Hub
    company: Company
    sandbox: Neighbours
    follows: bool
    days: int = 0
    names: int = 0
    taken: list[str] = field(default_factory=list)

    @property
    def now(self) -> Hub:
        """The hub at a moment that is later each time."""
        self.days += 0 if self.follows else 2
        moment = self.hub.clock() + timedelta(days=self.days)
        return replace(trusting(self.hub), clock=lambda: moment)

    def name(self) -> str:
        self.names += 1
        return f"Имя {self.names:05}"

    def refs(self, set_name: str) -> list[str]:
        condition = "IsFolder eq false" if set_name == CLIENTS else ""
        return sorted(row["Ref_Key"] for row in self.sandbox.rows(set_name, condition))

    def copied(self, set_name: str, **values: Any) -> None:
        row = self.sandbox.rows(set_name, "IsFolder eq false" if set_name == CLIENTS else "")[0]
        body = {name: value for name, value in row.items() if name not in OWN_FIELDS}
        self.sandbox.create(set_name, **(body | values))

    def act(self, dice: random.Random) -> None:
        """Somebody does something in 1C."""
        set_name = dice.choice((CLIENTS, INVOICES))
        refs = self.refs(set_name)
        ref, act = (
            dice.choice(refs),
            dice.choice(ACTS),
        )
        text = "Description" if set_name == CLIENTS else "Комментарий"
        if act == "make" or len(refs) < 3:
            own = {"ИНН": "", "КПП": "", "НаименованиеПолное": ""} if set_name == CLIENTS else {}
            self.copied(set_name, **{text: self.name()}, **own)
        elif act == "change":
            self.sandbox.patch(set_name, ref, **{text: self.name()})
        elif act in ("mark", "clear"):
            self.sandbox.patch(set_name, ref, DeletionMark=act == "mark")
        elif act == "erase" and set_name == INVOICES:
            self.sandbox.onec.delete(f"{set_name}(guid'{ref}')").raise_for_status()
        elif set_name == INVOICES:
            posting = "Post" if dice.random() < 0.5 else "Unpost"
            self.sandbox.onec.post(f"{set_name}(guid'{ref}')/{posting}")

    def deltas(self) -> int:
        return int(self.company.value("SELECT count(*) FROM hub.delta"))

    def differences(self) -> Iterator[str]:
        """What the store has otherwise than the base."""
        yield from self._compare(
            {
                row["Ref_Key"]: (row["Description"], not row["DeletionMark"])
                for row in self.sandbox.rows(CLIENTS, "IsFolder eq false")
            },
            "SELECT b.external_key, d.name, d.deleted_at IS NULL FROM crm.client d",
        )
        yield from self._compare(
            {
                row["Ref_Key"]: (row["Number"], row["Posted"], not row["DeletionMark"])
                for row in self.sandbox.rows(INVOICES)
            },
            "SELECT b.external_key, d.number, d.posted, d.deleted_at IS NULL FROM crm.invoice d",
        )
        for row in self.company.rows(EMPTY):
            yield f"an empty delta: {row}"
        for row in self.company.rows(ASIDE):
            yield f"set aside: {row}"

    def _compare(self, theirs: dict[str, tuple[Any, ...]], sql: str) -> Iterator[str]:
        rows = self.company.rows(f"{sql} LEFT JOIN hub.binding b ON b.document = d.id")
        keys = [row[0] for row in rows]
        for key in {key for key in keys if keys.count(key) > 1}:
            yield f"bound twice, or to nothing: {key}"
        ours = {row[0]: tuple(row[1:]) for row in rows}
        for key in sorted(theirs.keys() | ours.keys()):
            found, expected = ours.get(key), theirs.get(key)
            absent = expected is None or (expected[-1] is False and found is None)
            if absent and (found is None or found[-1] is False):
                continue
            if found != expected:
                yield f"{key}: the base has {expected}, the hub {found}"


def machine(world: World) -> type[RuleBasedStateMachine]:
    """Rules over that world."""

    class Following(RuleBasedStateMachine):
        @rule(seed=st.integers(0, 10**6), times=st.integers(1, 4))
        def people_work(self, seed: int, times: int) -> None:
            dice = random.Random(seed)  # noqa: S311
            for _time in range(times):
                world.act(dice)

        @rule()
        def the_hub_follows(self) -> None:
            run(world.now, "catalogs", "accounting")

        @rule(step=st.sampled_from(sorted(STEPS)), call=st.integers(1, 3))
        def the_hub_dies(self, step: str, call: int) -> None:
            with dying(STEPS[step], call), suppress(Died):
                run(world.now, "catalogs", "accounting")

        @rule(fault=st.sampled_from(FAULTS))
        def the_base_fails(self, fault: dict[str, Any]) -> None:
            world.sandbox.fault(**fault)
            with suppress(ProvodkaError):
                run(world.now, "accounting")
            world.sandbox.mend()

        @rule(seed=st.integers(0, 10**6))
        def people_work_between_selecting_and_confirming(self, seed: int) -> None:
            confirm = ExchangePlans.notify_received

            def late(plans: ExchangePlans, *given: Any) -> None:
                world.act(random.Random(seed))  # noqa: S311
                confirm(plans, *given)

            with patch.object(ExchangePlans, "notify_received", late):
                run(world.now, "accounting")

        def teardown(self) -> None:
            for _time in range(2):
                run(world.now, "catalogs", "accounting")
            assert list(world.differences()) == []
            before = world.deltas()
            run(world.now, "catalogs", "accounting")
            assert world.deltas() == before

    return Following


def dying(name: str, call: int) -> Any:
    """The named function ends the process when it is called for the `call`-th time."""
    owner, _dot, attribute = name.rpartition(".")
    original: Callable[..., Any] = _found(owner, attribute)
    left = [call]

    def fatal(*given: Any, **more: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            raise Died
        return original(*given, **more)

    return patch(name, fatal)


def _found(owner: str, attribute: str) -> Any:
    import pkgutil

    return getattr(pkgutil.resolve_name(owner), attribute)


@pytest.fixture
def followed(environment: Environment, sandbox: Neighbours) -> None:
    """The base has a node for the hub before the hub looks for one."""
    sandbox.control.post("exchange/nodes", json={"code": "PROVODKA"}).raise_for_status()


def begun(hub: Hub, company: Company, sandbox: Neighbours, *, follows: bool) -> World:
    """A world with one invoice that both sides know; the hub looks anew how to hear of changes."""
    company.execute("DELETE FROM hub.cursor WHERE stream = :stream", stream=STREAM)
    run(hub, "accounting")
    assert (watched(hub, hub.engine) is not None) is follows
    company.bill(company.deal())
    settle(hub)
    [invoice] = sandbox.rows(INVOICES)
    sandbox.patch(INVOICES, invoice["Ref_Key"], Комментарий="без метки")
    run(hub, "accounting")
    return World(hub, company, sandbox, follows)


def modest(examples: int) -> settings:
    """So many examples, and no more steps than a run of all tests can afford."""
    return settings(
        max_examples=examples,
        stateful_step_count=8,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


@pytest.mark.timeout(240)
@pytest.mark.requirement("R27", "R28")
def test_a_hub_that_follows_the_plan_has_in_the_end_what_the_base_has(
    followed: None, hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    world = begun(hub, company, sandbox, follows=True)
    run_state_machine_as_test(machine(world), settings=modest(5))


@pytest.mark.timeout(240)
@pytest.mark.requirement("R28")
def test_a_hub_that_scans_versions_has_in_the_end_what_the_base_has(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    world = begun(hub, company, sandbox, follows=False)
    run_state_machine_as_test(machine(world), settings=modest(3))
