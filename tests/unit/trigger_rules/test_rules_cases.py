"""Cases beside rules: what the runner accepts, refuses, and says."""

from __future__ import annotations

from pathlib import Path

import pytest

from provodka.foundation.errors import ConfigurationError
from provodka.trigger_rules.cases.running import Outcome, cases_of, rules_of, run_cases

RULES = """
scenario:
  code: sales
  name: Продажи
  stages:
    - {code: talk, name: Переговоры}
    - {code: invoice, name: Счет}
    - {code: won, name: Выиграна, kind: won}
    - {code: lost, name: Проиграна, kind: lost}
  always_planned: {subject: Связаться с клиентом}
rules:
  - name: big
    title: Крупное КП юридическому лицу — руководителю
    when: proposal_posted
    if: proposal.amount > 1000 and client.kind == "legal_entity"
    do: [{notify: {to: head, subject: КП, text: 'Клиент {{ client.name }}'}}]
  - name: later
    title: Через два рабочих часа после КП позвонить
    when: proposal_posted
    at_most: {times: 1, per: client, within: {days: 7}}
    do: [{plan_call: {subject: Узнать решение}, after: {working_hours: 2}}]
  - name: courier
    title: Сменили экспедитора — задача ему
    when: {document_changed: deal, field: courier_id}
    do: [{create_task: {subject: Везти, kind: delivery, executor: courier}}]
  - name: late
    title: Просрочено на два часа — руководителю
    when: {event: task_overdue, longer_than: {working_hours: 2}}
    do: [{notify: {to: head, subject: Срок, text: '{{ task.subject }}'}}]
  - name: rung
    title: Позвонил — на этап «Счет»
    when: call_incoming
    if: deal.client.kind == "individual" and deal.items.count > 0
    do: [{move_stage: {to: invoice}}]
"""


def ran(folder: Path, case: str, rules: str = RULES) -> Outcome:
    file = folder / "sales.yaml"
    file.write_text(rules, encoding="utf-8")
    cases_of(file).write_text(f"cases:\n  - {{name: случай, {case}}}\n", encoding="utf-8")
    [outcome] = run_cases(file)
    return outcome


