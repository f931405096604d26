"""Reading a base that is slow, half broken or strange."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from tests.contract.onec.opening import OpenBase
from tests.contract.onec.scripted_server import DROP, Seen, answer, rows

from provodka.connectors.http import AnswerTooLarge
from provodka.connectors.onec.odata.filters import Field
from provodka.connectors.onec.odata.pages import PageSize
from provodka.connectors.onec.odata.query import Query
from provodka.foundation.errors import (
    AccessDenied,
    ConfigurationError,
    Refused,
    SystemUnavailable,
)

DATA = Path(__file__).parents[2] / "data/onec"
KEY = UUID("41aa6331-954f-11e3-814b-005056c00008")
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
NARROW = Query(select=("Ref_Key",))


def set_of(count: int, size: int = 100) -> object:
    """A set of numbered rows that obeys `$skip` and `$top`."""

    def play(request: Seen) -> bytes:
        option = dict(re.findall(r"\$(top|skip)=(\d+)", request.target))
        first = int(option.get("skip", 0))
        last = min(first + int(option["top"]), count)
        return rows(*({"n": str(n), "text": "x" * size} for n in range(first, last)))

    return play


def test_every_row_comes_once_and_in_order_whatever_the_page_size(
    base_that_answers: OpenBase,
) -> None:
    base, server = base_that_answers(set_of(1234), page_bytes=20_000)
    pages = list(base.read_pages("Document_Счет", Query(select=("n", "text"))))
    assert [row["n"] for page in pages for row in page.rows] == [str(n) for n in range(1234)]
    assert [page.skip for page in pages][:2] == [0, 100]
    assert "$orderby=Date,Number" in server.seen[0].asked
    assert "$select=n,text" in server.seen[0].asked


def test_pages_grow_to_the_byte_target_and_shrink_below_it(base_that_answers: OpenBase) -> None:
    base, _server = base_that_answers(set_of(3000, size=400), page_bytes=100_000)
    sizes = [page.bytes for page in base.read_pages("Catalog_Номенклатура", NARROW)]
    assert all(size < 130_000 for size in sizes)
    assert max(sizes) > 80_000
    heavy, _other = base_that_answers(set_of(300, size=5_000), page_bytes=20_000)
    assert [len(page.rows) for page in heavy.read_pages("Catalog_A", NARROW)][1] == 3


def test_a_page_over_the_limit_is_asked_for_again_in_smaller_parts(
    base_that_answers: OpenBase,
) -> None:
    base, server = base_that_answers(set_of(150, size=1000), max_answer_bytes=60_000)
    assert sum(len(page.rows) for page in base.read_pages("Catalog_A", NARROW)) == 150
    assert [re.findall(r"top=(\d+)", one.target)[0] for one in server.seen[:2]] == ["100", "50"]


def test_a_server_without_disk_space_is_asked_for_less(base_that_answers: OpenBase) -> None:
    full = answer(500, "The device is full. 28: No space left on device")
    base, _server = base_that_answers(full, set_of(10))
    assert len(list(base.read_pages("Catalog_A", NARROW))) == 1


def test_one_row_over_the_limit_is_an_error_and_not_an_endless_loop(
    base_that_answers: OpenBase,
) -> None:
    base, server = base_that_answers(set_of(2, size=9000), max_answer_bytes=5_000)
    with pytest.raises(AnswerTooLarge):
        list(base.read_pages("Catalog_A", NARROW))
    assert len(server.seen) == 7


def test_reading_starts_where_it_is_told(base_that_answers: OpenBase) -> None:
    base, _server = base_that_answers(set_of(10))
    pages = list(base.read_pages("Catalog_A", replace(NARROW, skip=7)))
    assert [row["n"] for row in pages[0].rows] == ["7", "8", "9"]
    assert pages[0].next_skip == 10


def test_an_empty_set_has_no_pages(base_that_answers: OpenBase) -> None:
    base, _server = base_that_answers(rows())
    assert list(base.read_pages("Catalog_A", NARROW)) == []


def test_a_set_without_a_usual_order_must_be_told_one(base_that_answers: OpenBase) -> None:
    base, server = base_that_answers(rows())
    with pytest.raises(ConfigurationError, match="порядок"):
        list(base.read_pages("InformationRegister_Курсы", NARROW))
    assert (
        list(base.read_pages("InformationRegister_Курсы", replace(NARROW, order=("Period",)))) == []
    )
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "broken",
    [
        DROP,
        answer(200, "<!DOCTYPE html><html>login</html>"),
        answer(200, '{"value": [{"a": 1}, {"a"'),
        answer(200, '{"value": [{"a": NaN}]}'),
        answer(200, '{"value": [{"a": 1, "a": 2}]}'),
        answer(200, '{"value": {"a": 1}}'),
        answer(200, '{"value": [1]}'),
        answer(200, "[]"),
        answer(200, ""),
        answer(200, b'{"value": [{"a": "\xff"}]}'),
        b"HTTP/1.1 200 X\r\nContent-Length: 99\r\nConnection: close\r\n\r\n{",
        b"HTTP/1.1 200 X\r\nConnection: close\r\n\r\n" + b'{"value": [{"a": 1},',
        b"nonsense\r\n\r\n",
        answer(500, "<html>500</html>"),
        answer(503),
    ],
)
def test_a_broken_answer_is_asked_for_again_and_then_named(
    base_that_answers: OpenBase, broken: bytes
) -> None:
    base, _server = base_that_answers(broken, rows({"n": "1"}))
    assert [page.rows for page in base.read_pages("Catalog_A", NARROW)] == [[{"n": "1"}]]
    hopeless, server = base_that_answers(broken)
    with pytest.raises(SystemUnavailable) as caught:
        list(hopeless.read_pages("Catalog_A", NARROW))
    assert caught.value.next_step
    assert len(server.seen) == 3


def test_more_rows_than_asked_for_are_not_trusted(base_that_answers: OpenBase) -> None:
    base, _server = base_that_answers(rows(*({"n": n} for n in range(101))))
    with pytest.raises(SystemUnavailable, match="101"):
        list(base.read_pages("Catalog_A", NARROW))


def test_a_byte_order_mark_strings_for_integers_and_money_are_read_exactly(
    base_that_answers: OpenBase,
) -> None:
    body = '\ufeff{"odata.count": "1", "value": [{"LineNumber": "1", "Цена": 10.10}]}'
    base, _server = base_that_answers(answer(200, body))
    row = next(base.read_pages("Catalog_A", NARROW)).rows[0]
    assert row["LineNumber"] == "1"
    assert str(row["Цена"]) == "10.10"
    assert isinstance(row["Цена"], Decimal)


def test_a_wrong_password_is_not_tried_again(base_that_answers: OpenBase) -> None:
    base, server = base_that_answers(answer(401))
    with pytest.raises(AccessDenied, match="логин"):
        list(base.read_pages("Catalog_A", NARROW))
    assert len(server.seen) == 1


def test_a_refusal_is_not_tried_again(base_that_answers: OpenBase) -> None:
    error = {"odata.error": {"code": "-1", "message": {"lang": "ru", "value": "Нельзя"}}}
    base, server = base_that_answers(answer(500, error))
    with pytest.raises(Refused, match="Нельзя"):
        base.get("Catalog_A", KEY)
    assert len(server.seen) == 1


def test_a_missing_licence_is_passed_on_with_its_wait(base_that_answers: OpenBase) -> None:
    base, server = base_that_answers(answer(406))
    with pytest.raises(SystemUnavailable) as caught:
        base.count("Catalog_A")
    assert caught.value.retry_after == timedelta(minutes=1)
    assert len(server.seen) == 1


def test_one_object_is_read_by_reference_and_an_absent_one_is_none(
    base_that_answers: OpenBase,
) -> None:
    absent = {"odata.error": {"code": "9", "message": {"value": "Экземпляр не найден"}}}
    base, server = base_that_answers(answer(200, {"Code": "1"}), answer(404, absent))
    assert base.get("Catalog_A", KEY) == {"Code": "1"}
    assert base.get("Catalog_A", KEY) is None
    assert server.seen[0].asked.startswith(f"/base/odata/standard.odata/Catalog_A(guid'{KEY}')")


def test_a_count_is_a_bare_number_with_or_without_a_mark(base_that_answers: OpenBase) -> None:
    base, server = base_that_answers(answer(200, "\ufeff42"), answer(200, "7"), answer(200, "?"))
    assert base.count("Catalog_A", Field("ИНН") == "77") == 42
    assert server.seen[0].asked.endswith("Catalog_A/$count?$filter=ИНН eq '77'")
    assert base.count("Catalog_A") == 7
    with pytest.raises(SystemUnavailable):
        base.count("Catalog_A")


def test_metadata_is_fetched_once_and_then_remembered(
    base_that_answers: OpenBase, tmp_path: Path
) -> None:
    document = answer(200, (DATA / "metadata_trade_8.5.xml").read_bytes())
    base, server = base_that_answers(document, metadata_cache=tmp_path)
    first = base.metadata(now=NOW)
    assert base.metadata(now=NOW + timedelta(hours=23)) == first
    assert len(server.seen) == 1
    base.metadata(now=NOW + timedelta(hours=25))
    assert len(server.seen) == 2


def test_a_login_page_instead_of_metadata_is_named(base_that_answers: OpenBase) -> None:
    base, _server = base_that_answers(answer(200, "<html>Войдите</html>"))
    with pytest.raises(SystemUnavailable, match="веб-страница"):
        base.metadata(now=NOW)


def test_page_sizes_stay_between_one_row_and_a_bounded_growth() -> None:
    size = PageSize(1_000_000, 100)
    size.saw(100, 100)
    assert size.rows == 800
    size.saw(1, 50_000_000)
    assert size.rows == 1
    assert not size.halve()


def test_a_page_is_read_as_json_once_for_each_request(base_that_answers: OpenBase) -> None:
    base, server = base_that_answers(answer(200, json.dumps({"value": []})))
    list(base.read_pages("Catalog_A", NARROW))
    assert "application/json;odata=nometadata" in server.seen[0].asked
