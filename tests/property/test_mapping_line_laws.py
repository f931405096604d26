"""The laws of lines: inserting, removing and moving them mixes nothing up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provodka.mappings.aligned import Aligned, reconcile_lines
from provodka.mappings.nesting import apply_changes, value_at
from provodka.mappings.snapshot import canonical

Lines = list[dict[str, Any]]
KEYS = {"lines": ("product", "content")}
KEYINGS = st.sampled_from([KEYS, {}])
PRODUCTS = ["вода", "кулер", "стакан", "помпа", "доставка"]


def row(product: str, number: int) -> dict[str, Any]:
    price = Decimal(100 + number)
    return {"product": product, "content": None, "quantity": Decimal(number), "price": price}


LINES = st.lists(st.sampled_from(PRODUCTS), min_size=2, max_size=5, unique=True).map(
    lambda names: [row(one, number) for number, one in enumerate(names, 1)]
)
WILD = st.lists(
    st.fixed_dictionaries(
        {
            "product": st.sampled_from(PRODUCTS[:2]),
            "content": st.none() | st.just("подарок"),
            "price": st.integers(0, 2).map(Decimal),
        }
    ),
    max_size=4,
)
OWNERS = st.dictionaries(
    st.sampled_from(["lines", "lines.price", "lines.content"]),
    st.sampled_from(["ours", "theirs", "ask"]),
)


def document(lines: Lines) -> dict[str, Any]:
    return {"lines": {str(number): dict(one) for number, one in enumerate(lines, 1)}}


def listed(nested: Any) -> Any:
    rows = nested["lines"]
    return [canonical(rows[number]) for number in sorted(rows, key=int)]


def wire(done: Aligned, theirs: Any) -> dict[str, Any]:
    """What the other side holds once our changes have come: rows in the common order, 1..n."""
    common = {now: theirs["lines"][own] for own, now in done.places["lines"].theirs.items()}
    sent = apply_changes({"lines": common}, done.send)["lines"]
    return document([sent[one] for one in done.places["lines"].order if one in sent])


def after(done: Aligned, theirs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return apply_changes(done.ours, done.take), wire(done, theirs)


def reshaped(lines: Lines, data: st.DataObject, changed: int) -> tuple[Lines, int | None]:
    """Lines with one inserted, removed or moved; where the line `changed` is now."""
    act = data.draw(st.sampled_from(["insert", "remove", "move"]))
    left: list[tuple[int | None, dict[str, Any]]] = list(enumerate(lines))
    if act == "insert":
        left.insert(data.draw(st.integers(0, len(lines))), (None, row("новое", 77)))
    else:
        others = [place for place in range(len(lines)) if place != changed]
        taken = left.pop(data.draw(st.sampled_from(others)))
        if act == "move":
            left.insert(data.draw(st.integers(0, len(left))), taken)
    return [one for _was, one in left], next(
        i for i, (was, _one) in enumerate(left) if was == changed
    )


@pytest.mark.parametrize("ours_reshapes", [True, False])
@given(lines=LINES, keys=KEYINGS, data=st.data())
def test_a_line_inserted_removed_or_moved_and_another_one_changed_give_both(
    ours_reshapes: bool, lines: Lines, keys: Any, data: st.DataObject
) -> None:
    changed = data.draw(st.integers(0, len(lines) - 1))
    shape, place = reshaped(lines, data, changed)
    edit = [one | {"price": Decimal(9)} if i == changed else one for i, one in enumerate(lines)]
    sides = (shape, edit) if ours_reshapes else (edit, shape)
    ours, theirs = (document(one) for one in sides)
    base = canonical(document(lines))
    done = reconcile_lines(base, ours, theirs, {}, keys=keys)
    assert done.conflicts == []
    wanted = [one | {"price": Decimal(9)} if i == place else one for i, one in enumerate(shape)]
    ours_then, theirs_then = after(done, theirs)
    assert listed(ours_then) == listed(theirs_then) == canonical(wanted)
    assert done.settled(base) == canonical(ours_then) == canonical(document(wanted))
    pushed = reconcile_lines(base, ours, theirs, {}, keys=keys, taking=False)
    there = wire(pushed, theirs)
    known = pushed.settled(base, taken=False)
    pulled = reconcile_lines(known, ours, there, {}, keys=keys)
    assert (pulled.conflicts, pulled.send, pulled.moved) == ([], {}, frozenset())
    assert bool(pulled.take or pulled.behind) == (canonical(ours) != canonical(document(wanted)))
    assert listed(after(pulled, there)[0]) == canonical(wanted)


@given(lines=LINES, keys=KEYINGS, data=st.data())
def test_the_same_cell_changed_on_both_sides_is_one_conflict_that_names_the_line(
    lines: Lines, keys: Any, data: st.DataObject
) -> None:
    changed = data.draw(st.integers(0, len(lines) - 1))
    shape, place = reshaped(lines, data, changed)
    mine = [one | {"price": Decimal(8)} if i == place else one for i, one in enumerate(shape)]
    other = [one | {"price": Decimal(9)} if i == changed else one for i, one in enumerate(lines)]
    base, theirs = canonical(document(lines)), document(other)
    done = reconcile_lines(base, document(mine), theirs, {}, keys=keys)
    [conflict] = done.conflicts
    assert (conflict.ours, conflict.theirs) == (Decimal(8), Decimal(9))
    ours_then, theirs_then = after(done, theirs)
    assert conflict.field.endswith(".price")
    assert value_at(ours_then, conflict.field) == Decimal(8)
    known = done.settled(base)
    assert value_at(known, conflict.field) == canonical(lines[changed]["price"])
    waiting = [conflict.field]
    again = reconcile_lines(known, ours_then, theirs_then, {}, keys=keys, disputed=waiting)
    assert [one.ours for one in again.conflicts] == [Decimal(8)]
    assert (again.take, again.send, again.renamed) == ({}, {}, {})


@given(base=st.none() | WILD, mine=WILD, other=WILD, keys=KEYINGS, owners=OWNERS)
def test_agreement_is_reached_at_once_and_then_there_is_nothing_to_do(
    base: Lines | None, mine: Lines, other: Lines, keys: Any, owners: Any
) -> None:
    known = None if base is None else canonical(document(base))
    done = reconcile_lines(known, document(mine), document(other), owners, keys=keys)
    ours_then, theirs_then = after(done, document(other))
    if done.conflicts:
        return
    assert listed(ours_then) == listed(theirs_then)
    assert canonical(ours_then) == done.settled(known)
    again = reconcile_lines(done.settled(known), ours_then, theirs_then, owners, keys=keys)
    assert (again.take, again.send, again.conflicts) == ({}, {}, [])
    assert not again.reordered
    assert not again.moved


@given(base=st.none() | WILD, mine=WILD, other=WILD, keys=KEYINGS, owners=OWNERS)
def test_ours_is_numbered_without_gaps_and_every_line_has_one_number(
    base: Lines | None, mine: Lines, other: Lines, keys: Any, owners: Any
) -> None:
    known = None if base is None else canonical(document(base))
    done = reconcile_lines(known, document(mine), document(other), owners, keys=keys)
    ours_then = apply_changes(done.ours, done.take)
    assert list(map(int, sorted(ours_then["lines"], key=int))) == list(
        range(1, len(ours_then["lines"]) + 1)
    )
    place = done.places["lines"]
    for side in (place.base, place.ours, place.theirs):
        assert len(set(side.values())) == len(side)
    assert sorted(place.ours, key=int) == [str(one) for one in range(1, len(mine) + 1)]


@given(same=WILD, base=st.none() | WILD, keys=KEYINGS)
def test_equal_lines_agree_whatever_was_agreed_on_before(
    same: Lines, base: Lines | None, keys: Any
) -> None:
    known = None if base is None else canonical(document(base))
    done = reconcile_lines(known, document(same), document(same), {}, keys=keys)
    assert (done.take, done.send, done.conflicts) == ({}, {}, [])
    assert not done.reordered
    assert not done.moved


@given(lines=LINES, keys=KEYINGS, data=st.data())
def test_an_order_of_ours_that_is_not_sent_yet_is_sent_the_next_time(
    lines: Lines, keys: Any, data: st.DataObject
) -> None:
    moved = data.draw(st.permutations(lines))
    base = canonical(document(lines))
    done = reconcile_lines(base, document(moved), document(lines), {}, keys=keys)
    assert bool(done.moved) == (moved != lines)
    assert not done.reordered
    kept = done.settled(base, sent=False)
    assert kept == base
    again = reconcile_lines(kept, document(moved), document(lines), {}, keys=keys)
    assert again.moved == done.moved
    sent = reconcile_lines(done.settled(base), document(moved), document(moved), {}, keys=keys)
    assert not sent.moved


@given(lines=LINES, keys=KEYINGS, data=st.data())
def test_different_lines_inserted_on_both_sides_are_both_there(
    lines: Lines, keys: Any, data: st.DataObject
) -> None:
    places = st.integers(0, len(lines))
    mine, other = list(lines), list(lines)
    mine.insert(data.draw(places), row("здесь", 77))
    other.insert(data.draw(places), row("там", 77))
    base, theirs = canonical(document(lines)), document(other)
    done = reconcile_lines(base, document(mine), theirs, {}, keys=keys)
    assert done.conflicts == []
    ours_then, theirs_then = after(done, theirs)
    assert listed(ours_then) == listed(theirs_then)
    wanted = {one["product"] for one in (*mine, *other)}
    assert sorted(one["product"] for one in listed(ours_then)) == sorted(wanted)
