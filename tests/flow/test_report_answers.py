"""Answers of reports: kept where they took long, exact, and made anew when they have aged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Connection, Engine, text
from tests.contract.dashboards.conftest import seven_deals
from tests.contract.dashboards.histories import day
from tests.flow.report_books import people, tell

from provodka.dashboards.rendering import render
from provodka.dashboards.rendering.totals import totals_of
from provodka.dashboards.reports import answers, catalog, keeping, long_questions
from provodka.dashboards.reports.answer_text import FIRST_ROWS, head_of, result_of, text_of
from provodka.dashboards.results import Column, ReportQuery, ReportResult, Table
from provodka.foundation.errors import ProvodkaError
from provodka.foundation.i18n import speaking
from provodka.trigger_rules.calendar import WorkingCalendar
from provodka.trigger_rules.calendars import Calendars

JANUARY = ReportQuery(day(0), day(31))
READING = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}


@pytest.fixture
def company(store: Engine) -> Engine:
    """Seven deals, brought up to the journal."""
    told = seven_deals()
    people(told)
    tell(store, told)
    return store


@pytest.fixture
def dear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer takes long."""
    monkeypatch.setattr(answers, "WORTH", 0)
    monkeypatch.setattr(answers, "DEAR", 0)


def page(store: Engine, name: str = "wins", query: ReportQuery = JANUARY) -> ReportResult:
    """What a page that only reads gets."""
    with store.execution_options(**READING).begin() as connection:
        return answers.answered(connection, name, query)


def move(store: Engine) -> None:
    """A deal is lost, and the report tables know it."""
    with store.begin() as connection:
        connection.execute(text("INSERT INTO crm.client (name) VALUES ('Иван')"))
        connection.execute(
            text(
                "INSERT INTO crm.deal (title, client_id, scenario, stage, stage_entered_at)"
                " SELECT 'Вода', id, 'sale', 'lost', :at FROM crm.client"
            ),
            {"at": day(20)},
        )
    with store.begin() as connection:
        keeping.refresh_all(connection)


def lost(result: ReportResult) -> int:
    found = result.table("closed")
    [at] = [n for n, column in enumerate(found.columns) if column.key == "lost"]
    return sum(cell for row in found.rows if isinstance(cell := row[at], int))


def kept(store: Engine) -> int:
    with store.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM report.answer")).scalar_one())


@pytest.mark.parametrize("name", list(catalog.reports()))
def test_an_answer_comes_back_from_its_text_as_it_was(company: Engine, name: str) -> None:
    with company.connect() as connection:
        result = catalog.run(connection, name, JANUARY)
    again = result_of(text_of(result), JANUARY)
    assert again == result
    assert render(again, "json") == render(result, "json")


