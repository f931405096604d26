from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from tests.unit.mappings.bp30_samples import MAPPINGS

from provodka.mappings.reconcile import FieldConflict, apply_changes, reconcile
from provodka.mappings.snapshot import canonical, restore, shape, snapshot, unshape

MORNING = datetime(2026, 3, 4, 9, tzinfo=UTC)
EVENING = datetime(2026, 3, 4, 18, tzinfo=UTC)


def test_a_side_that_changed_alone_has_the_word() -> None:
    base = {"name": "А", "phone": "1"}
    done = reconcile(base, {"name": "Б", "phone": "1"}, {"name": "А", "phone": "2"}, {})
    assert (done.send, done.take, done.conflicts) == ({"name": "Б"}, {"phone": "2"}, [])


def test_the_same_change_on_both_sides_is_agreement() -> None:
    done = reconcile({"name": "А"}, {"name": "Б"}, {"name": "Б"}, {"name": "ask"})
    assert (done.agreed, done.conflicts) == ({"name": "Б"}, [])


def test_different_changes_wait_for_a_person() -> None:
    done = reconcile({"name": "А"}, {"name": "Б"}, {"name": "В"}, {})
    assert done.conflicts == [FieldConflict("name", "А", "Б", "В")]
    assert (done.take, done.send) == ({}, {})
    assert done.settled({"name": "А"}) == {"name": "А"}


@pytest.mark.parametrize(("owner", "sent", "taken"), [("ours", "Б", None), ("theirs", None, "В")])
def test_the_owner_has_the_last_word_and_the_other_value_is_told(
    owner: Any, sent: str | None, taken: str | None
) -> None:
    done = reconcile({"name": "А"}, {"name": "Б"}, {"name": "В"}, {"name": owner})
    assert (done.send.get("name"), done.take.get("name")) == (sent, taken)
    assert done.overruled == [FieldConflict("name", "А", "Б", "В")]


@pytest.mark.parametrize(
    ("ours_at", "theirs_at", "sent", "taken"),
    [(EVENING, MORNING, "Б", None), (MORNING, EVENING, None, "В")],
)
def test_the_latest_change_wins(
    ours_at: datetime, theirs_at: datetime, sent: str | None, taken: str | None
) -> None:
    done = reconcile(
        {"name": "А"},
        {"name": "Б"},
        {"name": "В"},
        {"name": "latest"},
        ours_at=ours_at,
        theirs_at=theirs_at,
    )
    assert (done.send.get("name"), done.take.get("name")) == (sent, taken)


def test_without_times_the_latest_is_a_conflict() -> None:
    done = reconcile({"name": "А"}, {"name": "Б"}, {"name": "В"}, {"name": "latest"})
    assert len(done.conflicts) == 1


def test_a_lone_change_wins_even_when_the_other_side_was_touched_later() -> None:
    done = reconcile(
        {"name": "А"},
        {"name": "Б"},
        {"name": "А"},
        {"name": "latest"},
        ours_at=MORNING,
        theirs_at=EVENING,
    )
    assert done.send == {"name": "Б"}


def test_at_the_first_meeting_an_empty_value_is_filled_and_a_different_one_is_asked() -> None:
    ours = {"name": "А", "phone": None, "email": "a@example.org"}
    theirs = {"name": "Б", "phone": "1", "email": ""}
    done = reconcile(None, ours, theirs, {})
    assert (done.take, done.send) == ({"phone": "1"}, {"email": "a@example.org"})
    assert [one.field for one in done.conflicts] == ["name"]


def test_a_field_that_only_one_side_has_is_nobodys_business() -> None:
    done = reconcile({}, {"name": "А", "deal": 1}, {"name": "А"}, {})
    assert done.agreed == {"name": "А"}
    assert not done.send


def test_cells_of_a_row_are_agreed_one_by_one() -> None:
    base = {"lines": {"1": {"price": "10", "quantity": "1"}}}
    ours = {"lines": {"1": {"price": Decimal("10.00"), "quantity": Decimal(2)}}}
    theirs = {"lines": {"1": {"price": Decimal(12), "quantity": Decimal(1)}}}
    done = reconcile(base, ours, theirs, {})
    assert done.send == {"lines.1.quantity": Decimal(2)}
    assert done.take == {"lines.1.price": Decimal(12)}


def test_a_row_that_one_side_removed_goes_away_when_the_other_left_it_alone() -> None:
    base = {"lines": {"1": {"price": "10"}, "2": {"price": "20"}}}
    ours = {"lines": {"1": {"price": Decimal(10)}, "2": {"price": Decimal(20)}}}
    theirs = {"lines": {"1": {"price": Decimal(10)}}}
    done = reconcile(base, ours, theirs, {})
    assert done.take == {"lines.2": None}
    assert apply_changes(ours, done.take) == {"lines": {"1": {"price": Decimal(10)}}}