def refused(folder: Path, case: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        ran(folder, case)
    return caught.value


def test_a_case_agrees_when_exactly_its_actions_come(tmp_path: Path) -> None:
    case = (
        "rule: big, given: {proposal: {amount: 1000.01}, client: {name: Роза}},"
        " when: proposal_posted, then: [{notify: {to: head, text: Клиент Роза}}]"
    )
    assert ran(tmp_path, case).misses == ()


def test_a_kopeck_less_is_a_miss_that_tells_what_was_expected_and_the_false_clause(
    tmp_path: Path,
) -> None:
    outcome = ran(
        tmp_path,
        "rule: big, given: {proposal: {amount: 1000.00}}, when: proposal_posted,"
        " then: [{notify: {to: head}}]",
    )
    assert outcome.misses == ("1. ожидалось: notify: to: head; вышло: ничего",)
    [verdict] = outcome.verdicts
    assert [clause.text for clause in verdict.clauses if not clause.holds] == [
        "proposal.amount > 1000"
    ]


@pytest.mark.parametrize(
    ("then", "miss"),
    [
        ("[]", "ожидалось: ничего; вышло: notify"),
        ("[{notify: {to: client}}]", "ожидалось: notify: to: client; вышло: notify: to: head"),
        ("[{send_letter: {to: head}}]", "ожидалось: send_letter: to: head; вышло: notify"),
        ("[{notify: {to: head}}, {notify: {to: head}}]", "2. ожидалось: notify: to: head"),
        ("[{notify: {tone: loud}}]", "вышло: notify: tone: None"),
    ],
)
def test_another_action_parameter_or_number_is_a_miss(tmp_path: Path, then: str, miss: str) -> None:
    case = f"rule: big, given: {{proposal: {{amount: 2000}}}}, when: proposal_posted, then: {then}"
    [told] = ran(tmp_path, case).misses
    assert miss in told


def test_a_delayed_action_is_told_with_the_time_it_waits_for(tmp_path: Path) -> None:
    case = (
        "rule: later, at: '2026-11-20 17:00', when: proposal_posted,"
        " then: [{plan_call: {subject: Узнать решение, wait_until: '2026-11-23 10:00'}}]"
    )
    assert ran(tmp_path, case).misses == ()


@pytest.mark.parametrize(
    ("acted", "then"), [("2026-11-18", "[]"), ("2026-11-01", "[plan_call: {}]")]
)
def test_earlier_times_of_a_rule_count_for_its_cap(tmp_path: Path, acted: str, then: str) -> None:
    case = f"rule: later, acted: ['{acted} 10:00'], when: proposal_posted, then: {then}"
    assert ran(tmp_path, case).misses == ()


def test_a_changed_field_wakes_and_people_are_told_by_the_words_of_the_case(tmp_path: Path) -> None:
    case = (
        "given: {deal: {courier_id: Петров}}, when: {document_changed: deal, field: courier_id},"
        " then: [{create_task: {executor: Петров, kind: delivery}}]"
    )
    assert ran(tmp_path, case).misses == ()
    case = (
        "given: {deal: {courier_id: Петров}}, when: {document_changed: deal, field: amount},"
        " then: []"
    )
    assert ran(tmp_path, case).misses == ()


def test_what_cannot_be_done_is_expected_as_an_error_with_its_name(tmp_path: Path) -> None:
    case = (
        "when: {document_changed: deal, field: courier_id, from: a, to: b},"
        " then: [{error: deal.courier_id}]"
    )
    assert ran(tmp_path, case).misses == ()


def test_an_event_of_time_is_named_without_its_term(tmp_path: Path) -> None:
    case = "given: {task: {subject: Звонок}}, when: task_overdue, then: [{notify: {text: Звонок}}]"
    assert ran(tmp_path, case).misses == ()
    error = refused(tmp_path, "when: {event: task_overdue, longer_than: {days: 9}}, then: []")
    assert "task_overdue" in error.found


@pytest.mark.parametrize(
    ("deal", "then"),
    [
        ("{items: [{product: Вода 19 л, quantity: 2}]}", "[{move_stage: {to: invoice}}]"),
        ("{}", "[]"),
        ("{items: [{}], client: {kind: legal_entity}}", "[]"),
    ],
)
def test_relations_and_sections_are_given_like_fields(tmp_path: Path, deal: str, then: str) -> None:
    case = (
        f"given: {{deal: {deal}, client: {{kind: individual}}}}, when: call_incoming, then: {then}"
    )
    assert ran(tmp_path, case).misses == ()


@pytest.mark.parametrize(
    ("case", "found", "expected"),
    [
        ("given: {deal: {amuont: 1}}, when: proposal_posted, then: []", "amuont", "amount"),
        ("given: {deel: {}}, when: proposal_posted, then: []", "deel", "deal"),
        ("given: {deal: {amount: много}}, when: proposal_posted, then: []", "много", "число"),
        ("given: {deal: {status: wonn}}, when: proposal_posted, then: []", "wonn", "won"),
        ("given: {deal: {closed_at: зима}}, when: proposal_posted, then: []", "зима", "2026"),
        ("when: proposal_postd, then: []", "proposal_postd", "proposal_posted"),
        ("when: proposal_posted, then: [{notfy: {}}]", "notfy", "notify"),
        ("rule: bigg, when: proposal_posted, then: []", "bigg", "big"),
        ("whenn: proposal_posted, then: []", "whenn", "when"),
    ],
)
def test_a_mistake_in_a_case_is_told_at_its_line_with_what_was_meant(
    tmp_path: Path, case: str, found: str, expected: str
) -> None:
    error = refused(tmp_path, case)
    told = [error, *error.others]
    assert any(found in one.found and expected in one.expected for one in told)
    assert "sales.cases.yaml:2:" in str(told[0].where)


def test_a_file_of_cases_leads_to_its_rules_and_back() -> None:
    assert cases_of(Path("a/water.yaml")) == Path("a/water.cases.yaml")
    assert rules_of(Path("a/water.cases.yaml")) == Path("a/water.yaml")
    assert rules_of(Path("a/water.yaml")) == Path("a/water.yaml")
