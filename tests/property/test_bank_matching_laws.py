"""Laws of matching: order does not matter, better evidence never scores less, money is kept."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

from hypothesis import assume, given
from hypothesis import strategies as st

from provodka.mappings.bank.choosing import Ledger, decide
from provodka.mappings.bank.completing import completed_rows
from provodka.mappings.bank.evidence import Evidence, Number, Same, Sum, reasons
from provodka.mappings.bank.mentions import mentions
from provodka.mappings.bank.values import Incoming, OpenInvoice

CLIENTS = {1: ("6671093163", "ООО Ромашка"), 2: ("500100732259", "Иванов Иван"), 3: ("", "Петров")}
DAY = date(2026, 3, 1)
WORDS = [
    *("счет", "сч.", "по счетам", "№", "от", "05.03.2026", ",", "и", "12", "13", "12-15", "-"),
    *("СЧ00-000012", "УТ-13", "договору", "7/26", "за воду", "НДС 22%", "2200.00", "руб"),
]


@st.composite
def invoices(draw: st.DrawFn) -> list[OpenInvoice]:
    found = []
    for place in range(draw(st.integers(0, 6))):
        client = draw(st.sampled_from(sorted(CLIENTS)))
        inn, name = CLIENTS[client]
        owed = Decimal(draw(st.sampled_from(["0.00", "100.00", "200.00", "300.00", "12200.00"])))
        found.append(
            OpenInvoice(
                key=UUID(int=place + 1),
                number=draw(st.sampled_from(["СЧ00-000012", "СЧ00-000013", "УТ-13", "14", "12/1"])),
                day=DAY + timedelta(days=draw(st.integers(0, 5))),
                amount=owed,
                open=owed,
                client=UUID(int=100 + client),
                client_inn=inn,
                client_name=name,
                contract=draw(st.sampled_from(["", "7/26"])),
            )
        )
    return found


@st.composite
def receipts(draw: st.DrawFn) -> Incoming:
    inn, name = draw(st.sampled_from([*CLIENTS.values(), ("", "")]))
    return Incoming(
        day=draw(st.none() | st.just(DAY + timedelta(days=10))),
        amount=Decimal(
            draw(st.sampled_from(["50.00", "100.00", "300.00", "12200.00", "12400.00"]))
        ),
        payer_inn=inn,
        payer_name=name,
        purpose=" ".join(draw(st.lists(st.sampled_from(WORDS), max_size=10))),
    )


def told(decision: Any) -> Any:
    return (
        decision.state,
        decision.why,
        [(one.score, [(share.invoice.key, share.amount) for share in one.shares])
         for one in decision.candidates],
    )  # fmt: skip


@given(invoices(), receipts(), st.randoms(use_true_random=False))
def test_the_order_of_invoices_does_not_matter(
    owed: list[OpenInvoice], incoming: Incoming, dice: random.Random
) -> None:
    mixed = list(owed)
    dice.shuffle(mixed)
    assert told(decide(incoming, Ledger(mixed))) == told(decide(incoming, Ledger(owed)))


@given(invoices(), receipts())
def test_never_more_is_laid_out_than_came_or_than_is_open(
    owed: list[OpenInvoice], incoming: Incoming
) -> None:
    for candidate in decide(incoming, Ledger(owed)).candidates:
        amounts = [share.amount for share in candidate.shares]
        assert 0 < sum(amounts) <= incoming.amount
        assert all(0 < share.amount <= share.invoice.open for share in candidate.shares)
        assert len(candidate.invoices) == len(amounts)
        assert len({share.invoice.client for share in candidate.shares}) == 1


@given(invoices(), receipts())
def test_only_one_candidate_is_taken_and_it_leads(
    owed: list[OpenInvoice], incoming: Incoming
) -> None:
    decision = decide(incoming, Ledger(owed))
    if decision.chosen is None:
        return
    best, *rest = decision.candidates
    assert best.score >= 75
    assert all(best.score - one.score >= 15 for one in rest)
    assert incoming.day is not None


@given(invoices(), st.lists(receipts(), max_size=5))
def test_no_row_of_receipts_pays_an_invoice_more_than_once(
    owed: list[OpenInvoice], row: list[Incoming]
) -> None:
    ledger = Ledger(owed)
    paid: dict[UUID, Decimal] = {}
    for incoming in row:
        chosen = decide(incoming, ledger).chosen
        if chosen is not None:
            ledger.settle(chosen.shares)
            for share in chosen.shares:
                key = share.invoice.key
                paid[key] = paid.get(key, Decimal(0)) + share.amount
    assert all(paid.get(one.key, Decimal(0)) <= one.amount for one in owed)


EVIDENCE = st.builds(
    Evidence,
    number=st.sampled_from(get_args(Number)),
    day=st.sampled_from(get_args(Same)),
    sum=st.sampled_from(get_args(Sum)),
    inn=st.sampled_from(get_args(Same)),
    name=st.floats(0, 1),
    contract=st.booleans(),
    only=st.booleans(),
    others_named=st.booleans(),
    later=st.booleans(),
)


def score(evidence: Evidence) -> int:
    return sum(reason.points for reason in reasons(evidence))


@given(EVIDENCE, st.data())
def test_better_evidence_of_one_sort_never_scores_less(
    evidence: Evidence, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(["number", "sum", "inn", "name", "contract", "only", "day"]))
    ladder: list[Any] = {
        # A day counts only beside a number, so a number is not compared with none.
        "number": [one for one in get_args(Number) if one != "none"],
        "sum": list(get_args(Sum)),
        "inn": list(get_args(Same)),
        "day": list(get_args(Same)),
        "name": [0.0, 0.7, 0.9, 1.0],
        "contract": [False, True],
        "only": [False, True],
    }[name]
    # Where the tax numbers tell, names are not asked, so that «same» stands above any name.
    assume(name != "inn" or evidence.name < 0.7)
    scores = [score(replace(evidence, **{name: value})) for value in ladder]
    assert scores == sorted(scores)


@given(EVIDENCE)
def test_what_speaks_against_never_helps(evidence: Evidence) -> None:
    assert score(replace(evidence, others_named=True)) < score(
        replace(evidence, others_named=False)
    )
    assert score(replace(evidence, later=True)) < score(replace(evidence, later=False))


@given(st.text(max_size=200))
def test_any_text_is_searched_for_numbers(text: str) -> None:
    for one in mentions(text):
        assert one.number
        assert all(group for group in one.number)


@given(
    st.lists(st.decimals("0.01", "1000", places=2), max_size=4),
    st.lists(st.decimals("0.01", "1000", places=2), max_size=4),
)
def test_completing_a_breakdown_keeps_its_sum(theirs: list[Decimal], ours: list[Decimal]) -> None:
    columns = ("line", "invoice_id", "contract_id", "amount")
    rows = [(line, None, None, amount) for line, amount in enumerate(theirs, 1)]
    shares = [(UUID(int=place), amount) for place, amount in enumerate(ours, 1)]
    found = completed_rows(columns, rows, shares)
    assert sum(row[3] for row in found) == sum(theirs)
    assert [row[0] for row in found] == list(range(1, len(found) + 1))
    assert completed_rows(columns, found, shares) == found
