"""Invoices for an accountant: where each stands, what to do about it, the list as a file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from openpyxl import load_workbook
from tests.flow.web_pages.care_room import HOSTILE, NOW, Care, care_of

from provodka.connectors.crm_store import conflicts
from provodka.dashboards.insight import invoices
from provodka.dashboards.web.people.roles import Role

NUMBER = re.compile(r'<a href="/documents/invoice/[^>]*>([^<]*)</a>')
TODAY = date(2026, 11, 20)
DIFFERING = invoices.Asked(differing=True, today=TODAY)


@pytest.fixture(scope="module")
def care(server: str, template: str) -> Iterator[Care]:
    """One company for all tests of this file; each has clients of its own."""
    with care_of(server, template) as opened:
        yield opened


def made(care: Care, client: UUID, number: str, **values: Any) -> UUID:
    given: dict[str, Any] = {"accounting": "entered", "number": number, **values}
    return care.invoice(client, **given)


def listed(care: Care, address: str) -> list[str]:
    """Numbers on the page, in its order."""
    page = care.reader.get(address)
    assert page.status_code == 200, page.text
    return NUMBER.findall(page.text)


def paid(care: Care, invoice: UUID, client: UUID, amount: str) -> None:
    payment = care.insert("payment", client_id=client, amount=Decimal(amount), posted=True)
    care.execute(
        "INSERT INTO crm.payment_allocations (payment_id, line, invoice_id, amount)"
        " VALUES (:payment, 1, :invoice, :amount)",
        payment=payment, invoice=invoice, amount=Decimal(amount),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("values", "step"),
    [
        ({"accounting": "refused"}, "исправьте причину отказа"),
        ({"accounting": "flagged"}, "сверьте с 1С"),
        ({"posted": False}, "проведите, чтобы счет ушел"),
        ({"accounting": "queued"}, "уйдет в 1С сам"),
        ({"due_date": TODAY - timedelta(days=1)}, "просрочен: напомните"),
        ({"due_date": TODAY}, "ждет оплаты"),
    ],
)
def test_each_state_has_its_next_step_in_words(
    care: Care, values: dict[str, object], step: str
) -> None:
    client = care.client()
    made(care, client, "СЧ-1", **values)
    page = care.sit(Role.ACCOUNTANT).get(f"/invoices?client={client}").text
    assert step in page


def test_money_that_came_leads_to_the_next_step(care: Care) -> None:
    client = care.client()
    for number, amount, step in (
        ("П-1", "1200.00", "оплачен: отгрузите"),
        ("П-2", "1300.00", "переплата"),
    ):
        paid(care, made(care, client, number), client, amount)
        page = care.sit(Role.ACCOUNTANT).get(f"/invoices?client={client}&number={number}").text
        assert step in page


def test_filters_find_exactly_what_they_say(care: Care) -> None:
    client = care.client("ООО Отбор", inn="7707083893")
    late = {"due_date": TODAY - timedelta(days=3)}
    made(care, client, "Ф-1", date=NOW - timedelta(days=4))
    made(care, client, "Ф-2", date=NOW - timedelta(days=3), **late)
    made(care, client, "Ф-3", date=NOW - timedelta(days=2), accounting="absent")
    made(care, client, "Ф-4", date=NOW - timedelta(days=1), accounting="refused", posted=False)
    paid(care, made(care, client, "Ф-5", date=NOW), client, "1200.00")
    care.sit(Role.ACCOUNTANT)
    of = "/invoices?client=7707083893"
    assert listed(care, of) == ["Ф-5", "Ф-4", "Ф-3", "Ф-2", "Ф-1"]
    assert listed(care, f"{of}&state=overdue") == ["Ф-2"]
    assert listed(care, f"{of}&state=absent") == ["Ф-3"]
    assert listed(care, f"{of}&state=refused") == ["Ф-4"]
    assert listed(care, f"{of}&state=unpaid") == ["Ф-3", "Ф-2", "Ф-1"]
    assert listed(care, f"{of}&state=unposted") == ["Ф-4"]
    assert listed(care, f"{of}&from=2026-11-17&to=2026-11-18") == ["Ф-3", "Ф-2"]
    assert listed(care, "/invoices?number=ф-4") == ["Ф-4"]


def test_only_what_differs_from_1c_is_what_it_refused_changed_or_disputes(care: Care) -> None:
    client = care.client()
    made(care, client, "Р-1")
    made(care, client, "Р-2", accounting="flagged", accounting_note="Сумма: 1 → 2")
    disputed = made(care, client, "Р-3")
    with care.engine.begin() as connection:
        conflicts.record(connection, stream="onec:invoice", kind="invoice", document=disputed,
                         field="comment", sides=["а", "б", "в"])  # fmt: skip
    care.sit(Role.ACCOUNTANT)
    address = f"/invoices?client={client}&differing=1"
    assert sorted(listed(care, address)) == ["Р-2", "Р-3"]
    page = care.reader.get(address).text
    assert "Сумма: 1 → 2" in page
    assert "решите спор с 1С" in page
    assert 'href="/attention?section=conflicts"' in page


def test_pages_follow_each_other_without_a_gap_or_a_repeat(care: Care) -> None:
    client = care.client()
    for number in range(120):
        # Three to a second: the key decides among them.
        made(care, client, f"С-{number:03}", date=NOW - timedelta(seconds=number // 3))
    care.sit(Role.ACCOUNTANT)
    seen: list[str] = []
    address = f"/invoices?client={client}"
    while address:
        seen += listed(care, address)
        page = care.reader.get(address).text
        more = page.partition('<p class="more"><a class="btn" href="')[2].partition('"')[0]
        address = more.replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 120


def test_the_file_holds_the_rows_of_the_page_in_the_same_words(care: Care) -> None:
    client = care.client("=cmd|' /C calc'!A0")
    made(care, client, "Э-1", amount="1234.50")
    made(care, client, "Э-2", accounting="refused", accounting_note="нет договора")
    reader = care.sit(Role.ACCOUNTANT)
    answer = reader.get(f"/invoices/export?client={client}&format=csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    [first, second] = [row for row in rows if row and row[0].startswith("Э-")]
    assert (first[0], second[0], second[3]) == ("Э-2", "Э-1", "1234,50")
    assert first[-2:] == ["нет договора", "исправьте причину отказа и повторите в разделе "
                          "«Ждет человека»"]  # fmt: skip
    assert not first[2].startswith("=")
    book = load_workbook(
        io.BytesIO(reader.get(f"/invoices/export?client={client}&format=xlsx").content)
    )
    cells = [cell.value for row in book.worksheets[0].iter_rows() for cell in row]
    assert 1234.5 in cells
    noted = "SELECT count(*) FROM hub.audit WHERE what = 'exported' AND person_id = :id"
    assert care.value(noted, id=reader.person) == 2


@pytest.mark.parametrize(
    "query",
    [
        "state=' OR true --",
        "client=nobody",
        "from=yesterday",
        "from=2026-11-20&to=2026-11-01",
        "to=9999-12-31",
        "after=2026-11-20~x",
        "after=2026-11-20T00:00:00~01a204f6-7d4b-797d-9f9c-18eefcf389aa",
        "format=exe",
    ],
)
def test_a_filter_that_makes_no_sense_is_explained(care: Care, query: str) -> None:
    path = "/invoices/export" if query.startswith("format") else "/invoices"
    answer = care.sit(Role.ACCOUNTANT).get(f"{path}?{query}")
    assert answer.status_code == 422
    assert "Ожидалось" in answer.text


def test_words_of_sql_in_a_filter_find_nothing_and_break_nothing(care: Care) -> None:
    care.sit(Role.ACCOUNTANT)
    assert listed(care, "/invoices?number=' OR 1=1; DROP TABLE crm.invoice; --") == []
    assert care.value("SELECT count(*) FROM crm.invoice") >= 0


def test_a_clients_name_is_text_and_a_persons_is_masked_for_an_engineer(care: Care) -> None:
    client = care.client(HOSTILE, kind="individual")
    made(care, client, "М-1")
    page = care.sit(Role.ACCOUNTANT).get(f"/invoices?client={client}").text
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page
    assert "alert" not in care.sit(Role.ENGINEER).get(f"/invoices?client={client}").text


@pytest.mark.requirement("R83")
def test_a_head_of_a_department_sees_its_invoices_alone(care: Care) -> None:
    department = care.insert("department", name="Север")
    mine = care.insert("employee", name="Свой", role="manager", department_id=department)
    number = made(care, care.client("ООО Наш", responsible_id=mine), "Н-1")
    made(care, care.client("ООО Чужой"), "Н-2")
    assert number
    care.sit(Role.HEAD, departments=[department])
    assert listed(care, "/invoices") == ["Н-1"]


def test_an_empty_list_says_what_would_be_in_it(care: Care) -> None:
    page = care.sit(Role.ACCOUNTANT).get("/invoices?number=НЕТ").text
    assert "Таких счетов нет" in page


def differing(care: Care, walked: int) -> list[list[UUID]]:
    """All invoices that differ, three at a time; as of many, of which so many are walked, or 0."""
    with pytest.MonkeyPatch.context() as patch, care.engine.connect() as connection:
        patch.setattr(invoices, "MANY", 0 if walked else 10**6)
        patch.setattr(invoices, "WALKED", walked)
        found: list[list[UUID]] = []
        after = None
        while page := invoices.invoices_page(connection, DIFFERING, 3, after):
            found.append([one.id for one in page])
            after = invoices.Place(page[-1].date, page[-1].id)
        return found


def test_many_disputes_are_the_same_pages_as_few(care: Care) -> None:
    client = care.client("ООО «Спорное»")
    for n in range(12):
        state = "flagged" if n % 5 == 0 else "entered"
        made_at = NOW - timedelta(days=400 + n // 2)
        invoice = made(care, client, f"СП-{n}", accounting=state, date=made_at)
        if n in (1, 2, 3, 4, 9):
            care.execute(
                "INSERT INTO hub.conflict (stream, kind, document, field, base, ours, theirs)"
                " VALUES ('onec:invoice', 'invoice', :invoice, 'comment', '1', '2', '3')",
                invoice=invoice,
            )
    few = differing(care, 0)
    assert len(few) >= 3
    assert len({one for page in few for one in page}) == sum(map(len, few))
    assert [differing(care, walked) for walked in (3, 5, 1000)] == [few] * 3
