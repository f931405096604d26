"""Invoices over real rows of the store, whose own triggers settle them."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow.parquet
import pytest
from sqlalchemy import Connection, Engine, text
from tests.contract.dashboards.histories import key

from provodka.dashboards.rendering.parquet_file import parquet_tables
from provodka.dashboards.reports import catalog
from provodka.dashboards.results import Ratio, ReportQuery, ReportResult
from provodka.flows.reports import refresh_reports

pytestmark = pytest.mark.requirement("R108")
NOW = datetime.now(UTC).replace(microsecond=0)


def run(connection: Connection, statement: str, **given: Any) -> None:
    connection.execute(text(statement), given)


def issue(connection: Connection, number: int, amount: str, **more: Any) -> None:
    """An invoice of yesterday to be paid by today, in accounting."""
    given = {
        "id": key(number),
        "number": f"СЧ-{number}",
        "client": key(1),
        "amount": Decimal(amount),
        "date": NOW - timedelta(days=2),
        "due": (NOW - timedelta(days=1)).date(),
        "currency": "RUB",
        "posted": True,
        **more,
    }
    run(
        connection,
        "INSERT INTO crm.invoice (id, number, client_id, amount, date, due_date, currency, posted,"
        " accounting) VALUES (:id, :number, :client, :amount, :date, :due, :currency, :posted,"
        " 'entered')",
        **given,
    )


def pay(connection: Connection, number: int, invoice: int, amount: str) -> None:
    given = {"id": key(number), "client": key(1), "amount": Decimal(amount), "of": key(invoice)}
    run(
        connection,
        "INSERT INTO crm.payment (id, client_id, amount, posted)"
        " VALUES (:id, :client, :amount, true)",
        **{name: given[name] for name in ("id", "client", "amount")},
    )
    run(
        connection,
        "INSERT INTO crm.payment_allocations (payment_id, line, invoice_id, amount)"
        " VALUES (:id, 1, :of, :amount)",
        **{name: given[name] for name in ("id", "of", "amount")},
    )


@pytest.fixture
def billed(store: Engine) -> Engine:
    with store.begin() as connection:
        run(connection, "INSERT INTO crm.client (id, name) VALUES (:id, 'Ромашка')", id=key(1))
        issue(connection, 11, "100.10")
        issue(connection, 12, "200.20")
        issue(connection, 13, "300.30")
        issue(connection, 14, "999", currency="USD")
        issue(connection, 15, "555", posted=False)
        pay(connection, 21, 11, "100.10")
        pay(connection, 22, 12, "0.20")
        run(
            connection,
            "INSERT INTO hub.binding (system, kind, external_key, document, snapshot)"
            " VALUES ('onec', 'invoice', 'x', :id, '{\"amount\": \"300.29\"}')",
            id=key(13),
        )
    refresh_reports(store)
    return store


def ask(store: Engine, **more: Any) -> ReportResult:
    query = ReportQuery(NOW - timedelta(days=30), NOW + timedelta(days=1), **more)
    with store.connect() as connection:
        return catalog.run(connection, "invoices", query)


def told(result: ReportResult) -> dict[str, Any]:
    table = result.table("invoices")
    [row] = table.rows
    return dict(zip((column.key for column in table.columns), row, strict=True))


def test_invoices_are_told_by_how_they_are_paid(billed: Engine) -> None:
    result = ask(billed)
    assert result.trusted, result.checks
    row = told(result)
    assert (row["issued"], row["paid"], row["partly"], row["unpaid"]) == (3, 1, 1, 1)
    assert (row["amount"], row["paid_amount"]) == (Decimal("600.60"), Decimal("100.30"))
    assert row["paid_share"] == Ratio(Decimal("100.30"), Decimal("600.60"))
    assert (row["overdue"], row["overdue_amount"]) == (2, Decimal("500.30"))
    assert (row["unposted"], row["foreign_invoices"]) == (1, 1)


def test_a_kopeck_between_the_two_sides_is_listed(billed: Engine) -> None:
    rows = ask(billed).table("differences").rows
    assert [(row[0], row[3], row[4], row[5]) for row in rows] == [
        ("СЧ-13", Decimal("300.30"), Decimal("300.29"), Decimal("0.01"))
    ]


def test_differences_are_those_of_the_invoices_asked_for(billed: Engine) -> None:
    found = [
        len(ask(billed, where={"client_kind": kind}).table("differences").rows)
        for kind in ("legal_entity", "individual")
    ]
    assert sorted(found) == [0, 1]


def test_a_list_of_differences_that_is_cut_says_so(
    billed: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provodka.dashboards.reports.invoice_life.MOST", 0)
    table = ask(billed).table("differences")
    assert (table.rows, len(table.notes)) == ((), 1)
    monkeypatch.setattr("provodka.dashboards.reports.invoice_life.MOST", 1)
    table = ask(billed).table("differences")
    assert (len(table.rows), table.notes) == (1, ())


def test_a_payment_that_does_not_add_up_marks_the_report(billed: Engine) -> None:
    with billed.begin() as connection:
        run(connection, "UPDATE crm.invoice SET paid_amount = 7 WHERE id = :id", id=key(13))
    refresh_reports(billed)
    failing = [check.detail for check in ask(billed).checks if not check.ok]
    assert failing == ["не сходится: СЧ-13"]


def test_sums_stay_exact_decimals_in_parquet(billed: Engine) -> None:
    files = parquet_tables(ask(billed))
    table = pyarrow.parquet.read_table(io.BytesIO(files["invoices"]))
    field = table.schema.field("amount")
    assert (str(field.type), field.metadata[b"unit"].decode()) == ("decimal128(38, 2)", "₽")
    assert table["paid_amount"].to_pylist() == [Decimal("100.30")]
    assert table["paid_share_numerator"].to_pylist() == [Decimal("100.30")]
    assert table["issued"].to_pylist() == [3]
    assert table.schema.metadata[b"trusted"] == b"yes"
    differing = pyarrow.parquet.read_table(io.BytesIO(files["differences"]))
    assert str(differing.schema.field("date").type) == "timestamp[us, tz=UTC]"
