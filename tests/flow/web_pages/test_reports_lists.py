"""The documents behind a number are kept with its answer: a page reads them, finds no others."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Connection, text
from tests.databases import copied
from tests.flow.lane_fakes import quiet_hub
from tests.flow.web_pages.report_firm import WIDE, Firm
from tests.web_house import Reader, open_house, read_as

from provodka.connectors.crm_store.engine import open_engine
from provodka.dashboards.reports import answers, keeping
from provodka.dashboards.reports.answer_store import question_of
from provodka.dashboards.reports.answer_text import result_of
from provodka.dashboards.reports.behind import finding, gathering, kept
from provodka.dashboards.reports.behind.declared import behind_of
from provodka.dashboards.results import ReportResult, Table
from provodka.dashboards.web.house import House
from provodka.dashboards.web.pages.reports.shelf import SHELF
from provodka.dashboards.web.people.roles import Role
from provodka.flows.streams import STREAMS

PERIOD = f"from={WIDE['from']}&to={WIDE['to']}"
WINS = f"/reports/wins?{PERIOD}"
FORGET_OLDER = "DELETE FROM report.answer_list WHERE at NOT IN (SELECT at FROM report.answer)"
COUNTED = "SELECT count(*) FROM report.answer_list WHERE place <> ''"


@pytest.fixture(scope="module")
def firm(server: str, template: str) -> Iterator[Firm]:
    """The firm in a store of its own."""
    with copied(server, template) as url:
        opened = open_engine(url, name="test")
        yield Firm(opened)
        opened.dispose()


@pytest.fixture
def head(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """A head, in a house where every answer is worth keeping and none is kept yet."""
    monkeypatch.setattr(answers, "WORTH", 0)
    with open_house(House(firm.engine)) as opened:
        yield read_as(opened, firm.engine, Role.HEAD)
    with firm.engine.begin() as connection:
        connection.execute(text("DELETE FROM report.answer"))


def links(page: str) -> dict[tuple[str, str], str]:
    """An address of documents for each column of each table of a page."""
    found = re.findall(r'href="(/[^"]*/documents\?[^"]*)"', page)
    told = {html.unescape(one): parse_qs(urlsplit(html.unescape(one)).query) for one in found}
    return {(words["table"][0], words["column"][0]): link for link, words in told.items()}


def gather(firm: Firm, ahead: timedelta = timedelta(0)) -> int:
    """A round of gathering; how many lists it kept."""
    return gathering.gather(firm.engine, datetime.now(UTC) + ahead)["lists"]


def number_of(firm: Firm, statement: str) -> int:
    with firm.engine.connect() as connection:
        return int(connection.execute(text(statement)).scalar_one())


def test_behind_every_number_of_every_report_the_list_is_kept_that_is_found(
    head: Reader, firm: Firm
) -> None:
    for one in SHELF:
        assert head.get(f"{one.path}?{PERIOD}").status_code == 200
    kept_now, compared = gather(firm), 0
    with firm.engine.connect() as connection:
        for row in connection.execute(text("SELECT * FROM report.answer")).all():
            result = result_of(row.head, question_of(row.asked, None))
            for table in result.tables:
                compared += _compared(connection, row, result, table)
    assert compared == kept_now > 150


def _compared(connection: Connection, row: Any, result: ReportResult, table: Table) -> int:
    """How many numbers of a table have kept lists, each as it is found."""
    behind = behind_of(result.name, table.name)
    places = [place for place, _number in kept.numbers_of(behind, table)] if behind else []
    if behind is None or not places:
        return 0
    query = replace(result.query, as_of=result.as_of)
    found = finding.find_all(connection, behind, query, places, kept.MOST_PAPERS)
    mine = row.report, row.question, row.at
    assert found == [
        kept.kept_list(connection, behind, mine, table.name, place) for place in places
    ]
    return len(places)


def test_a_page_of_documents_reads_the_list_that_was_kept(
    head: Reader, firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = links(head.get(f"/reports/invoices?{PERIOD}").text).values()
    found = [body(head, link) for link in wanted]
    gather(firm)
    monkeypatch.setattr(finding, "find", None)
    assert [body(head, link) for link in wanted] == found
    assert len(found) > 5


def test_the_reports_that_follow_the_journal_end_with_lists(
    head: Reader, firm: Firm, tmp_path: Path
) -> None:
    counts = STREAMS["reports"].run(quiet_hub(firm.engine, tmp_path), firm.engine)
    assert counts["prepared"] > 10
    assert counts["lists"] == number_of(firm, COUNTED) > 0


def test_lists_are_gathered_once_for_an_answer(head: Reader, firm: Firm) -> None:
    head.get(WINS)
    assert gather(firm) > 0
    assert gather(firm, timedelta(days=1)) == 0


def test_lists_of_an_older_answer_stay_an_hour_for_whoever_has_its_page_open(
    head: Reader, firm: Firm
) -> None:
    head.get(WINS)
    gather(firm)
    own = number_of(firm, COUNTED)
    older = "UPDATE report.answer_list SET at = at - {age}, made_at = now() - {age}"
    for age, left in (("interval '59 min'", 2 * own), ("interval '2 h'", own)):
        with firm.engine.begin() as connection:
            connection.execute(
                text(
                    "DELETE FROM report.answer_list WHERE at NOT IN (SELECT at FROM report.answer)"
                )
            )
            connection.execute(text(older.format(age=age)))
        gather(firm)
        assert number_of(firm, COUNTED) == left


def test_lists_go_with_their_answer(head: Reader, firm: Firm) -> None:
    head.get(WINS)
    gather(firm)
    answers.renew(firm.engine, datetime.now(UTC) + timedelta(days=8))
    assert number_of(firm, "SELECT count(*) FROM report.answer_list") == 0


def test_a_list_that_does_not_come_to_its_number_is_not_kept(
    head: Reader, firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    head.get(WINS)
    true = finding.find_all

    def one_more(*given: Any) -> list[finding.Found]:
        return [replace(one, whole=one.whole + 1) for one in true(*given)]

    monkeypatch.setattr(gathering, "find_all", one_more)
    gather(firm)
    sums = "SELECT count(*) FROM report.answer_list WHERE place LIKE '%amount%'"
    assert number_of(firm, COUNTED) == number_of(firm, sums)


def test_lists_that_take_too_long_are_left_to_their_pages_for_an_hour(
    head: Reader, firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = links(head.get(WINS).text)["closed", "won"]
    true = finding.find_all

    def slowly(connection: Any, *given: Any) -> list[finding.Found]:
        connection.execute(text("SELECT pg_sleep(30)"))
        return true(connection, *given)

    with monkeypatch.context() as slow:
        slow.setattr(gathering, "PATIENCE", text("SET LOCAL statement_timeout = 10"))
        slow.setattr(gathering, "find_all", slowly)
        assert gather(firm) == 0
    assert gather(firm, timedelta(days=1)) == 0
    assert head.get(link).status_code == 200
    with firm.engine.begin() as connection:
        connection.execute(text("UPDATE report.answer SET at = at + interval '1 s'"))
    assert gather(firm, timedelta(hours=1)) == 0
    assert gather(firm, timedelta(hours=2)) > 0


def test_an_answer_is_renewed_only_as_often_as_its_lists_can_be(head: Reader, firm: Firm) -> None:
    head.get(WINS)
    with firm.engine.begin() as connection:
        connection.execute(
            text("UPDATE report.answer SET stale = true, took_ms = 200, lists_ms = 30000")
        )
    now = datetime.now(UTC)
    assert answers.renew(firm.engine, now + timedelta(minutes=5))["answers"] == 0
    assert answers.renew(firm.engine, now + timedelta(minutes=11))["answers"] == 1


def test_a_file_of_more_than_is_kept_is_found_whole(
    head: Reader, firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = links(head.get(f"/reports/client_base?{PERIOD}").text)["base", "clients"]
    file = link.replace("documents?", "documents/export?") + "&format=csv"
    whole = head.get(file).text
    for module in (kept, gathering):
        monkeypatch.setattr(module, "MOST_PAPERS", 1)
    gather(firm)
    assert head.get(link).text.count('href="/documents/client/') == 1
    assert head.get(file).text == whole
    assert len(whole.splitlines()) > 3


def test_a_list_is_of_the_instant_of_its_answer_whatever_has_changed_since(
    head: Reader, firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = links(head.get(WINS).text)["closed", "won"]
    gather(firm)
    before = body(head, link)
    with firm.engine.begin() as connection:
        connection.execute(
            text("UPDATE crm.deal SET stage = 'lost', stage_entered_at = now() WHERE id = :deal"),
            {"deal": firm.won},
        )
        keeping.refresh_all(connection)
    monkeypatch.setattr(finding, "find", None)
    assert body(head, link) == before
    assert str(firm.won) in before


def body(reader: Reader, link: str) -> str:
    """What a page of documents says, without what is the session's own."""
    answer = reader.get(link)
    assert answer.status_code == 200
    return answer.text.replace(reader.csrf, "")
