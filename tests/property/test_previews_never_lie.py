"""Random work on both sides, a plan, more work, the plan carried out: what it said has happened.

What happened is read from the journal and from the base itself, not from the code that plans. One
living world serves all examples, each beginning where another has ended.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.e2e.company import Company, run, settle
from tests.e2e.conftest import company, environment, furnished, hub, patience, sandbox, sandboxes
from tests.e2e.neighbours import CLIENTS, INVOICES, Neighbours

from provodka.connectors.crm_store.journal import Delta
from provodka.dashboards.insight.changes import folded
from provodka.flows.hub import Hub
from provodka.flows.insight.planned import Plan
from provodka.flows.onec.following.choosing import STREAM, watched
from provodka.flows.planning.applying import WorldMoved, apply
from provodka.flows.planning.rehearsing import rehearse
from provodka.flows.planning.sheet import made_up
from provodka.flows.streams import STREAMS

__all__ = ["company", "environment", "furnished", "hub", "patience", "sandbox", "sandboxes"]

BOTH = [STREAMS[name] for name in ("catalogs", "accounting", "invoices", "outbox")]
OF_DELIVERY = {"accounting", "accounting_note"}
"""What the store notes of an invoice while it is delivered: told by the requests."""
OF_THE_BASE = {"DataVersion", "Ref_Key", "Code", "Number", "Posted"}
DELTAS = """
    SELECT id, xid::text AS xid, at, kind, document, part, op, before, after, origin, cause, depth
    FROM hub.delta WHERE id > :since ORDER BY id
