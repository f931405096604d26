"""Decisions on given facts, without a store."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from provodka.trigger_rules import effects
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.calendar import WorkingCalendar
from provodka.trigger_rules.changes import Change
from provodka.trigger_rules.decide import DEEPEST, Decision, decide
from provodka.trigger_rules.events import Event
from provodka.trigger_rules.planned import plan_next_step

NOW = datetime(2026, 11, 20, 11, tzinfo=UTC)
CALENDAR = WorkingCalendar()
BOOK = RuleBook.load()
DEAL = {
    "id": UUID(int=2), "client_id": UUID(int=1), "kind": "manual", "scenario": "romashka",
    "stage": "proposal", "status": "open", "stage_entry": 3, "open_tasks": 0, "tasks": 4,
    "invoices_posted": 1, "invoices_unpaid": 0, "invoices_unshipped": 0,
}  # fmt: skip
PEOPLE = {
    "client": {"id": UUID(int=1), "email": "buyer@landysh.test"},
    "responsible": {"id": UUID(int=3), "email": "manager@romashka.test"},
    "head": {"id": UUID(int=4), "email": "head@romashka.test"},
}


def decided(
    name: str, of: str = "", kind: str = "deal", depth: int = 0, explain: bool = False,
    row: dict[str, Any] | None = None, **changes: Any,
) -> Decision:  # fmt: skip
    change = Change(9, kind, UUID(int=9), {"stage_entry": 3}, {}, frozenset(), "person:x", depth)
    facts = {"deal": DEAL, **PEOPLE, **({kind: row} if row else {}), **changes}
    return decide(
        BOOK, Event(name, of, change, "occurrence"), facts, NOW, CALENDAR, explain=explain
    )


def proposal(amount: str, **changes: Any) -> Decision:
    row = {"id": UUID(int=9), "amount": Decimal(amount), "posted": True}
    return decided("proposal_posted", kind="proposal", row=row, **changes)


@pytest.mark.requirement("R21", "R22", "R23", "R24")
def test_the_four_actions_of_a_posted_proposal_come_in_order() -> None:
    made = proposal("100000.01").effects
    assert [type(effect).__name__ for effect in made] == [
        "SetField", "SendLetter", "MoveStage", "CreateTask",
    ]  # fmt: skip
    assert made[0].value == Decimal("100000.01")  # type: ignore[union-attr]
    assert (made[2].seen, made[2].to) == ("proposal", "invoice")  # type: ignore[union-attr]


@pytest.mark.requirement("R22")
def test_exactly_the_limit_is_not_above_it() -> None:
    assert not any(isinstance(e, effects.SendLetter) for e in proposal("100000.00").effects)


def test_the_key_names_rule_version_document_occurrence_and_action() -> None:
    [letter] = [e for e in proposal("100000.01").effects if isinstance(e, effects.SendLetter)]
    rule = next(rule for rule in BOOK.rules if rule.name == "proposal_alert")
    assert letter.reason.key == f"proposal_alert|{rule.version}|{UUID(int=9)}|occurrence|0"


def test_a_closed_deal_is_neither_moved_nor_closed_again() -> None:
    won = DEAL | {"status": "won", "stage": "won"}
    made = decided(
        "invoice_paid", kind="invoice", row={"id": UUID(int=9), "amount": Decimal(1)}, deal=won
    ).effects
    assert made == []


def test_someone_elses_scenario_is_out_of_scope_and_says_so() -> None:
    decision = decided("stage_entered", "info_letter", deal=DEAL | {"scenario": "other"})
    assert decision.effects == []
    assert {verdict.why_not for verdict in decision.verdicts} == {"сделка по другому сценарию"}


def test_an_explained_verdict_carries_the_false_clause() -> None:
    decision = proposal("5.00", explain=True)
    alert = next(verdict for verdict in decision.verdicts if verdict.rule == "proposal_alert")
    assert not alert.fired
    [clause] = alert.clauses
    assert (clause.holds, dict(clause.values)) == (False, {"proposal.amount": Decimal("5.00")})


def test_a_letter_to_nobody_is_trouble_and_the_rest_is_done() -> None:
    decision = decided("stage_entered", "info_letter", client={"id": UUID(int=1), "email": None})
    [trouble] = decision.troubles
    assert trouble.rule == "greet_client"
    assert [type(effect).__name__ for effect in decision.effects] == ["CreateTask"]


def test_a_task_goes_to_the_head_when_the_deal_is_nobodys() -> None:
    [task] = [
        effect
        for effect in decided("stage_entered", "info_letter", responsible=None).effects
        if isinstance(effect, effects.CreateTask)
    ]
    assert task.executor == UUID(int=4)


def test_a_chain_that_is_too_deep_is_trouble_for_every_rule_it_wakes() -> None:
    decision = decided("stage_entered", "info_letter", depth=DEEPEST)
    assert decision.effects == []
    assert {trouble.error.code for trouble in decision.troubles} == {"rules_loop"}


def test_closing_cancels_tasks_of_all_entries_and_moving_back_of_the_left_one() -> None:
    [closed] = decided("deal_closed", "won").effects
    [back] = decided("deal_moved_back", "proposal").effects
    assert isinstance(closed, effects.CancelTasks)
    assert isinstance(back, effects.CancelTasks)
    assert (closed.entry, closed.also_earlier) == (3, True)
    assert (back.entry, back.also_earlier) == (3, False)


@pytest.mark.requirement("R29")
@pytest.mark.parametrize(
    ("changes", "planned"),
    [
        ({}, True),
        ({"open_tasks": 1}, False),
        ({"status": "won"}, False),
        ({"kind": "unstaged"}, False),
    ],
)
def test_only_an_open_deal_without_tasks_gets_a_next_step(
    changes: dict[str, Any], planned: bool
) -> None:
    facts = {**PEOPLE, "deal": DEAL | changes}
    step = plan_next_step(BOOK.scenarios["romashka"], facts, NOW, CALENDAR)
    assert (step is not None) is planned


def test_each_gap_has_a_key_of_its_own() -> None:
    keys = set()
    for tasks in (4, 4, 5):
        facts = {**PEOPLE, "deal": DEAL | {"tasks": tasks}}
        step = plan_next_step(BOOK.scenarios["romashka"], facts, NOW, CALENDAR)
        assert step is not None
        keys.add(step.reason.key)
    assert len(keys) == 2
