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
