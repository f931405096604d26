"""The laws of agreement: nothing lost, nothing overwritten silently, and then quiet."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from provodka.mappings.reconcile import Reconciled, apply_changes, reconcile
from provodka.mappings.snapshot import canonical

VALUES = st.none() | st.integers(0, 2) | st.sampled_from(["а", "б"])
ROWS = st.dictionaries(
    st.sampled_from(["1", "2", "3"]),
    st.fixed_dictionaries({"price": VALUES, "content": VALUES}),
    max_size=3,
)
DOCUMENTS = st.fixed_dictionaries({"name": VALUES, "phone": VALUES, "lines": ROWS})
OWNERS = st.dictionaries(
    st.sampled_from(["name", "phone", "lines", "lines.price", "lines.content"]),
    st.sampled_from(["ours", "theirs", "latest", "ask"]),
)
BASES = st.none() | DOCUMENTS.map(canonical)


def after(done: Reconciled, ours: Any, theirs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return apply_changes(ours, done.take), apply_changes(theirs, done.send)


def cells(document: Any) -> dict[str, Any]:
    found = {name: canonical(one) for name, one in document.items() if name != "lines"}
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
        part, _dot, rest = one.field.partition(".")
        line, _dot, column = rest.partition(".")
        for side, then in ((one.ours, ours_then), (one.theirs, theirs_then)):
            now = then[part].get(line) if line else then[part]
            assert canonical(now[column] if column else now) == canonical(side)


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
