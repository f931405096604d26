"""The laws of agreement: nothing lost, nothing overwritten silently, and then quiet."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from provodka.mappings.nesting import apply_changes, value_at, without
from provodka.mappings.reconcile import Reconciled, reconcile
from provodka.mappings.snapshot import canonical

VALUES = st.none() | st.integers(0, 2) | st.sampled_from(["а", "б"])
ROWS = st.dictionaries(
    st.sampled_from(["1", "2", "3"]),
    st.fixed_dictionaries({"price": VALUES, "content": VALUES}),
    max_size=3,
)
PLAIN = st.integers(0, 2) | st.sampled_from(["а", "б"])
NESTED = st.dictionaries(
    st.sampled_from(["city", "street"]),
    PLAIN | st.fixed_dictionaries({"name": PLAIN}),
    min_size=1,
)
DOCUMENTS = st.fixed_dictionaries(
    {"name": VALUES, "phone": VALUES, "address": NESTED, "lines": ROWS}
)
OWNERS = st.dictionaries(
    st.sampled_from(
        ["name", "phone", "lines", "lines.price", "lines.content", "address", "address.city"]
    ),
    st.sampled_from(["ours", "theirs", "latest", "ask"]),
)
BASES = st.none() | DOCUMENTS.map(canonical)


def after(done: Reconciled, ours: Any, theirs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return apply_changes(ours, done.take), apply_changes(theirs, done.send)


def leaves(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {name: canonical(value)}
    inner = [leaves(f"{name}.{key}", one) for key, one in value.items()]
    return {key: one for found in inner for key, one in found.items()}


def cells(document: Any) -> dict[str, Any]:
    found = {name: canonical(one) for name, one in document.items() if name in ("name", "phone")}
    found |= leaves("address", document["address"])
    for line, row in document["lines"].items():
        found |= {f"lines.{line}.{column}": canonical(one) for column, one in row.items()}
    return found


@given(base=BASES, ours=DOCUMENTS, theirs=DOCUMENTS, owners=OWNERS)
def test_agreement_is_reached_at_once_and_then_there_is_nothing_to_do(
    base: Any, ours: Any, theirs: Any, owners: Any
) -> None:
    done = reconcile(base, ours, theirs, owners)
    ours_then, theirs_then = after(done, ours, theirs)
    again = reconcile(done.settled(base), ours_then, theirs_then, owners)
    assert (again.take, again.send, again.overruled) == ({}, {}, [])
    assert {one.field for one in again.conflicts} == {one.field for one in done.conflicts}


@given(base=BASES, ours=DOCUMENTS, theirs=DOCUMENTS, owners=OWNERS)
def test_without_conflicts_both_sides_become_equal(
    base: Any, ours: Any, theirs: Any, owners: Any
) -> None:
    done = reconcile(base, ours, theirs, owners)
    ours_then, theirs_then = after(done, ours, theirs)
    if not done.conflicts:
        assert canonical(ours_then) == canonical(theirs_then) == done.settled(base)


@given(base=BASES, ours=DOCUMENTS, theirs=DOCUMENTS, owners=OWNERS)
def test_every_field_is_decided_exactly_once(
    base: Any, ours: Any, theirs: Any, owners: Any
) -> None:
    done = reconcile(base, ours, theirs, owners)
    decided = [*done.agreed, *done.take, *done.send, *(one.field for one in done.conflicts)]
    assert len(decided) == len(set(decided))


@given(base=BASES, ours=DOCUMENTS, theirs=DOCUMENTS, owners=OWNERS)
def test_a_conflict_keeps_both_values_and_changes_nothing(
    base: Any, ours: Any, theirs: Any, owners: Any
) -> None:
    done = reconcile(base, ours, theirs, owners)
    ours_then, theirs_then = after(done, ours, theirs)
    for one in done.conflicts:
        for side, then in ((one.ours, ours_then), (one.theirs, theirs_then)):
            assert canonical(value_at(then, one.field)) == canonical(side)


@given(base=BASES, ours=DOCUMENTS, theirs=DOCUMENTS, owners=OWNERS)
def test_a_changed_value_never_gives_way_without_a_word(
    base: Any, ours: Any, theirs: Any, owners: Any
) -> None:
    done = reconcile(base, ours, theirs, owners)
    told = {one.field for one in done.overruled}
    was = cells(base) if base is not None else {}
    for side, changes in ((ours, done.take), (theirs, done.send)):
        before = cells(side)
        for name in changes:
            for cell, value in before.items():
                if cell != name and not cell.startswith(f"{name}."):
                    continue
                unchanged = cell in was and was[cell] == value
                assert unchanged or value is None or name in told


@given(base=BASES, same=DOCUMENTS, owners=OWNERS)
def test_equal_sides_agree_whatever_the_base_and_the_owners(
    base: Any, same: Any, owners: Any
) -> None:
    done = reconcile(base, same, same, owners)
    assert (done.take, done.send, done.conflicts, done.overruled) == ({}, {}, [], [])


@given(base=BASES, ours=DOCUMENTS, theirs=DOCUMENTS)
def test_the_sides_are_treated_alike_when_nobody_owns_anything(
    base: Any, ours: Any, theirs: Any
) -> None:
    done, mirrored = reconcile(base, ours, theirs, {}), reconcile(base, theirs, ours, {})
    assert (done.take, done.send) == (mirrored.send, mirrored.take)
    assert {(one.field) for one in done.conflicts} == {one.field for one in mirrored.conflicts}
    assert {name: canonical(one) for name, one in done.agreed.items()} == {
        name: canonical(one) for name, one in mirrored.agreed.items()
    }


@given(base=BASES, ours=DOCUMENTS, theirs=DOCUMENTS, owners=OWNERS, data=st.data())
def test_a_person_s_word_on_each_conflict_is_the_end_of_all_of_them(
    base: Any, ours: Any, theirs: Any, owners: Any, data: Any
) -> None:
    done = reconcile(base, ours, theirs, owners)
    known, (mine, other) = done.settled(base), after(done, ours, theirs)
    for one in done.conflicts:
        known = apply_changes(known, {one.field: canonical(one.theirs)})
        word = data.draw(st.sampled_from([one.ours, one.theirs]))
        mine = apply_changes(mine, {one.field: word})
    told = reconcile(known, mine, other, {})
    assert told.conflicts == []
    again = reconcile(told.settled(known), *after(told, mine, other), {})
    assert (again.take, again.send, again.conflicts) == ({}, {}, [])


@given(base=DOCUMENTS.map(canonical), ours=DOCUMENTS, theirs=DOCUMENTS, owners=OWNERS)
def test_what_waits_for_a_person_is_left_alone_until_the_sides_end_it_themselves(
    base: Any, ours: Any, theirs: Any, owners: Any
) -> None:
    waiting = [one.field for one in reconcile(base, ours, theirs, owners).conflicts]
    same = reconcile(base, ours, theirs, owners, disputed=waiting)
    assert same.dissolved == []
    reverted = reconcile(base, ours, base, owners, disputed=waiting)
    assert set(reverted.dissolved) == set(waiting)
    agreed = reconcile(base, theirs, theirs, owners, disputed=waiting)
    assert (set(agreed.dissolved), agreed.take, agreed.send) == (set(waiting), {}, {})


@given(base=DOCUMENTS.map(canonical), ours=DOCUMENTS, theirs=DOCUMENTS, owners=OWNERS)
def test_a_field_in_dispute_that_was_never_agreed_on_is_touched_by_nobody(
    base: Any, ours: Any, theirs: Any, owners: Any
) -> None:
    unknown = without(base, "name")
    done = reconcile(unknown, ours, theirs, owners, disputed=["name"])
    touched = "name" in done.take or "name" in done.send
    assert not touched
    assert (done.dissolved == ["name"]) == (canonical(ours["name"]) == canonical(theirs["name"]))


@given(base=BASES, ours=DOCUMENTS, theirs=DOCUMENTS, owners=OWNERS)
def test_what_is_neither_sent_nor_taken_yet_is_decided_the_same_way_again(
    base: Any, ours: Any, theirs: Any, owners: Any
) -> None:
    done = reconcile(base, ours, theirs, owners)
    if base is not None:
        kept = done.settled(base, sent=False, taken=False)
        again = reconcile(kept, ours, theirs, owners)
        assert (again.take, again.send) == (done.take, done.send)