def test_a_row_removed_there_and_changed_here_is_a_conflict() -> None:
    base = {"lines": {"1": {"price": "10"}}}
    done = reconcile(base, {"lines": {"1": {"price": Decimal(11)}}}, {"lines": {}}, {})
    assert [one.field for one in done.conflicts] == ["lines.1"]


def test_a_row_added_on_one_side_is_added_on_the_other() -> None:
    base: dict[str, Any] = {"lines": {}}
    row = {"price": Decimal(10)}
    done = reconcile(base, {"lines": {"1": row}}, {"lines": {}}, {})
    assert done.send == {"lines.1": row}


def test_the_owner_of_a_column_of_a_part_is_named_with_its_part() -> None:
    base = {"lines": {"1": {"price": "10"}}}
    sides = {"lines": {"1": {"price": "11"}}}, {"lines": {"1": {"price": "12"}}}
    done = reconcile(base, *sides, {"lines.price": "theirs"})
    assert done.take == {"lines.1.price": "12"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Decimal("100.50"), Decimal("100.5")),
        (Decimal("1E+2"), 100),
        (Decimal("-0.00"), Decimal(0)),
        ("", None),
        (MORNING, MORNING.astimezone(ZoneInfo("Asia/Yekaterinburg"))),
        (MORNING, MORNING.replace(microsecond=999_999)),
        (UUID(int=5), str(UUID(int=5))),
    ],
)
def test_equal_values_have_one_canonical_form(one: Any, other: Any) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Decimal("100.5"), Decimal("100.51")),
        (date(2026, 1, 1), MORNING),
        (True, 1),
        (False, None),
        (Decimal(0), None),
        (
            Decimal("0.1234567890123456789012345678901"),
            Decimal("0.1234567890123456789012345678902"),
        ),
    ],
)
def test_different_values_stay_different(one: Any, other: Any) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize("value", [1.5, MORNING.replace(tzinfo=None), object()])
def test_what_has_no_one_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical(value)


def test_a_document_comes_back_from_its_snapshot() -> None:
    values = {
        "number": "СЧ00-000007",
        "date": MORNING,
        "client_id": UUID(int=7),
        "amount": Decimal("10.50"),
        "vat_included": True,
        "comment": None,
    }
    parts = {"lines": [{"line": 1, "quantity": Decimal("2.000"), "vat_rate": "vat22"}]}
    assert restore(MAPPINGS["invoice"], snapshot(values, parts)) == (values, parts)


def test_a_nested_document_comes_apart_as_it_was_put_together() -> None:
    parts = {"lines": [{"line": 2, "price": 1}, {"line": 10, "price": 2}]}
    assert unshape(shape({"a": 1}, parts)) == ({"a": 1}, parts)


def test_a_row_that_one_side_lacks_at_the_first_meeting_is_asked_about_until_decided() -> None:
    ours, theirs = {"lines": {"1": {"price": 1}}}, {"lines": {"1": {"price": 1}, "2": {"price": 2}}}
    done = reconcile(None, ours, theirs, {})
    assert [one.field for one in done.conflicts] == ["lines.2"]
    again = reconcile(done.settled(None), ours, theirs, {})
    assert [one.field for one in again.conflicts] == ["lines.2"]


def test_what_was_not_sent_yet_is_not_settled() -> None:
    done = reconcile({"name": "А"}, {"name": "Б"}, {"name": "А"}, {})
    assert done.settled({"name": "А"}) == {"name": "Б"}
    assert done.settled({"name": "А"}, sent=False) == {"name": "А"}


def test_empty_parts_of_both_sides_are_remembered_as_agreed() -> None:
    assert reconcile(None, {"lines": {}}, {"lines": {}}, {}).settled(None) == {"lines": {}}


def test_a_value_that_cannot_be_sent_stays_ours_and_is_never_called_agreed() -> None:
    base, ours, theirs = {"phone": "1"}, {"phone": "2"}, {"phone": "1"}
    done = reconcile(base, ours, theirs, {"phone": "latest"}, sendable={"name"})
    assert (done.kept, done.send, done.take) == ({"phone": "2"}, {}, {})
    again = reconcile(done.settled(base), ours, theirs, {"phone": "latest"}, sendable={"name"})
    assert (again.kept, again.take) == ({"phone": "2"}, {})


def test_what_the_base_changed_is_taken_also_where_nothing_can_be_sent() -> None:
    done = reconcile({"phone": "1"}, {"phone": "1"}, {"phone": "2"}, {}, sendable=())
    assert done.take == {"phone": "2"}


def test_rows_that_can_be_sent_are_sent() -> None:
    base: dict[str, Any] = {"lines": {}}
    ours: dict[str, Any] = {"lines": {"1": {"price": 1}}}
    done = reconcile(base, ours, {"lines": {}}, {}, sendable=MAPPINGS["invoice"].sendable)
    assert done.send == {"lines.1": {"price": 1}}
