"""A ring of rules without a bound is refused at load, and printed; one with a bound is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from provodka.foundation.errors import ConfigurationError
from provodka.trigger_rules.book import RuleBook

GROW = (
    "{name: a, title: т, when: {document_changed: deal},"
    " do: [{set_field: {document: deal, field: amount, value: deal.amount + 1}}]}"
)
FIELD = "{name: %s, title: т, when: {event: document_changed, of: deal, field: %s}, %s do: [%s]}"
SET = "{set_field: {document: deal, field: %s, value: '%s'}}"
TALK = (
    "{name: a, title: т, when: {document_created: task},%s"
    " do: [{notify: {to: head, subject: с, text: т}}]}",
    "{name: b, title: т, when: {document_created: message}, do: [{create_task: {subject: т}}]}",
)


def load(folder: Path, *rules: str) -> RuleBook:
    path = folder / "rules.yaml"
    path.write_text("rules:\n" + "".join(f"- {rule}\n" for rule in rules), encoding="utf-8")
    return RuleBook.load([path])


def ring(folder: Path, *rules: str) -> str:
    """What is said of the one ring found."""
    with pytest.raises(ConfigurationError) as refused:
        load(folder, *rules)
    assert refused.value.others == ()
    assert refused.value.code == "rules_cycle"
    return refused.value.found.removeprefix("правила будят друг друга: ")


def two(condition: str, first: str, second: str) -> tuple[str, str]:
    """Rules that write each other's field."""
    return (
        FIELD % ("a", "amount", "", SET % ("source", first)),
        FIELD % ("b", "source", condition, SET % ("amount", second)),
    )


LONGER = 'deal.title + (deal.source ?? "")'


def test_a_ring_is_refused_at_load_and_printed_with_its_fields(tmp_path: Path) -> None:
    assert ring(tmp_path, GROW) == "a → deal.amount → a"
    told = ring(tmp_path, *two("", LONGER, "deal.amount + 1"))
    assert told == "a → deal.source → b → deal.amount → a"


def test_a_ring_through_two_documents_is_told_once(tmp_path: Path) -> None:
    assert ring(tmp_path, TALK[0] % "", TALK[1]) == "a → message → b → task → a"


@pytest.mark.parametrize(
    "bound", [" at_most: {times: 3, within: {days: 1}},", " if: '(deal&.open_tasks ?? 0) == 0',"]
)
def test_one_rule_that_states_its_bound_breaks_the_ring(tmp_path: Path, bound: str) -> None:
    assert set(load(tmp_path, TALK[0] % bound, TALK[1]).named) == {"a", "b"}


def test_what_only_grows_is_not_bounded_by_a_condition_on_itself(tmp_path: Path) -> None:
    guarded = GROW.replace("do:", "if: deal.amount > 0, do:")
    assert ring(tmp_path, guarded) == "a → deal.amount → a"
    bounded = GROW.replace("do:", "at_most: {times: 3, within: {days: 1}}, do:")
    assert load(tmp_path, bounded).named


def test_fields_that_settle_are_no_ring_and_those_that_take_turns_are(tmp_path: Path) -> None:
    assert load(tmp_path, *two("", '"site"', "deal.amount + 1")).named
    turns = [FIELD % (name, "source", "", SET % ("source", f'"{name}"')) for name in ("one", "two")]
    assert ring(tmp_path, *turns) == "one → deal.source → two → deal.source → one"


def test_a_condition_is_a_bound_only_if_it_is_about_what_the_ring_changes(tmp_path: Path) -> None:
    turning = "(deal.source == null) ? 1 : 2"
    watching = two("if: deal.amount > 0,", LONGER, turning)
    assert load(tmp_path, *watching).named
    aside = two("if: deal.expected_revenue > 0,", LONGER, turning)
    assert ring(tmp_path, *aside) == "a → deal.source → b → deal.amount → a"


def test_a_field_that_nobody_waits_for_and_a_value_never_met_make_no_edge(tmp_path: Path) -> None:
    other = FIELD % ("a", "source", "", SET % ("amount", "deal.amount + 1"))
    assert load(tmp_path, other).named
    turns = [
        FIELD.replace("field: %s", "field: %s, to: never")
        % (name, "source", "", SET % ("source", f'"{name}"'))
        for name in ("one", "two")
    ]
    assert load(tmp_path, *turns).named


def test_a_copy_that_is_copied_again_is_a_ring_whatever_is_asked_of_its_sum(
    tmp_path: Path,
) -> None:
    copying = (
        "{name: a, title: т, when: {document_created: deal}, if: deal.amount > 5,"
        " do: [{copy_deal: {title: Еще}}]}"
    )
    assert ring(tmp_path, copying).startswith("a → deal")


STAGES = """
scenario:
  code: sales
  name: Продажи
  stages:
    - {code: one, name: Первый}
    - {code: two, name: Второй}
    - {code: won, name: Выиграна, kind: won}
    - {code: lost, name: Проиграна, kind: lost}
  always_planned: {subject: Связаться}
"""
ON = "{name: forth, title: т, when: {stage_entered: one}, do: [{move_stage: {to: two}}]}"
WHEN_TWO = "{name: again, title: т, when: {stage_entered: two}, do: [%s]}"


def staged(folder: Path, *rules: str) -> RuleBook:
    path = folder / "rules.yaml"
    text = STAGES + "rules:\n" + "".join(f"- {rule}\n" for rule in rules)
    path.write_text(text, encoding="utf-8")
    return RuleBook.load([path])


@pytest.mark.parametrize(
    "back", ["move_stage: {to: one, only_forward: false}", "copy_deal: {stage: one}"]
)
def test_a_deal_that_one_rule_moves_on_and_another_sends_the_way_again_is_a_ring(
    tmp_path: Path, back: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        staged(tmp_path, ON, WHEN_TWO % back)
    assert refused.value.code == "rules_cycle"
    assert refused.value.found.endswith("again → deal.stage → forth → deal.stage → again")


def test_a_deal_that_is_won_and_begun_anew_by_rules_alone_is_a_ring(tmp_path: Path) -> None:
    won = "{name: again, title: т, when: {stage_entered: won}, do: [{copy_deal: {stage: two}}]}"
    ends = WHEN_TWO.replace("again", "ends") % "close_deal: {as: won}"
    with pytest.raises(ConfigurationError) as refused:
        staged(tmp_path, ends, won)
    assert refused.value.code == "rules_cycle"


def test_a_deal_that_only_goes_forward_comes_to_its_end(tmp_path: Path) -> None:
    talk = "{name: %s, title: т, when: {document_created: %s}, do: [%s]}"
    asks = talk % ("asks", "task", "{move_stage: {to: next}}")
    assert staged(tmp_path, ON, asks, WHEN_TWO % "create_task: {subject: т}").named


def test_a_bound_stated_by_one_of_them_lets_a_deal_go_the_way_again(tmp_path: Path) -> None:
    back = "move_stage: {to: one, only_forward: false}"
    bound = WHEN_TWO.replace("do:", "at_most: {times: 3, within: {days: 1}}, do:")
    assert staged(tmp_path, ON, bound % back).named