@pytest.mark.usefixtures("dear")
def test_a_second_reader_is_not_computed_for(
    company: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = page(company)
    monkeypatch.setattr(catalog, "compute", None)
    assert page(company) == first


def test_a_cheap_answer_is_not_kept(company: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "WORTH", 10**9)
    page(company)
    assert kept(company) == 0


@pytest.mark.usefixtures("dear")
@pytest.mark.parametrize(
    "other",
    [
        ReportQuery(day(1), day(31)),
        ReportQuery(day(0), day(31), as_of=day(9)),
        ReportQuery(day(0), day(31), by="manager"),
        ReportQuery(day(0), day(31), where={"scenario": "sale"}),
        ReportQuery(day(0), day(31), calendars=Calendars(WorkingCalendar())),
    ],
)
def test_another_question_has_an_answer_of_its_own(company: Engine, other: ReportQuery) -> None:
    page(company)
    assert page(company, query=other).query == other
    assert kept(company) == 2


@pytest.mark.usefixtures("dear")
def test_each_language_has_its_own_words(company: Engine) -> None:
    russian = page(company)
    with speaking("en"):
        english = page(company)
    assert (russian.title, english.title) == ("Доля выигранных", "Win rate")


def test_a_cheap_answer_is_computed_again_once_its_documents_have_changed(
    company: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "WORTH", 0)
    monkeypatch.setattr(answers, "DEAR", 10**9)
    before = page(company)
    move(company)
    assert lost(page(company)) == lost(before) + 1


@pytest.mark.usefixtures("dear")
def test_a_dear_answer_is_shown_as_it_was_until_it_is_renewed(company: Engine) -> None:
    before = page(company)
    move(company)
    old = page(company)
    assert (lost(old), old.as_of) == (lost(before), before.as_of)
    assert answers.renew(company, datetime.now(UTC) + timedelta(minutes=1))["answers"] == 1
    fresh = page(company)
    assert lost(fresh) == lost(before) + 1
    assert fresh.as_of != before.as_of


@pytest.mark.usefixtures("dear")
def test_what_has_not_changed_and_is_young_is_not_renewed(company: Engine) -> None:
    page(company)
    assert answers.renew(company, datetime.now(UTC) + timedelta(minutes=1))["answers"] == 0
    assert answers.renew(company, datetime.now(UTC) + timedelta(minutes=11))["answers"] == 1


@pytest.mark.usefixtures("dear")
def test_a_dear_answer_takes_but_a_small_part_of_the_time(company: Engine) -> None:
    page(company)
    move(company)
    with company.begin() as connection:
        connection.execute(text("UPDATE report.answer SET took_ms = 45000"))
    assert answers.renew(company, datetime.now(UTC) + timedelta(minutes=14))["answers"] == 0
    assert answers.renew(company, datetime.now(UTC) + timedelta(minutes=16))["answers"] == 1


@pytest.mark.usefixtures("dear")
def test_a_round_of_renewing_ends_before_what_takes_minutes(company: Engine) -> None:
    page(company)
    page(company, "funnel")
    move(company)
    with company.begin() as connection:
        connection.execute(text("UPDATE report.answer SET took_ms = 90000 WHERE report = 'funnel'"))
    assert answers.renew(company, datetime.now(UTC) + timedelta(hours=1))["answers"] == 1


@pytest.mark.usefixtures("dear")
def test_what_nobody_looks_at_is_forgotten(company: Engine) -> None:
    page(company)
    answers.renew(company, datetime.now(UTC) + timedelta(days=6))
    assert kept(company) == 1
    answers.renew(company, datetime.now(UTC) + timedelta(days=8))
    assert kept(company) == 0


@pytest.mark.usefixtures("dear")
def test_a_report_that_is_not_to_be_trusted_says_so_in_an_older_answer_too(
    company: Engine,
) -> None:
    assert page(company).trusted
    with company.begin() as connection:
        connection.execute(text("UPDATE report.catalog SET trusted = false, why_not = 'дыра'"))
    assert not page(company).trusted


def test_the_first_rows_keep_the_sums_of_all() -> None:
    columns = (
        Column("name", "Имя", "text", "Кто"),
        Column("amount", "Сумма", "money", "Сколько", "₽", total=True),
    )
    rows = tuple((f"Строка {n}", Decimal(n)) for n in range(FIRST_ROWS + 5))
    result = ReportResult("r", "R", JANUARY, day(1), (Table("t", "T", columns, rows),))
    [table] = head_of(result).tables
    assert (len(table.rows), table.size) == (FIRST_ROWS, FIRST_ROWS + 5)
    assert totals_of(table) == (None, sum((row[1] for row in rows), Decimal(0)))


def impatient(store: Engine, name: str = "wins") -> ReportResult:
    """What a page gets whose statements may take but a second."""
    with store.execution_options(**READING).begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = '1s'"))
        try:
            return answers.answered(connection, name, JANUARY)
        finally:
            # The page itself is still to be filled: its transaction has to be usable.
            connection.execute(text("SELECT 1"))


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every report takes half a minute in the store."""
    compute = catalog.compute

    def slowly(connection: Connection, name: str, query: ReportQuery) -> ReportResult:
        connection.execute(text("SELECT pg_sleep(30)"))
        return compute(connection, name, query)

    monkeypatch.setattr(catalog, "compute", slowly)


@pytest.mark.usefixtures("slow")
def test_a_question_that_outlasts_its_page_is_answered_by_the_next_refresh(
    company: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _attempt in range(2):
        with pytest.raises(ProvodkaError) as caught:
            impatient(company)
        assert caught.value.code == "report_put_off"
        assert "через несколько минут" in caught.value.next_step
    monkeypatch.undo()
    assert answers.renew(company, datetime.now(UTC))["answers"] == 1
    monkeypatch.setattr(catalog, "compute", None)
    assert page(company).name == "wins"


@pytest.mark.usefixtures("slow")
def test_what_a_refresh_cannot_answer_either_is_said_and_not_tried_again(
    company: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_questions, "LONGEST", 1000)
    with pytest.raises(ProvodkaError):
        impatient(company)
    assert answers.renew(company, datetime.now(UTC))["answers"] == 0
    monkeypatch.setattr(catalog, "compute", None)
    assert answers.renew(company, datetime.now(UTC))["answers"] == 0
    with pytest.raises(ProvodkaError) as caught:
        impatient(company)
    assert caught.value.code == "report_too_long"
    assert "provodka report wins" in caught.value.next_step


def test_first_questions_are_answered_before_anybody_asks_if_somebody_can(
    company: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    assert answers.prepare(company, {"wins": JANUARY}, now)["prepared"] == 0
    with company.begin() as connection:
        connection.execute(text("INSERT INTO hub.person (login, name) VALUES ('olga', 'Ольга')"))
    assert answers.prepare(company, {"wins": JANUARY}, now)["prepared"] == 1
    assert answers.prepare(company, {"wins": JANUARY}, now)["prepared"] == 0
    assert answers.renew(company, now + timedelta(minutes=11))["answers"] == 0
    monkeypatch.setattr(catalog, "compute", None)
    assert page(company).name == "wins"


def test_what_was_prepared_and_has_changed_is_made_anew_by_the_hour(company: Engine) -> None:
    now = datetime.now(UTC)
    with company.begin() as connection:
        connection.execute(text("INSERT INTO hub.person (login, name) VALUES ('olga', 'Ольга')"))
    answers.prepare(company, {"wins": JANUARY}, now)
    move(company)
    asked = {"wins": JANUARY}
    assert answers.prepare(company, asked, now + timedelta(minutes=50))["prepared"] == 0
    assert answers.prepare(company, asked, now + timedelta(minutes=70))["prepared"] == 1
