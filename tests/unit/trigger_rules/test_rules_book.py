"""Reading rule files: what is refused, where, and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from provodka.foundation.errors import ConfigurationError
from provodka.trigger_rules.book import RULES, RuleBook
from provodka.trigger_rules.lint import lint

ROMASHKA = (RULES / "romashka.yaml").read_text(encoding="utf-8")
HEAD = """\
scenario:
  code: s
  name: С
  stages:
    - {code: one, name: Один}
    - {code: won, name: Успех, kind: won}
    - {code: lost, name: Неуспех, kind: lost}
  always_planned: {subject: Позвонить, due: {working_days: 1}}
rules:
"""


def load(folder: Path, *texts: str) -> RuleBook:
    paths = []
    for number, text in enumerate(texts):
        path = folder / f"rules{number}.yaml"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return RuleBook.load(paths)


def mistakes(folder: Path, *texts: str) -> list[ConfigurationError]:
    with pytest.raises(ConfigurationError) as caught:
        load(folder, *texts)
    return [caught.value, *caught.value.others]


def rule(**parts: str) -> str:
    given = {"when": "{stage_entered: one}", "do": "[{create_task: {subject: т}}]"} | parts
    return "  - {name: r, title: т, " + ", ".join(f"{k}: {v}" for k, v in given.items()) + "}\n"


@pytest.mark.parametrize(
    ("parts", "code", "expected"),
    [
        ({"when": "stage_enterd"}, "unknown_event", "stage_entered"),
        ({"when": "{stage_entered: onee}"}, "unknown_of", "one"),
        ({"when": "{invoice_paid: x}"}, "unknown_of", "без уточнения"),
        ({"when": "document_created"}, "unknown_of", "deal"),
        ({"when": "[invoice_paid, deal_closed]"}, "mixed_events", "одного документа"),
        ({"when": "{document_created: product}"}, "not_of_a_deal", "сделки"),
        ({"if": "deal.amout > 1"}, "unsound_condition", "amount"),
        ({"if": "deal.amount"}, "not_a_condition", "сравнение"),
        ({"if": "deal.amount > '100'"}, "unsound_condition", "deal.amount — число"),
        ({"do": "[{move_stage: {to: two}}]"}, "unknown_stage", "next, one"),
        ({"do": "[{move_stage: {to: won}}]"}, "unknown_stage", "one"),
        (
            {"do": "[{set_field: {document: deel, field: amount, value: 1}}]"},
            "unknown_document",
            "deal",
        ),
        (
            {"do": "[{set_field: {document: deal, field: stage, value: '\"one\"'}}]"},
            "kept_field",
            "",
        ),
        (
            {"do": "[{set_field: {document: deal, field: amount, value: deal.title}}]"},
            "wrong_type",
            "number",
        ),
        (
            {"do": "[{set_field: {document: deal, field: title, value: deal.source}}]"},
            "wrong_type",
            "text",
        ),
        ({"do": "[{send_leter: {to: client, template: x}}]"}, "unknown_field", "send_letter"),
        ({"do": "[{send_letter: {to: nobody, template: x}}]"}, "bad_value", ""),
        ({"do": "[{voice_call: {text: т, recording: hello}}]"}, "bad_value", "ровно одно"),
        ({"do": "[{voice_call: {recording: ../../etc/passwd}}]"}, "bad_value", ""),
        (
            {"do": "[{send_letter: {to: client, template: x, sends: [invoice]}}]"},
            "unsent_document",
            "КП или счет этого события",
        ),
        (
            {
                "when": "invoice_posted",
                "do": "[{send_letter: {to: head, template: x, sends: [invoice]}}]",
            },
            "unsent_document",
            "письмом клиенту",
        ),
        (
            {"do": "[{create_task: {subject: т, due: {working_days: 1, working_hours: 1}}}]"},
            "bad_value",
            "ровно одно",
        ),
        (
            {"do": "[{create_task: {subject: т}, notify: {to: head, subject: с, text: т}}]"},
            "bad_value",
            "ровно одно",
        ),
        ({"do": "[]"}, "bad_value", ""),
    ],
)
def test_a_mistake_names_its_place_and_what_is_right(
    tmp_path: Path, parts: dict[str, str], code: str, expected: str
) -> None:
    found = mistakes(tmp_path, HEAD + rule(**parts))
    assert code in {error.code for error in found}
    [error] = [error for error in found if error.code == code][:1]
    assert expected in error.expected
    assert error.place is not None
    assert error.place.line == 10
    assert error.next_step


def test_a_person_may_not_have_a_due_date_overwritten_by_a_rule(tmp_path: Path) -> None:
    text = "rules:\n" + rule(
        when="task_done", do="[{set_field: {document: task, field: due_at, value: now}}]"
    )
    assert [error.code for error in mistakes(tmp_path, text)] == ["kept_field"]


def test_all_mistakes_of_all_files_come_at_once(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        HEAD + rule(when="x", name="a") + rule(**{"if": "deal.y > 1"}, name="b"),
        "rules: [{name: 1}]",
    )
    assert len(found) >= 4


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("kind: lost", "kind: open"), "scenario_ends"),
        (("code: lost", "code: one"), "repeated_stage"),
    ],
)
def test_a_scenario_needs_two_ends_and_distinct_stages(
    tmp_path: Path, change: tuple[str, str], code: str
) -> None:
    assert code in {error.code for error in mistakes(tmp_path, HEAD.replace(*change) + rule())}


def test_names_of_rules_and_scenarios_are_unique(tmp_path: Path) -> None:
    found = mistakes(tmp_path, HEAD + rule() + rule(), HEAD + rule())
    assert [error.code for error in found].count("repeated_rule") == 2
    assert "repeated_scenario" in {error.code for error in found}


def test_the_version_follows_the_meaning_and_not_the_looks(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    plain = load(tmp_path, HEAD + rule()).rules[0].version
    commented = (
        load(tmp_path, "# пояснение\n" + HEAD + rule().replace(", ", ",  ")).rules[0].version
    )
    changed = load(tmp_path, HEAD + rule(**{"if": "deal.amount > 1"})).rules[0].version
    assert plain == commented != changed


def test_the_shipped_scenario_loads_and_has_no_mistakes() -> None:
    book = RuleBook.load()
    assert lint(book) == []
    scenario = book.scenarios["romashka"]
    assert [stage.name for stage in scenario.text.stages] == [
        "Информационное письмо", "Подготовка предложения", "Счет", "Отгрузка",
        "Завершено успешно", "Интерес закрыт (потерян)",
    ]  # fmt: skip
    assert (scenario.end("won"), scenario.end("lost")) == ("won", "lost")
    assert scenario.after("shipment") is None


def test_a_missing_template_is_found(tmp_path: Path) -> None:
    book = load(tmp_path, HEAD + rule(do="[{send_letter: {to: client, template: absent}}]"))
    [error] = lint(book)
    assert error.code == "no_template"
    assert error.place is not None
    assert error.place.line == 10


@pytest.mark.parametrize(
    ("body", "ok"),
    [
        ("{{ deal.title }} {{ client.name }}", True),
        ("{{ deal.titel }}", False),
        ("{{ proposal.amount }}", False),
        ("{{ deal.title | money }}", False),
        ("{{ responsible.name }}", False),
        ("{% if responsible %}{{ responsible.name }}{% endif %}", True),
    ],
)
def test_letters_are_tried_on_documents_of_the_right_shape(
    tmp_path: Path, body: str, ok: bool
) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "hello.yaml").write_text(f"subject: Тема\ntext: '{body}'\n", encoding="utf-8")
    path = tmp_path / "rules.yaml"
    text = HEAD + rule(do="[{send_letter: {to: client, template: hello}}]")
    path.write_text(text, encoding="utf-8")
    assert (lint(RuleBook.load([path], [folder])) == []) is ok


def test_a_condition_that_is_never_true_is_found(tmp_path: Path) -> None:
    [error] = lint(load(tmp_path, HEAD + rule(**{"if": "1 > 2"})))
    assert error.code == "unreachable_rule"
