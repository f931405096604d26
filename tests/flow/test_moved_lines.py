"""Lines of an invoice inserted and changed on both sides at once: none is taken for another."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from tests.e2e.company import Company, run, settle
from tests.e2e.neighbours import INVOICES, Neighbours

from provodka.flows.hub import Hub
from provodka.flows.onec.resolving import resolve

LINES = """
    INSERT INTO crm.invoice_lines
        (invoice_id, line, product_id, content, quantity, price, amount, vat_rate, vat_amount)
    SELECT invoice_id, :line, product_id, :content, 1, 0, 0, vat_rate, 0
    FROM crm.invoice_lines WHERE invoice_id = :key AND line = 1
"""
MADE_ROOM = (
    "UPDATE crm.invoice_lines SET line = line + :by WHERE invoice_id = :key AND line > :after"
)


class Invoice:
    """One invoice of three lines that 1C has, and what either side does to it."""

    def __init__(self, hub: Hub, company: Company, sandbox: Neighbours) -> None:
        self.hub, self.company, self.sandbox = hub, company, sandbox
        self.key: UUID = company.bill(company.deal())
        for line, content in ((2, "Стаканы"), (3, "Помпа")):
            company.execute(LINES, key=self.key, line=line, content=content)
        settle(hub)
        run(hub, "accounting")

    def insert_second(self, content: str) -> None:
        """A manager puts a line behind the first one."""
        for after, by in ((1, 100), (100, -99)):
            self.company.execute(MADE_ROOM, key=self.key, after=after, by=by)
        self.company.execute(LINES, key=self.key, line=2, content=content)

    def change(self, content: str, quantity: int) -> None:
        self.company.execute(
            "UPDATE crm.invoice_lines SET quantity = :quantity"
            " WHERE invoice_id = :key AND content = :content",
            key=self.key, content=content, quantity=quantity,
        )  # fmt: skip

    @property
    def there(self) -> list[dict[str, Any]]:
        row = self.sandbox.invoice(self.company.number(self.key))
        return [dict(one) for one in row["Товары"]]

    def enter(self, lines: list[dict[str, Any]]) -> None:
        """The accountant saves the invoice with these lines."""
        row = self.sandbox.invoice(self.company.number(self.key))
        numbered = [one | {"LineNumber": str(n)} for n, one in enumerate(lines, 1)]
        self.sandbox.patch(INVOICES, row["Ref_Key"], Товары=numbered)

    @property
    def sides(self) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
        """Contents and quantities of the lines behind the first, here and there."""
        here = self.company.rows(
            "SELECT content, quantity FROM crm.invoice_lines WHERE invoice_id = :k ORDER BY line",
            k=self.key,
        )
        there = [(one["Содержание"], int(one["Количество"])) for one in self.there]
        return [(one.content, int(one.quantity)) for one in here][1:], there[1:]

    def quiet(self) -> None:
        for _round in range(3):
            run(self.hub, "accounting")
            settle(self.hub, 1)


@pytest.fixture
def invoice(hub: Hub, company: Company, sandbox: Neighbours) -> Invoice:
    return Invoice(hub, company, sandbox)


@pytest.mark.requirement("R27")
def test_a_line_inserted_here_and_another_changed_there_are_both_on_both_sides(
    invoice: Invoice,
) -> None:
    invoice.insert_second("Кулер")
    invoice.enter([one | {"Количество": 7} if one["Содержание"] == "Помпа" else one
                   for one in invoice.there])  # fmt: skip
    invoice.quiet()
    wanted = [("Кулер", 1), ("Стаканы", 1), ("Помпа", 7)]
    assert invoice.sides == (wanted, wanted)
    assert invoice.company.conflicts() == []


@pytest.mark.requirement("R27")
def test_lines_moved_there_and_one_changed_and_sent_here_are_both_on_both_sides(
    invoice: Invoice,
) -> None:
    first, cups, pump = invoice.there
    invoice.change("Стаканы", 5)
    invoice.enter([first, pump, cups])
    settle(invoice.hub, 1)
    invoice.quiet()
    wanted = [("Помпа", 1), ("Стаканы", 5)]
    assert invoice.sides == (wanted, wanted)
    assert invoice.company.conflicts() == []


@pytest.mark.requirement("R89")
def test_a_conflict_follows_its_line_and_settles_that_one(invoice: Invoice) -> None:
    first, cups, pump = invoice.there
    invoice.change("Помпа", 2)
    invoice.enter([first, cups, pump | {"Количество": 3}])
    run(invoice.hub, "accounting")
    [asked] = invoice.company.conflicts()
    assert asked.field == "lines.3.quantity"
    first, cups, pump = invoice.there
    invoice.enter([first, cups | {"Содержание": "Кулер"}, cups, pump])
    invoice.quiet()
    [moved] = invoice.company.conflicts()
    assert (moved.id, moved.field) == (asked.id, "lines.4.quantity")
    invoice.insert_second("Доставка")
    resolve(invoice.hub, [moved.id], "theirs", "Орлова")
    invoice.quiet()
    wanted = [("Доставка", 1), ("Кулер", 1), ("Стаканы", 1), ("Помпа", 3)]
    assert invoice.sides == (wanted, wanted)
    assert invoice.company.conflicts() == []
