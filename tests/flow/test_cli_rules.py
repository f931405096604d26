"""`provodka rules …` against a real store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from sqlalchemy import Engine, text
from tests.flow.cli_program import Run, add_deal, document, program

from provodka.trigger_rules.book import RULES as SHIPPED

RULES = """
rules:
  - name: samples
    title: Отправить образцы
    when: {manual: samples}
    do: [{create_task: {subject: Отправить образцы}}]
  - name: missed
    title: Пропущенный звонок
    when: call_missed
    do: [{notify: {to: head, by: mail, subject: Пропущен, text: '{{ call.client_number }}'}}]
  - name: seen
    title: Вернулся на сайт
    when: return_visit
    do: [{call_webhook: {to: crm}}]
"""


@pytest.fixture
def run(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    done = program(store_url, tmp_path, monkeypatch)
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    with (tmp_path / "hub.yaml").open("a", encoding="utf-8") as file:
        file.write("rules: [rules.yaml]\n")
    return done


def test_check_warns_of_events_and_addresses_that_nothing_connects(run: Run) -> None:
    done = run("rules", "check", "--json")
    assert done.exit_code == 0
    warnings = document(done)["warnings"]
    assert len(warnings) == 3
    assert "return_visit" in "".join(warnings)
    assert "call_missed" not in "".join(warnings)
    assert "visit.after_order" in "".join(warnings)


def test_the_check_of_everything_warns_of_rules_as_theirs_does(run: Run) -> None:
    """The same findings, each at its line; warnings alone are no failure."""
    theirs = document(run("rules", "check", "--json"))["warnings"]
    done = run("check", "--json")
    told = [one for one in document(done)["findings"] if one["level"] == "warning"]
    of_rules = [one for one in told if one["area"] == "rules"]
    assert [one["text"] in said for one, said in zip(of_rules, theirs, strict=True)] == [True] * 3
    assert {Path(one["file"]).name for one in of_rules} == {"rules.yaml"}
    assert all(one["line"] and one["next_step"] for one in of_rules)
    assert document(done)["ok"] is True


def test_the_check_of_everything_tells_the_same_doubt_once_with_all_its_places(
    run: Run, tmp_path: Path
) -> None:
    letter = "  - {name: n%d, title: Письмо, when: deal_paused, do: [{notify: %s}]}\n"
    text = "{to: head, subject: Сделка, text: Стоит}"
    rules = "rules:\n" + "".join(letter % (number, text) for number in range(8))
    (tmp_path / "rules.yaml").write_text(rules, encoding="utf-8")
    found = document(run("check", "--json"))["findings"]
    [told] = [one for one in found if one["code"] == "unknown_channel"]
    assert told["line"] == 2
    assert "мест: 7 (rules.yaml:3, rules.yaml:4" in told["text"]
    assert told["text"].endswith("…)")


def test_the_check_of_everything_refuses_what_theirs_refuses(run: Run, tmp_path: Path) -> None:
    wrong = RULES.replace("call.client_number", "call.client_numer")
    (tmp_path / "rules.yaml").write_text(wrong, encoding="utf-8")
    done = run("check", "--json")
    assert done.exit_code == 2
    [error] = [one for one in document(done)["findings"] if one["level"] == "bad"]
    assert ("client_numer" in error["text"], error["line"]) == (True, 10)


def test_check_refuses_a_text_that_names_what_is_not_there(run: Run, tmp_path: Path) -> None:
    wrong = RULES.replace("call.client_number", "call.client_numer")
    (tmp_path / "rules.yaml").write_text(wrong, encoding="utf-8")
    done = run("rules", "check", "--json")
    assert done.exit_code == 2
    [error] = document(done)["errors"]
    assert "client_numer" in error["found"]
    assert error["line"] == 10


@pytest.mark.parametrize(("what", "name"), [("events", "stage_stayed"), ("actions", "assign")])
def test_the_language_is_listed_with_examples(run: Run, what: str, name: str) -> None:
    done = run("rules", what, "--json")
    [one] = [one for one in document(done)[what] if one["name"] == name]
    assert yaml.safe_load(one["example"])
    assert name in run("rules", what).stdout


def test_the_schema_is_one_that_editors_understand(run: Run) -> None:
    schema: Any = document(run("rules", "schema"))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert jsonschema.Draft202012Validator(schema).is_valid(yaml.safe_load(RULES))


def test_a_person_starts_a_process_for_a_deal_and_the_rules_act(run: Run, store: Engine) -> None:
    with store.begin() as connection:
        deal = add_deal(connection)
    done = run("rules", "start", "samples", str(deal), "--who", "Орлова", "--json")
    assert done.exit_code == 0
    assert run("sync", "triggers").exit_code == 0
    with store.connect() as connection:
        tasks = connection.execute(text("SELECT subject FROM crm.task")).scalars().all()
        origin = connection.execute(
            text("SELECT origin FROM hub.delta WHERE kind = 'signal'")
        ).scalar_one()
    assert tasks == ["Отправить образцы"]
    assert origin == "person:Орлова"


def test_a_process_that_no_rule_waits_for_is_told_with_its_nearest(run: Run, store: Engine) -> None:
    with store.begin() as connection:
        deal = add_deal(connection)
    done = run("rules", "start", "sample", str(deal), "--json")
    assert done.exit_code == 2
    assert "samples" in document(done)["errors"][0]["expected"]


def test_cases_beside_the_rules_are_run_and_a_wrong_one_says_which_clause_said_no(
    run: Run, tmp_path: Path
) -> None:
    cases = (
        "cases:\n  - {name: образцы, when: {manual: samples}, then: [create_task: {subject: %s}]}\n"
    )
    (tmp_path / "rules.cases.yaml").write_text(cases % "Отправить образцы", encoding="utf-8")
    assert run("rules", "test", "--json").exit_code == 0
    (tmp_path / "rules.cases.yaml").write_text(cases % "Позвонить", encoding="utf-8")
    done = run("rules", "test", str(tmp_path / "rules.cases.yaml"), "--json")
    assert done.exit_code == 1
    [case] = document(done)["cases"]
    assert (case["line"], case["passed"]) == (2, False)
    told = run("rules", "test").stdout
    assert "ожидалось: create_task: subject: Позвонить; вышло: create_task: subject: Отправ" in told


def test_the_shipped_cases_pass_from_the_command_line(run: Run) -> None:
    done = run("rules", "test", str(SHIPPED / "romashka.yaml"))
    assert done.exit_code == 0
    assert "вышло не так: 0" in done.stdout


def test_a_rule_is_approved_and_put_in_force_by_name(run: Run, tmp_path: Path) -> None:
    assert run("rules", "approve", "samples").exit_code == 2
    with (tmp_path / "hub.yaml").open("a", encoding="utf-8") as file:
        file.write("rules_approval: true\n")
    found = document(run("rules", "versions", "samples", "--json"))["versions"]
    assert [one["state"] for one in found] == ["draft"]
    assert document(run("rules", "list", "--json"))["rules"] == []
    assert run("rules", "approve", "samples", "--who", "Громова").exit_code == 0
    assert run("rules", "activate", "samples", "--who", "Орлова").exit_code == 0
    [one] = document(run("rules", "list", "--json"))["rules"]
    assert (one["release"]["approved_by"], one["release"]["activated_by"]) == ("Громова", "Орлова")
    assert run("rules", "retire", "samples").exit_code == 0
    assert document(run("rules", "list", "--json"))["rules"] == []


def test_a_switched_off_rule_is_seen_in_status_and_switched_on(run: Run, store: Engine) -> None:
    assert run("sync", "triggers").exit_code == 0
    with store.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO hub.rule_health (rule, version, failures, since, trouble, disabled_at)"
                ' SELECT rule, version, 10, now(), \'{"found": "нет адреса"}\', now()'
                " FROM hub.rule_release WHERE rule = 'samples' AND state = 'active'"
            )
        )
    assert "нет адреса" in run("status").stdout
    assert "выключено: нет адреса" in " ".join(run("rules", "list").stdout.split())
    assert run("rules", "enable", "samples").exit_code == 0
    assert document(run("status", "--json"))["disabled_rules"] == []
    assert run("rules", "enable", "samples", "--json").exit_code == 2


def test_a_draft_is_rehearsed_on_the_journal_and_nothing_is_done(
    run: Run, store: Engine, tmp_path: Path
) -> None:
    with store.begin() as connection:
        deal = add_deal(connection)
    draft = tmp_path / "draft.yaml"
    draft.write_text(
        "rules:\n  - name: fresh\n    title: Новая сделка\n    when: {document_created: deal}\n"
        "    do: [{create_task: {subject: Позвонить}}]\n",
        encoding="utf-8",
    )
    asked = ("rules", "simulate", "--since", "2020-01-01", "--rule", str(draft))
    [rule] = document(run(*asked, "--json"))["rules"]
    assert (rule["would"], rule["did"], rule["both"]) == (1, 0, 0)
    assert [one["document"] for one in rule["more"]] == [str(deal)]
    shown = run(*asked).stdout
    assert f"deal:{deal}" in shown
    assert "fresh" in shown
    with store.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM crm.task")).scalar_one() == 0
    assert run("rules", "simulate", "--since", "вчера").exit_code == 2


def test_explain_draws_the_decision_as_a_tree(run: Run, store: Engine, tmp_path: Path) -> None:
    rules = (
        "rules:\n- {name: big, title: Крупная, when: {document_changed: deal, field: amount},"
        " if: deal.amount > 5 and deal.open_tasks > 3, do: [{create_task: {subject: Т}}]}\n"
    )
    (tmp_path / "rules.yaml").write_text(rules, encoding="utf-8")
    with store.begin() as connection:
        deal = add_deal(connection)
    with store.begin() as connection:
        connection.execute(text("UPDATE crm.deal SET amount = 10"))
    assert run("sync", "triggers").exit_code == 0
    shown = " ".join(run("rules", "explain", str(deal)).stdout.split())
    assert "почти: неверна одна часть условия из 2" in shown
    assert "верно: deal.amount > 5 (deal.amount = 10" in shown
    assert "неверно: deal.open_tasks > 3 (deal.open_tasks = 0)" in shown
    [occasion] = document(run("rules", "explain", str(deal), "--json"))["occasions"]
    [one] = occasion["rules"]
    assert (one["rule"], one["fired"], one["near"]) == ("big", False, True)
