"""A shortcut says what the engine says, on conditions and facts of every kind."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import example, given, settings
from hypothesis import strategies as st

from provodka.trigger_rules.conditions import Expression, Unsound
from provodka.trigger_rules.schema import roots

NAMES = roots("proposal", ("first", "won"))
NUMBERS = ("proposal.amount", "deal.amount", "deal.expected_revenue", "deal.stage_entry")
TEXTS = ("deal.status", "(deal.source ?? '')", "(client&.inn ?? '')", "deal.currency")
FLAGS = ("proposal.posted", "(proposal.amount > 5)")
STATUSES = ("open", "won", "lost")
number = st.one_of(
    st.sampled_from(NUMBERS), st.integers(-3, 200_000).map(str), st.sampled_from(["0.10", "1.5"])
)
text = st.one_of(st.sampled_from(TEXTS), st.sampled_from(["'open'", "'RUB'", "'сайт'", "''"]))
sums = st.builds("{} {} {}".format, number, st.sampled_from("+-*"), number)
clause = st.one_of(
    st.builds(
        "{} {} {}".format, number, st.sampled_from(("<", "<=", ">", ">=", "==", "!=")), number
    ),
    st.builds("{} > {}".format, sums, number),
    st.builds("{} {} {}".format, text, st.sampled_from(("==", "!=")), text),
    st.builds("{} in ['open', 'сайт', {}]".format, text, st.sampled_from(["'won'", "''"])),
    st.builds("{} in [1, 0.10, {}]".format, number, number),
    st.sampled_from(
        [*FLAGS, "deal.source == null", "client != null", "deal.responsible.name == 'Х'"]
    ),
)
condition = st.recursive(
    clause,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=4,
)
sum_of = st.one_of(st.decimals(-10, 200_000, places=2), st.just(Decimal("1E+2")))
facts = st.fixed_dictionaries(
    {
        "proposal": st.fixed_dictionaries({"amount": sum_of, "posted": st.booleans()}),
        "deal": st.fixed_dictionaries(
            {
                "amount": sum_of,
                "expected_revenue": sum_of,
                "stage_entry": st.integers(0, 3),
                "status": st.sampled_from(STATUSES),
                "source": st.none() | st.sampled_from(["сайт", ""]),
                "currency": st.just("RUB"),
                "responsible": st.none() | st.just({"id": UUID(int=1), "name": "Х"}),
            }
        ),
        "client": st.none() | st.fixed_dictionaries({"inn": st.none() | st.just("7707083893")}),
    }
)


def outcome(ask: Any) -> Any:
    """What a question comes to, an error by its kind."""
    try:
        return ask()
    except Exception as error:
        return type(error)


@settings(max_examples=400, deadline=None)
@given(condition, st.lists(facts, min_size=1, max_size=3))
@example("proposal.amount > 5 and (deal.source ?? '') == ''", [])
def test_a_shortcut_says_what_the_engine_says(written: str, known: list[dict[str, Any]]) -> None:
    try:
        made = Expression(written, NAMES)
    except Unsound:
        return
    for one in known:
        by_engine = outcome(lambda one=one: bool(made.value(one)))
        assert outcome(lambda one=one: made.holds(one)) == by_engine, written


def test_usual_conditions_are_answered_without_the_engine(monkeypatch: Any) -> None:
    made = Expression(
        "proposal.amount > 100000 and deal.status == 'open'"
        " and (deal.source ?? '') in ['', 'сайт']",
        NAMES,
    )
    monkeypatch.setattr(made, "tree", None)
    deal = {"status": "open", "source": None}
    known = {"proposal": {"amount": Decimal("100000.01")}, "deal": deal}
    assert made.holds(known) is True
    known["proposal"] = {"amount": Decimal("100000.00")}
    assert made.holds(known) is False
