"""Which decisions may be written together, and in what order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from provodka.flows.triggers.waves import Occasion, Wave, group_of
from provodka.trigger_rules import effects
from provodka.trigger_rules.changes import Change
from provodka.trigger_rules.decide import Decision
from provodka.trigger_rules.events import Event

NOW = datetime(2026, 11, 20, 11, tzinfo=UTC)
DEAL, OTHER, CLIENT, PAPER = (UUID(int=number) for number in (1, 2, 3, 4))


def because(rule: str, document: UUID = PAPER, index: int = 0) -> effects.Reason:
    return effects.Reason(rule, "1", "proposal", document, "once", index, 7, 1)


def task(rule: str, deal: UUID = DEAL, kind: str = "task", **place: Any) -> effects.CreateTask:
    reason = because(rule, **place)
    return effects.CreateTask(reason, deal, CLIENT, "Позвонить", None, kind, None, NOW, False)


def note(rule: str, **place: Any) -> effects.Notify:
    return effects.Notify(because(rule, **place), DEAL, "head", "h@romashka.test", "О", "Текст")


def filled(rule: str, document: UUID = DEAL, field: str = "source") -> effects.SetField:
    return effects.SetField(because(rule, document), "deal", document, field, "site")


def shape(wave: Wave) -> list[list[str]]:
    return [[item.effect.reason.rule for item in slot.items] for slot in wave.slots]


def test_effects_of_a_kind_share_a_slot() -> None:
    wave = Wave()
    wave.add([task("a"), note("b")], {})
    wave.add([task("c", OTHER), note("d")], {})
    assert shape(wave) == [["a", "c"], ["b", "d"]]


def test_effects_of_one_decision_keep_their_order() -> None:
    wave = Wave()
    wave.add([task("a"), note("b")], {})
    wave.add([note("c"), task("d", OTHER)], {})
    assert shape(wave) == [["a"], ["b", "c"], ["d"]]


def test_a_document_is_changed_once_by_a_statement() -> None:
    wave = Wave()
    wave.add([filled("a"), filled("b"), filled("c", OTHER)], {})
    assert shape(wave) == [["a"], ["b", "c"]]


def test_different_fields_are_different_statements() -> None:
    wave = Wave()
    wave.add([filled("a")], {})
    wave.add([filled("b", OTHER, "title")], {})
    assert shape(wave) == [["a"], ["b"]]


def test_an_event_of_a_changed_deal_must_wait() -> None:
    wave = Wave()
    wave.add([task("a")], {})
    assert wave.concerns({"deal": {"id": DEAL}})
    assert not wave.concerns({"deal": {"id": OTHER}, "client": {"id": CLIENT}})


def test_an_event_that_reaches_a_changed_document_through_another_must_wait() -> None:
    wave = Wave(["proposal.deal"])
    wave.add([filled("a")], {})
    far = {"proposal": {"id": UUID(int=9), "deal": {"id": DEAL}}}
    assert wave.concerns(far)
    far["proposal"]["deal"] = {"id": OTHER}
    assert not wave.concerns(far)


def test_an_event_of_a_client_whose_rule_is_capped_must_wait() -> None:
    wave = Wave()
    wave.add([effects.Fired(because("a"), None, CLIENT, NOW)], {})
    assert wave.concerns({"deal": None, "client": {"id": CLIENT}})


def occasion(document: UUID, deal: UUID | None = None) -> Occasion:
    change = Change(1, "proposal", document, None, {}, frozenset(), "onec", 0)
    return Occasion(Event("proposal_posted", "", change, "once"), deal)


def test_what_looks_at_a_deferred_event_waits_behind_it() -> None:
    wave = Wave()
    people = {"id": UUID(int=8)}
    wave.defer(occasion(PAPER, DEAL), {"deal": {"id": DEAL}, "responsible": people})
    assert wave.awaits(occasion(PAPER))
    assert wave.awaits(occasion(OTHER, DEAL))
    assert not wave.awaits(occasion(OTHER))
    assert not wave.concerns({"responsible": people})


def test_where_rules_write_to_people_a_deferred_event_holds_up_theirs_too() -> None:
    wave = Wave(people=True)
    people = {"id": UUID(int=8)}
    wave.defer(occasion(PAPER), {"responsible": people})
    assert wave.concerns({"responsible": people})


def test_a_key_is_taken_once() -> None:
    wave = Wave()
    assert wave.takes(Decision([task("a")]))
    assert not wave.takes(Decision([task("a"), task("a")]))
    wave.add([task("a")], {})
    assert not wave.takes(Decision([task("a")]))


@pytest.mark.parametrize(
    "effect",
    [
        task("a", kind="delivery"),
        filled("a", field="delivery_at"),
        effects.Assign(because("a"), DEAL, "head"),
        effects.CreateDocument(because("a"), "invoice", {}, None),
        effects.SendLetter(because("a"), DEAL, "client", "c@d.ru", "hello", in_thread=True),
        effects.SendLetter(
            because("a"), DEAL, "client", "c@d.ru", "hello", attach=(("deal", DEAL),)
        ),
    ],
    ids=lambda effect: type(effect).__name__,
)
def test_what_the_store_answers_or_the_next_one_depends_on_is_done_by_itself(
    effect: effects.Effect,
) -> None:
    assert group_of(effect) is None
    assert not Wave().takes(Decision([effect]))
