"""What it means that one key looks so there and so here."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provodka.flows.onec.sweeping.report import SAMPLES, Swept
from provodka.flows.onec.sweeping.verdicts import Drift, Seen, by_what, judge, unexplained
from provodka.flows.onec.sweeping.wording import STEPS_BY_WHY, WHYS, next_step, what_word, why_word

DOCUMENT = UUID(int=7)
SAME = Seen("k", DOCUMENT, listed=True, bound=True, stored=True, their_version="1", our_version="1")
SIDES = st.builds(
    Seen,
    key=st.just("k"),
    document=st.just(DOCUMENT),
    listed=st.booleans(),
    bound=st.booleans(),
    stored=st.booleans(),
    their_version=st.sampled_from(["1", "2", None]),
    our_version=st.sampled_from(["1", "2", None]),
    marked=st.booleans(),
    buried=st.booleans(),
    parked=st.booleans(),
    set_aside=st.booleans(),
)


def verdict(seen: Seen, *, writes: bool = False) -> tuple[str, str] | None:
    drift = judge(seen, writes=writes)
    return (drift.what, drift.why) if drift else None


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, None),
        ({"their_version": "2"}, ("different", "version")),
        ({"our_version": None}, ("different", "version")),
        ({"their_version": "2", "parked": True}, ("different", "parked")),
        ({"their_version": "2", "set_aside": True, "parked": True}, ("different", "set_aside")),
        ({"marked": True}, ("different", "mark")),
        ({"buried": True}, ("different", "mark")),
        ({"marked": True, "buried": True}, None),
        ({"bound": False, "stored": False}, ("missing", "new")),
        ({"bound": False, "stored": False, "parked": True}, ("missing", "parked")),
        ({"bound": False, "stored": False, "set_aside": True}, ("missing", "set_aside")),
        ({"bound": False, "stored": False, "marked": True}, None),
        ({"stored": False}, ("missing", "removed")),
        ({"stored": False, "marked": True}, None),
        ({"listed": False}, ("extra", "gone")),
        ({"listed": False, "buried": True}, None),
        ({"listed": False, "stored": False}, None),
    ],
)
def test_each_difference_has_its_name_and_its_reason(
    change: dict[str, object], found: tuple[str, str] | None
) -> None:
    assert verdict(replace(SAME, **change)) == found  # type: ignore[arg-type]


def test_a_mark_under_the_agreed_version_is_ours_where_the_hub_writes() -> None:
    assert verdict(replace(SAME, buried=True), writes=True) == ("not_sent", "mark")
    newer = replace(SAME, buried=True, their_version="2")
    assert verdict(newer, writes=True) == ("different", "version")


@given(SIDES, st.booleans())
def test_sides_that_look_alike_are_no_drift_and_others_have_a_word(
    seen: Seen, writes: bool
) -> None:
    drift = judge(seen, writes=writes)
    both = seen.listed and seen.bound and seen.stored
    if both and seen.their_version == seen.our_version and seen.marked == seen.buried:
        assert drift is None
    if drift is not None:
        assert drift.what in what_words()
        assert why_word(drift.why) != drift.why
        assert next_step(drift.what, drift.why)
        assert (drift.what == "extra") == (not seen.listed)


def what_words() -> set[str]:
    return {what for what in ("missing", "extra", "different", "not_sent") if what_word(what)}


def test_every_reason_has_words() -> None:
    assert set(STEPS_BY_WHY) <= set(WHYS)


def test_what_people_were_told_of_elsewhere_is_no_cause_for_alarm() -> None:
    tally = Counter({("missing", "parked"): 3, ("not_sent", "refused"): 1, ("missing", "new"): 2})
    assert unexplained(tally) == 2
    assert by_what(tally) == {"missing": 5, "not_sent": 1}


def test_a_report_counts_all_and_names_some_of_each_reason() -> None:
    swept = Swept("onec:client", "client")
    swept.met(Drift("missing", "new", str(number)) for number in range(1000))
    swept.met([Drift("missing", "parked", "waits")])
    assert swept.as_json()["found"] == {"missing": {"new": 1000, "parked": 1}}
    assert len(swept.samples) == SAMPLES + 1
    assert swept.counts()["missing"] == 1001
