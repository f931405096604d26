"""Every shipped scenario: its cases come out, and no rule of it goes untried."""

from __future__ import annotations

from pathlib import Path

import pytest

from provodka.trigger_rules.book import CASES, RULES, RuleBook
from provodka.trigger_rules.cases.running import Outcome, run_cases
from provodka.trigger_rules.lint import lint

SHIPPED = sorted(file for file in RULES.glob("*.yaml") if not file.name.endswith(CASES))


@pytest.fixture(scope="module", params=SHIPPED, ids=lambda file: file.stem)
def shipped(request: pytest.FixtureRequest) -> tuple[RuleBook, list[Outcome]]:
    file: Path = request.param
    return RuleBook.load([file]), run_cases(file)


def test_every_case_comes_out_as_it_is_written(shipped: tuple[RuleBook, list[Outcome]]) -> None:
    told = {str(one.place): one.misses for one in shipped[1] if not one.passed}
    assert told == {}


def test_every_rule_acts_in_one_case_and_those_with_a_condition_refuse_in_another(
    shipped: tuple[RuleBook, list[Outcome]],
) -> None:
    book, outcomes = shipped
    verdicts = [verdict for outcome in outcomes for verdict in outcome.verdicts]
    acted = {verdict.rule for verdict in verdicts if verdict.fired}
    refused = {verdict.rule for verdict in verdicts if not verdict.fired}
    assert {rule.name for rule in book.rules} - acted == set()
    assert {rule.name for rule in book.rules if rule.condition} - refused == set()


def test_its_letters_and_texts_can_be_written(shipped: tuple[RuleBook, list[Outcome]]) -> None:
    assert [str(mistake) for mistake in lint(shipped[0])] == []


def test_all_scenarios_can_be_in_force_together() -> None:
    assert lint(RuleBook.load([RULES])) == []