"""
Told = dict[tuple[Any, ...], tuple[Any, Any]]


@dataclass
class World:
    """Everything that outlives one example; `dice` chooses who is concerned."""

    hub: Hub
    company: Company
    sandbox: Neighbours
    dice: random.Random = field(default_factory=random.Random)
    names: int = 0
    refused: int = 0
    done: Counter[str] = field(default_factory=Counter)

    def name(self) -> str:
        self.names += 1
        return f"Имя {self.names:05}"

    def one_in_1c(self, set_name: str) -> dict[str, Any]:
        condition = "IsFolder eq false" if set_name == CLIENTS else ""
        return self.dice.choice(sorted(self.sandbox.rows(set_name, condition), key=repr))

    def ours(self, kind: str) -> Any:
        rows = self.company.rows(f"SELECT id FROM crm.{kind} ORDER BY id")
        return self.dice.choice(rows).id

    def they_note(self) -> None:
        row = self.one_in_1c(INVOICES)
        mark = row["Комментарий"].partition("]")
        told = f"{mark[0]}{mark[1]} {self.name()}" if mark[1] else self.name()
        self.sandbox.patch(INVOICES, row["Ref_Key"], Комментарий=told)

    def they_rename(self) -> None:
        row = self.one_in_1c(CLIENTS)
        self.sandbox.patch(CLIENTS, row["Ref_Key"], Description=self.name())

    def they_enter(self) -> None:
        name = self.name()
        self.sandbox.create(CLIENTS, Description=name, НаименованиеПолное=name)

    def they_enter_nonsense(self) -> None:
        name = self.name()
        self.sandbox.create(CLIENTS, Description=name, НаименованиеПолное=name, ИНН="123")

    def they_mark(self) -> None:
        row = self.one_in_1c(self.dice.choice((CLIENTS, INVOICES)))
        marked = row["DeletionMark"]
        set_name = CLIENTS if "IsFolder" in row else INVOICES
        self.sandbox.patch(set_name, row["Ref_Key"], DeletionMark=not marked)

    def they_are_paid(self) -> None:
        self.sandbox.tried("pay", self.one_in_1c(INVOICES)["Number"], "0.1")

    def we_bill(self) -> None:
        self.company.bill(self.company.deal())

    def we_note(self) -> None:
        self._change("invoice", "comment = :name")

    def we_move(self) -> None:
        self._change("invoice", "date = date + interval '1 minute'")

    def we_rename(self) -> None:
        self._change("client", "name = :name")

    def we_bury(self) -> None:
        self._change("invoice", "deleted_at = now()")

    def we_meet(self) -> None:
        """A client whom 1C does not know, with an invoice at once."""
        name = self.name()
        key = self.company.insert("client", name=name, full_name=name)
        self.company.bill(self.company.deal(client_id=key))

    def _change(self, kind: str, what: str) -> None:
        sql = f"UPDATE crm.{kind} SET {what} WHERE id = :id AND CAST(:name AS text) IS NOT NULL"
        self.company.execute(sql, id=self.ours(kind), name=self.name())

    def calm(self) -> None:
        """Everybody has heard of everything."""
        run(self.hub, "catalogs", "accounting")
        settle(self.hub)
        run(self.hub, "catalogs", "accounting")

    def base(self) -> dict[str, dict[str, Any]]:
        rows = [*self.sandbox.rows(CLIENTS), *self.sandbox.rows(INVOICES)]
        return {row["Ref_Key"]: row for row in rows}

    def last(self) -> int:
        return int(self.company.value("SELECT coalesce(max(id), 0) FROM hub.delta"))

    def waiting(self) -> Counter[tuple[str, ...]]:
        """What waits for a person or for a parent, how often it was seen."""
        found: Counter[tuple[str, ...]] = Counter()
        for row in self.company.rows("SELECT * FROM hub.quarantine WHERE state = 'open'"):
            found["set_aside", row.stream, row.external_key, row.place, row.found] = row.times
        for row in self.company.rows("SELECT * FROM hub.parked"):
            found["parked", row.stream, row.external_key] = 1
        for row in self.company.rows("SELECT * FROM hub.conflict WHERE resolved_at IS NULL"):
            found["conflict", str(row.document), row.field] = 1
        return found


THEIRS = ("they_note", "they_rename", "they_enter", "they_enter_nonsense", "they_mark",
          "they_are_paid")  # fmt: skip
OURS = ("we_bill", "we_note", "we_move", "we_rename", "we_bury", "we_meet")
ACTS = st.sampled_from((*THEIRS, *OURS))


@dataclass(frozen=True)
class Before:
    """The world when the plan was about to be carried out."""

    last: int
    base: dict[str, dict[str, Any]]
    waiting: Counter[tuple[str, ...]]
    written: int


def noted(world: World) -> Before:
    return Before(world.last(), world.base(), world.waiting(), len(world.sandbox.writes()))


def lies(world: World, planned: Plan, before: Before) -> Iterator[str]:
    """Where what happened is not what was said."""
    yield from _unequal("changes", _said(planned), _happened(world, before))
    yield from _lies_to_1c(world, planned, before)
    fresh = world.waiting() - before.waiting
    yield from _unequal("waits", _would_wait(planned), _waits(fresh))


def _unequal(what: str, said: Any, happened: Any) -> Iterator[str]:
    for name in sorted(said.keys() | happened.keys(), key=repr):
        if said.get(name) != happened.get(name):
            yield f"{what} {name}: said {said.get(name)}, happened {happened.get(name)}"


def _said(planned: Plan) -> Told:
    return {
        (change.kind, change.document, entry.part, entry.line, one.field): (one.before, one.after)
        for change in planned.changes
        for entry in change.entries
        for one in entry.fields
        if one.field not in OF_DELIVERY
    }


def _happened(world: World, before: Before) -> Told:
    groups: dict[tuple[str, Any], list[Delta]] = {}
    for row in world.company.rows(DELTAS, since=before.last):
        groups.setdefault((row.kind, row.document), []).append(
            Delta(**{**row._mapping, "xid": int(row.xid)})
        )
    bound = {
        str(row.document): f"{row.system}:{row.kind}:{row.external_key}"
        for row in world.company.rows("SELECT * FROM hub.binding")
    }
    entered = {
        str(document): bound[str(document)]
        for (_kind, document), deltas in groups.items()
        if deltas[0].op == "insert" and not deltas[0].part
    }
    return {
        (kind, entered.get(str(document), str(document)), entry.part, entry.line, one.field): (
            entered.get(one.before, one.before) if isinstance(one.before, str) else one.before,
            _plain(one.after, entered, one.field),
        )
        for (kind, document), deltas in groups.items()
        for entry in folded(deltas)
        for one in entry.fields
        if one.field not in OF_DELIVERY
    }


def _plain(value: Any, entered: dict[str, str], name: str) -> Any:
    if name == "deleted_at" and value is not None:
        return "now"
    return entered.get(value, value) if isinstance(value, str) else value


def _lies_to_1c(world: World, planned: Plan, before: Before) -> Iterator[str]:
    after = world.base()
    keys = {
        made_up(row.document): row.external_key
        for row in world.company.rows("SELECT document, external_key FROM hub.binding")
    }
    said: dict[str, dict[str, Any]] = {}
    requests: list[tuple[str, str]] = []
    for push in planned.pushes:
        for wire in push.writes:
            set_name, _bracket, key = wire.path.partition("(guid'")
            ref = key.partition("'")[0] or made_up(UUID(push.document))
            verb = wire.path.rpartition("/")[2] if wire.path.endswith("/Post") else wire.method
            requests.append((verb, set_name))
            said.setdefault(keys.get(ref, ref), {}).update(wire.body or {})
    yield from _unequal(
        "requests",
        Counter(requests),
        Counter((one["method"], one["set"]) for one in world.sandbox.writes()[before.written :]),
    )
    for ref in sorted(after.keys() | said.keys()):
        was, now = before.base.get(ref, {}), after.get(ref, {})
        changed = {name for name in now if now[name] != was.get(name) and "@" not in name}
        strange = changed - said.get(ref, {}).keys() - OF_THE_BASE
        if strange and (was or ref not in said):
            yield f"1C {ref}: nobody said that {sorted(strange)} would change"
        for name, value in said.get(ref, {}).items():
            if "@" not in name and not _alike(_named(value, keys), now.get(name)):
                yield f"1C {ref}.{name}: said {value}, happened {now.get(name)}"


def _named(value: Any, keys: dict[str, str]) -> Any:
    return keys.get(value, value) if isinstance(value, str) else value


def _alike(said: Any, now: Any) -> bool:
    """Sections are compared by the columns that were sent; numbers as numbers."""
    if isinstance(said, list) and isinstance(now, list):
        return len(said) == len(now) and all(map(_alike, said, now))
    if isinstance(said, dict) and isinstance(now, dict):
        return all(_alike(value, now.get(name)) for name, value in said.items() if "@" not in name)
    if isinstance(said, bool | str) or said is None:
        return bool(said == now)
    return float(said) == float(now)


def _would_wait(planned: Plan) -> dict[tuple[str, ...], int]:
    return {
        **{("set_aside", one.stream, one.external_key): 1 for one in planned.set_aside},
        **{
            ("set_aside", "push:onec", one.document): 1
            for one in planned.pushes
            if one.state == "dead"
        },
        **{("parked", one.stream, one.external_key): 1 for one in planned.parked},
        **{("conflict", one.document, one.field): 1 for one in planned.conflicts},
    }


def _waits(fresh: Counter[tuple[str, ...]]) -> dict[tuple[str, ...], int]:
    return {name[:3]: 1 for name in fresh}


def explore(world: World, examples: int) -> Callable[[], None]:
    """Examples over that world."""

    @settings(
        max_examples=examples,
        deadline=None,
        phases=[Phase.generate],
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(
        acts=st.lists(ACTS, min_size=1, max_size=5),
        late=st.lists(ACTS, max_size=2),
        seed=st.integers(0, 10**6),
    )
    def previews_never_lie(acts: list[str], late: list[str], seed: int) -> None:
        world.calm()
        world.dice = random.Random(seed)  # noqa: S311
        for act in acts:
            getattr(world, act)()
        planned = rehearse(world.hub, BOTH).plan
        for act in late:
            getattr(world, act)()
        before = noted(world)
        try:
            done = apply(world.hub, planned, BOTH, lambda _stream, _state: None)
        except WorldMoved as error:
            moved = error.moved
        else:
            moved = ()
        if moved:
            assert late, f"nothing has moved, and yet: {moved}"
            assert list(lies(world, Plan(), before)) == []
            world.refused += 1
            return
        assert list(lies(world, planned, before)) == []
        assert [one for one in done.sent if not one.as_planned] == []
        world.done += Counter(changes=len(planned.changes), pushes=len(planned.pushes))
        world.done += Counter(late=bool(late), held=planned.size)

    return previews_never_lie


@pytest.mark.timeout(300)
@pytest.mark.requirement("R27", "R28")
@pytest.mark.parametrize("follows", [True, False], ids=["exchange plan", "scanning"])
def test_what_happens_is_what_the_plan_said(
    hub: Hub, company: Company, sandbox: Neighbours, follows: bool
) -> None:
    if follows:
        sandbox.control.post("exchange/nodes", json={"code": "PROVODKA"}).raise_for_status()
    # The copied store remembers that its base had no node.
    company.execute("DELETE FROM hub.cursor WHERE stream = :stream", stream=STREAM)
    run(hub, "accounting")
    assert (watched(hub, hub.engine) is not None) is follows
    for _deal in range(2):
        company.bill(company.deal())
    world = World(hub, company, sandbox)
    world.calm()
    explore(world, int(os.environ.get("PROVODKA_PLANS", "5")))()
    assert world.done["changes"] > 2
    assert world.done["pushes"] > 2
    assert world.done["late"] + world.refused > 0
