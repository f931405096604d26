"""Any history of a deal, any crashes on the way: nothing twice, always a next step."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event
from tests.flow.trigger_company import Company

STEPS = (
    "proposal", "invoice", "pay", "ship", "unpay", "finish_tasks", "back", "edit", "react", "crash",
)  # fmt: skip
STEP = st.tuples(st.sampled_from(STEPS), st.integers(1, 12))


class Killed(Exception):
    """The process dies here."""


class History:
    """One deal and what people and 1C do about it."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.deal = company.deal()
        self.invoices: list[Any] = []
        self.payments: list[Any] = []

    def step(self, name: str, number: int) -> None:
        getattr(self, name)(number)

    def proposal(self, number: int) -> None:
        self.company.proposal(self.deal, "150000.00" if number % 2 else "1.00")

    def invoice(self, _number: int) -> None:
        self.invoices.append(self.company.invoice(self.deal))

    def pay(self, number: int) -> None:
        if self.invoices:
            invoice = self.invoices[number % len(self.invoices)]
            self.payments.append(self.company.pay(invoice, "25000.00"))

    def ship(self, number: int) -> None:
        if self.invoices:
            self.company.ship(self.invoices[number % len(self.invoices)])

    def unpay(self, _number: int) -> None:
        if self.payments:
            self.company.update("payment", self.payments.pop(), "onec", posted=False)

    def finish_tasks(self, _number: int) -> None:
        self.company.execute(
            "UPDATE crm.task SET status = 'done' WHERE deal_id = :id AND status = 'open'",
            id=self.deal,
        )

    def back(self, _number: int) -> None:
        self.company.execute(
            "UPDATE crm.deal SET stage = 'proposal' WHERE id = :id AND status = 'open'",
            id=self.deal,
        )

    def edit(self, _number: int) -> None:
        self.company.execute(
            "UPDATE crm.task SET due_at = due_at + interval '1 day' WHERE deal_id = :id",
            id=self.deal,
        )

    def react(self, _number: int) -> None:
        self.company.react()

    def crash(self, number: int) -> None:
        seen = iter(range(number * 3))

        def count(*_given: Any) -> None:
            if next(seen, None) is None:
                raise Killed

        event.listen(self.company.engine, "before_cursor_execute", count)
        try:
            with contextlib.suppress(Killed):
                self.company.react()
        finally:
            event.remove(self.company.engine, "before_cursor_execute", count)


@pytest.mark.requirement("R28", "R29")
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 12)), min_size=4, max_size=20)
)
def test_any_history_leaves_each_effect_once_and_a_next_step(
    store: Engine, steps: list[tuple[str, int]]
) -> None:
    history = History(_company(store))
    for name, number in steps:
        history.step(name, number)
    company, deal = history.company, history.deal
    company.react()
    [row] = company.rows("SELECT * FROM crm.deal WHERE id = :id", id=deal)
    if row.status == "open":
        assert company.tasks(deal)
    big = sum(name == "proposal" and number % 2 for name, number in steps)
    letters = company.rows(
        "SELECT template, count(*) AS n FROM crm.message WHERE deal_id = :id GROUP BY 1", id=deal
    )
    sent = {letter.template: letter.n for letter in letters}
    assert sent.pop("info_letter") == 1
    assert sent.pop("big_proposal", 0) == big
    outbox = company.rows(
        "SELECT count(*) AS n, count(DISTINCT o.key) AS keys FROM hub.outbox o"
        " JOIN crm.message m ON m.id = o.document WHERE m.deal_id = :id",
        id=deal,
    )
    assert outbox[0].n == outbox[0].keys == 1 + big + sum(sent.values())
    assert company.react()["effects"] == 0
    assert company.set_aside() == []


_companies: dict[str, Company] = {}


def _company(store: Engine) -> Company:
    """One company for all examples of a store: each example has a deal of its own."""
    key = str(store.url)
    if key not in _companies:
        _companies[key] = Company(store)
    return _companies[key]
