"""The language as a whole: what is declared is what is listed, documented and accepted."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from provodka.foundation.errors import ConfigurationError
from provodka.trigger_rules import effects
from provodka.trigger_rules.actions import registry
from provodka.trigger_rules.actions.kinds import ActionKind, Made, Woken
from provodka.trigger_rules.actions.registry import actions
from provodka.trigger_rules.book import CASES, RULES, RuleBook
from provodka.trigger_rules.event_kinds import EVENTS
from provodka.trigger_rules.language import Action, RuleFile
from provodka.trigger_rules.reference import json_schema, markdown, parameters
from provodka.trigger_rules.schema import documents
from provodka.trigger_rules.unproduced import ALWAYS, Connected, unproduced
from provodka.trigger_rules.vocabulary import Strict

PAGE = Path(__file__).parents[3] / "docs" / "trigger-rules.md"
SHIPPED = sorted(file for file in RULES.glob("*.yaml") if not file.name.endswith(CASES))
SCENARIO = """
scenario:
  code: sales
  name: Продажи
  stages:
    - {code: proposal, name: Предложение}
    - {code: invoice, name: Счет}
    - {code: won, name: Выиграна, kind: won}
    - {code: lost, name: Проиграна, kind: lost}
  always_planned: {subject: Связаться с клиентом}
