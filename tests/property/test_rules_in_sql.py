"""A condition in SQL says what the engine says of the same document, or says nothing."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    JSON,
    Connection,
    Engine,
    Text,
    cast,
    column,
    create_engine,
    literal,
    select,
    values,
)

from provodka.trigger_rules.conditions import Expression, Unsound
from provodka.trigger_rules.in_sql import in_sql
from provodka.trigger_rules.schema import decode, roots

NAMES = roots("proposal", ("first", "won"))
DEAL = {"status": "open", "amount": Decimal("0.10"), "source": None}
COMPARED = st.sampled_from(("==", "!="))
number = st.one_of(
    st.sampled_from(["proposal.amount", "deal.amount"]),
    st.integers(-3, 200).map(str),
    st.sampled_from(["0.10", "1.5", "1.50", "100"]),
)
text = st.sampled_from(
    ["proposal.number", "(proposal.comment ?? '')", "(deal.source ?? '')", "deal.status"]
)
word = st.sampled_from(["''", "'open'", "'Ёж'", "'КП-1'"])
clause = st.one_of(
    st.builds("{} {} {}".format, number, st.sampled_from(("<", "<=", ">", ">=")), number),
    st.builds("{} {} {}".format, number, COMPARED, number),
    st.builds("{} - 1 > {}".format, number, number),
    st.builds("1 / {} > 0".format, st.sampled_from(["deal.amount", "proposal.amount"])),
    st.builds("{} {} {}".format, text, COMPARED, st.one_of(text, word)),
    st.builds("{} in [{}, {}]".format, text, word, word),
    st.builds("{} in [1, 0.1, {}]".format, number, number),
    st.builds("proposal.date {} d'2026-10-01'".format, st.sampled_from(("<", ">="))),
    st.sampled_from(
        [
            "proposal.posted", "proposal.posted == true", "proposal.comment == null",
            "proposal.comment != null", "proposal.sent_at == null", "proposal.date > now",
        ]
    ),
)  # fmt: skip
condition = st.recursive(
    clause,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=5,
)
image = st.fixed_dictionaries(
    {
        "amount": st.sampled_from(["0", "0.1", "0.10", "1.50", "1E+2", "-2", "100.00", "199.99"]),
        "posted": st.sampled_from(["true", "false"]),
        "number": st.sampled_from(['"КП-1"', '""', '"open"']),
        "date": st.just('"2026-10-01T00:00:00+03:00"'),
        "sent_at": st.sampled_from(["null", '"2026-10-01T00:00:00.5+00:00"']),
    },
    optional={"comment": st.sampled_from(["null", '""', '"Ёж"', '"open"', '"\\u0451\\u0436"'])},
).map(lambda fields: "{" + ", ".join(f'"{name}": {told}' for name, told in fields.items()) + "}")


@pytest.fixture(scope="module")
def database(server: str) -> Any:
    engine: Engine = create_engine(server.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def by_engine(made: Expression, told: str) -> Any:
    """The engine's answer, or nothing where it fails."""
    row = decode("proposal", json.loads(told, parse_float=Decimal))
    try:
        return bool(made.value({"proposal": row, "deal": DEAL, "client": None}))
    except Exception:
        return None


def by_sql(connection: Connection, made: Expression, images: list[str]) -> list[Any]:
    """The answers of SQL, nothing where it has none."""
    rows = values(column("n"), column("told", Text), name="rows").data(list(enumerate(images)))
    truth = in_sql(made.tree, "proposal", cast(rows.c.told, JSON))
    if truth is None:
        return [None] * len(images)
    return list(connection.execute(select(truth).select_from(rows).order_by(rows.c.n)).scalars())


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(condition, st.lists(image, min_size=1, max_size=6))
@example("1 / deal.amount > 0 and proposal.posted", ['{"amount": 1, "posted": false}'])
@example("proposal.comment == null or proposal.amount > 5", ['{"amount": 1, "posted": false}'])
def test_sql_says_what_the_engine_says_or_nothing(
    database: Connection, written: str, images: list[str]
) -> None:
    try:
        made = Expression(written, NAMES)
    except Unsound:
        return
    for told, found in zip(images, by_sql(database, made, images), strict=True):
        if found is not None:
            assert found == by_engine(made, told), (written, told)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("proposal.amount > 100", [False, True, False]),
        ("proposal.amount == 100.000", [True, False, False]),
        ("proposal.amount in [100, 5]", [True, False, False]),
        ("(proposal.comment ?? '') == ''", [True, False, None]),
        ("proposal.comment == null", [True, False, None]),
        ("deal.status == 'open' and proposal.posted", [None, False, False]),
        ("proposal.posted and deal.status == 'open'", [None, False, False]),
        ("not proposal.posted or deal.status == 'won'", [None, True, True]),
    ],
)
def test_what_can_be_told_in_sql_is_told(
    database: Connection, written: str, expected: list[Any]
) -> None:
    images = [
        '{"amount": 100.00, "posted": true, "comment": null}',
        '{"amount": 100.01, "posted": false, "comment": "x"}',
        '{"amount": -1, "posted": false}',
    ]
    assert by_sql(database, Expression(written, NAMES), images) == expected


@pytest.mark.parametrize(
    "written", ["deal.amount > 5", "proposal.amount + 1 > 5", "proposal.date > now"]
)
def test_what_is_not_certain_is_left_to_the_engine(database: Connection, written: str) -> None:
    assert in_sql(Expression(written, NAMES).tree, "proposal", literal(None, JSON)) is None
