"""Plans as values: their digest, their file, what two of them differ in, and reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provodka.flows.insight.planned import (
    Dispute,
    Held,
    Plan,
    PlannedChange,
    PlannedEntry,
    PlannedField,
    Push,
    Wire,
    same_moment,
)
from provodka.flows.planning import file
from provodka.flows.planning.differences import came_later, moved
from provodka.flows.planning.reasons import sent, taken
from provodka.foundation.errors import ConfigurationError
from provodka.mappings.declaration import Owner
from provodka.mappings.reconcile import reconcile

AT = datetime(2026, 11, 22, tzinfo=UTC)


def change(document: str = "a", comment: str = "К воротам") -> PlannedChange:
    told = PlannedField("comment", "До подъезда", comment, "theirs", "changed_there")
    entry = PlannedEntry("", None, "update", (told,))
    return PlannedChange("update", "invoice", document, "СЧ00-000001", "onec", (entry,))


def push(document: str = "b", date: str = "2026-11-22T10:00:00") -> Push:
    wire = Wire("PATCH", "Document_X(guid'1')", {"Date": date})
    return Push("update", "invoice", document, "СЧ00-000002", "delivered", "", (), (wire,))


WHOLE = Plan(
    changes=(change("a"), change("c")),
    set_aside=(Held("onec:client", "k", "нет ИНН", "впишите"),),
    parked=(Held("onec:shipment", "s", "invoice:k"),),
    conflicts=(Dispute("onec:invoice", "invoice", "d", "", "comment", "1", "2", "3"),),
    pushes=(push(),),
    streams=("accounting", "outbox"),
)


def test_a_plan_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    file.save(WHOLE, tmp_path / "plan.json", AT)
    assert file.load(tmp_path / "plan.json") == WHOLE


def test_a_plan_that_somebody_has_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    file.save(WHOLE, path, AT)
    path.write_text(path.read_text(encoding="utf-8").replace("К воротам", "К двери"), "utf-8")
    with pytest.raises(ConfigurationError, match="изменен после того"):
        file.load(path)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"plan": 1}', "\0", '{"plan": {"changes": 7}}'])
def test_what_is_no_plan_is_refused_in_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="это не план"):
        file.load(path)


def test_the_digest_does_not_depend_on_the_order_of_items_but_on_every_value() -> None:
    assert replace(WHOLE, changes=WHOLE.changes[::-1]).digest == WHOLE.digest
    assert replace(WHOLE, changes=(change("a", "К двери"), change("c"))).digest != WHOLE.digest
    assert replace(WHOLE, pushes=(push(date="2026-11-22T10:00:01"),)).digest != WHOLE.digest
    assert replace(WHOLE, streams=("outbox", "accounting")).digest != WHOLE.digest


def test_the_same_plan_has_not_moved() -> None:
    assert moved(WHOLE, replace(WHOLE, changes=WHOLE.changes[::-1])) == ()


def test_a_field_that_has_moved_is_named_with_both_values() -> None:
    now = replace(WHOLE, changes=(change("a", "К двери"), change("c")))
    [one] = moved(WHOLE, now)
    assert (one.document, one.field) == ("СЧ00-000001", "comment")
    assert (one.planned["after"], one.now["after"]) == ("К воротам", "К двери")


def test_a_field_of_a_request_that_has_moved_is_named_with_both_values() -> None:
    [one] = moved(WHOLE, replace(WHOLE, pushes=(push(date="2026-11-23T10:00:00"),)))
    assert one.field.endswith("Date")
    assert (one.planned, one.now) == ("2026-11-22T10:00:00", "2026-11-23T10:00:00")


EMPTIED: list[dict[str, Any]] = [
    {name: ()} for name in ("changes", "set_aside", "parked", "conflicts", "pushes")
]


@pytest.mark.parametrize("emptied", EMPTIED, ids=lambda one: next(iter(one)))
def test_every_kind_of_item_can_vanish_or_come(emptied: dict[str, Any]) -> None:
    less = replace(WHOLE, **emptied)
    [(name, _nothing)] = emptied.items()
    count = len(getattr(WHOLE, name))
    assert len(moved(WHOLE, less)) == len(moved(less, WHOLE)) == count
    assert len(came_later(less, WHOLE)) == count
    assert came_later(WHOLE, less) == ()


VALUES = st.sampled_from([None, "а", "б", "в"])
OWNERS = st.sampled_from(["ours", "theirs", "latest", "ask"])


@given(met=st.booleans(), base=VALUES, ours=VALUES, theirs=VALUES, owner=OWNERS)
def test_reasons_tell_what_reconcile_has_decided(
    met: bool, base: Any, ours: Any, theirs: Any, owner: Owner
) -> None:
    agreed = {"name": base} if met else None
    decided = reconcile(agreed, {"name": ours}, {"name": theirs}, {"name": owner})
    if "name" in decided.take:
        why = taken(owner, agreed, "name", ours).why
        only_there = met and ours == base
        assert (why == "changed_there") == only_there
        assert (why == "their_field") == (owner == "theirs" and not only_there)
        assert (why == "empty_here") == (owner != "theirs" and not met and ours is None)
    if "name" in decided.send:
        why = sent(decided, "name", agreed).why
        assert (why == "our_field") == bool(decided.overruled)
        assert (why == "empty_there") == (not met and not decided.overruled)


@pytest.mark.parametrize(
    ("stored", "now", "same"),
    [
        ("2026-11-23T01:20:00.12345+00:00", "2026-11-23T01:20:00.123450Z", True),
        ("2026-11-23T01:20:00+00:00", "2026-11-23T01:20:00.000000Z", True),
        ("2026-11-23T01:20:00.1+00:00", "2026-11-23T01:20:00.2Z", False),
        ("2026-11-23T01:20:00 и не время", "2026-11-23T01:20:00Z", False),
        ("Слово", "2026-11-23T01:20:00Z", False),
    ],
)
def test_a_moment_is_the_same_however_its_fraction_is_written(
    stored: str, now: str, same: bool
) -> None:
    assert same_moment(stored, now) is same