"""


def loaded(tmp_path: Path, text: str) -> RuleBook:
    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    return RuleBook.load([path])


def mistakes(tmp_path: Path, text: str) -> list[ConfigurationError]:
    with pytest.raises(ConfigurationError) as caught:
        loaded(tmp_path, text)
    return [caught.value, *caught.value.others]


def rule(when: str, do: str = "notify: {to: head, subject: с, text: т}", more: str = "") -> str:
    return (
        f"rules:\n  - name: one\n    title: т\n    when: {when}\n    {more}\n    do: [{{{do}}}]\n"
    )


@pytest.mark.parametrize("name", EVENTS)
def test_the_example_of_every_event_is_a_rule_that_loads(tmp_path: Path, name: str) -> None:
    book = loaded(tmp_path, SCENARIO + rule(EVENTS[name].example))
    assert [when.event for when in book.rules[0].text.when] == [name]


@pytest.mark.parametrize("name", actions())
def test_the_example_of_every_action_is_a_rule_that_loads(tmp_path: Path, name: str) -> None:
    when = "proposal_posted"
    book = loaded(tmp_path, SCENARIO + rule(when, actions()[name].example))
    assert book.rules[0].text.do[0].name == name


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_names_a_document_and_field_of_the_store(name: str) -> None:
    kind = EVENTS[name]
    assert kind.title
    for told in kind.document.split(", "):
        document, _dot, field = told.partition(".")
        assert document == "*" or document in documents()
        assert not field or field in documents()[document]


@pytest.mark.parametrize("mark", markdown())
def test_the_page_lists_what_is_declared(mark: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    end = mark.replace("<!-- ", "<!-- /")
    assert page.partition(f"{mark}\n")[2].partition(f"\n{end}")[0] == markdown()[mark]


@cache
def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json_schema())


def accepted(text: str) -> bool:
    return bool(validator().is_valid(yaml.safe_load(text)))


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_the_editors_schema_accepts_the_shipped_rules(file: Path) -> None:
    assert accepted(file.read_text(encoding="utf-8"))


def test_the_editors_schema_accepts_every_example() -> None:
    refused = [name for name in EVENTS if not accepted(rule(EVENTS[name].example))]
    refused += [
        name for name, kind in actions().items() if not accepted(rule("deal_paused", kind.example))
    ]
    assert refused == []


@pytest.mark.parametrize(
    "text",
    [
        rule("{stage_entred: invoice}"),
        rule("invoice_paid", "send_leter: {to: client, template: x}"),
        rule("invoice_paid", "notify: {to: nobody, subject: с, text: т}"),
        rule("invoice_paid", "notify: {to: head, subject: с, text: т}, resume_deal: {}"),
    ],
)
def test_the_editors_schema_refuses_what_the_loader_refuses(tmp_path: Path, text: str) -> None:
    assert not accepted(text)
    assert mistakes(tmp_path, text)


def test_the_parameters_of_an_action_are_listed_with_their_types() -> None:
    told = {one.name: one for one in parameters("send_message")}
    assert told["by"].type == "sms | messenger"
    assert (told["text"].required, told["by"].required) == (True, False)


@pytest.mark.parametrize(
    ("when", "code", "expected"),
    [
        ("{stage_stayed: invoice}", "missing_word", "longer_than"),
        ("{event: invoice_paid, cron: '* * * * *'}", "needless_word", "без уточнения"),
        ("{date_reached: invoice, field: due_dat}", "unknown_field", "due_date"),
        ("{date_reached: invoice, field: amount}", "unknown_field", "due_date"),
        ("{document_changed: task, field: statu}", "unknown_field", "status"),
        ("{document_changed: task, field: status, to: don}", "unknown_value", "done"),
        ("{document_changed: deal, to: 5}", "missing_word", "field"),
        ("{schedule: deal, cron: '61 * * * *'}", "wrong_cron", "пять полей"),
        ("process_started", "unknown_of", "код"),
    ],
)
def test_a_mistake_in_when_says_what_is_right(
    tmp_path: Path, when: str, code: str, expected: str
) -> None:
    found = {error.code: error for error in mistakes(tmp_path, SCENARIO + rule(when))}
    assert code in found
    assert expected in found[code].expected
    place = found[code].place
    assert place is not None
    assert place.line > 1


@pytest.mark.parametrize(
    ("do", "code"),
    [
        ("create_task: {subject: т}, after: {days: 1}, at: '10:00'", "bad_value"),
        ("create_task: {subject: т}, before: {days: 1}", "bad_value"),
        ("create_task: {subject: т}, before: {of: deal.delivery, days: 1}", "not_a_date"),
        ("create_task: {subject: т}, after: {days: 1}, calendar: nobody", "unknown_calendar"),
        ("create_task: {subject: т, due: {working_hours: 1, at: start}}", "bad_value"),
        ("assign: {how: fixed}", "bad_value"),
        ("assign: {how: by_stage, stages: {nowhere: a@b.test}}", "unknown_stage"),
        ("create_document: {kind: proposal}", "same_kind"),
        ("create_document: {kind: invoice, set: {posted: 'true'}}", "kept_field"),
        ("notify: {to: head, subject: '{{ x', text: т}", "template_syntax"),
        ("call_webhook: {to: crm, send: {number: deal.numbr}}", "unsound_condition"),
        ("copy_deal: {stage: won}", "unknown_stage"),
    ],
)
def test_a_mistake_in_an_action_is_found_at_load(tmp_path: Path, do: str, code: str) -> None:
    found = mistakes(tmp_path, SCENARIO + rule("proposal_posted", do))
    assert code in {error.code for error in found}


def test_robots_and_triggers_keep_their_role_and_their_place_in_the_file(tmp_path: Path) -> None:
    text = SCENARIO + (
        "triggers:\n  - {name: c, title: т, when: mail_received, move_to: invoice}\n"
        "robots:\n  - {name: b, title: т, stage: invoice, do: [{resume_deal: {}}]}\n"
        "rules:\n  - {name: a, title: т, when: deal_paused, do: [{resume_deal: {}}]}\n"
    )
    book = loaded(tmp_path, text)
    assert [(one.name, one.role) for one in book.rules] == [
        ("c", "trigger"), ("b", "robot"), ("a", "rule"),
    ]  # fmt: skip
    [error] = mistakes(tmp_path, text.replace("stage: invoice", "stage: invoise"))
    assert error.place is not None
    assert error.place.line == text[: text.index("name: b")].count("\n") + 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("rules: &a [*a]", "hostile_rules"),
        ("a: &x {b: 1}\nrules: [*x]", "hostile_rules"),
        ("rules: " + "[" * 40 + "]" * 40, "hostile_rules"),
        (rule("deal_paused", "}, {".join(["resume_deal: {}"] * 51)), "bad_value"),
        ("# " + "x" * 2_000_001, "hostile_rules"),
    ],
)
def test_a_hostile_file_is_refused_before_it_is_understood(
    tmp_path: Path, text: str, code: str
) -> None:
    assert code in {error.code for error in mistakes(tmp_path, text)}


def test_events_that_no_connected_system_produces_are_warned_of(tmp_path: Path) -> None:
    do = "send_message: {text: т}"
    book = loaded(tmp_path, SCENARIO + rule("call_missed", do))
    found = {error.code: error for error in unproduced(book, Connected())}
    assert set(found) == {"unproduced_event", "unknown_channel"}
    assert "call.outcome" in found["unproduced_event"].expected
    connected = Connected(ALWAYS | {"telephony"}, ("sms",))
    assert list(unproduced(book, connected)) == []


class Greeting(Strict):
    """Parameters of an action of another package."""

    word: str


def greet(woken: Woken, body: Greeting, index: int) -> Made:
    """An action of another package."""
    yield effects.Notify(woken.reason(index), None, "head", "a@b.test", body.word, body.word)


GREET = ActionKind("greet", "Поздороваться", Greeting, greet, "greet: {word: Привет}")


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, registry.GROUP)


def test_an_action_of_another_package_comes_in_by_its_entry_point() -> None:
    assert registry.loaded(point("greet", f"{__name__}:GREET")) is GREET


@pytest.mark.parametrize(
    ("name", "value"),
    [("other", f"{__name__}:GREET"), ("greet", f"{__name__}:NOTHING"), ("greet", "no_such:X")],
)
def test_a_wrong_entry_point_is_told_by_its_name(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        registry.loaded(point(name, value))


def test_an_action_that_is_there_already_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = ActionKind("notify", "", Greeting, greet, "")
    monkeypatch.setattr(registry, "_offered", lambda _points: iter([taken]))
    with pytest.raises(ConfigurationError, match="notify"):
        actions.__wrapped__()


def test_a_rule_keeps_its_version_when_the_language_grows() -> None:
    written: dict[str, Any] = {"create_task": {"subject": "т"}}
    plain = Action.model_validate(written).model_dump(exclude_none=True)
    assert set(plain) == {"create_task"}
    assert RuleFile.model_validate({}).model_dump(exclude_none=True).keys() >= {"rules"}
