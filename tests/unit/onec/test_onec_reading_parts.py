"""Parts of a read: how it is divided, where it stands, what a page hands on."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provodka.connectors.onec.odata import wire_json
from provodka.connectors.onec.odata.filters import Field, Filter, any_of
from provodka.connectors.onec.odata.literals import Ref
from provodka.connectors.onec.odata.pages import RawPage
from provodka.connectors.onec.odata.place import Place
from provodka.connectors.onec.odata.query import Query, filter_option, record_path
from provodka.connectors.onec.odata.row_keys import RowKeys
from provodka.connectors.onec.odata.splitting import divide
from provodka.connectors.onec.odata.tabular import carried_over
from provodka.connectors.onec.odata.url_budget import QUERY_BUDGET
from provodka.foundation.errors import ConfigurationError

MOSCOW = ZoneInfo("Europe/Moscow")
KEY = UUID("41aa6331-954f-11e3-814b-005056c00008")
WINDOW = "&$orderby=Date,Number&$top=5001&$skip=1000000 and Date ge datetime'2026-11-22T00:00:00'"
keys = [UUID(int=number) for number in range(200)]


def chosen(condition: Filter) -> Query:
    return Query(select=("Ref_Key", "ИНН"), filter=condition)


def texts(condition: Filter | None, word: str = "or") -> list[str]:
    assert condition is not None
    return [part.render(MOSCOW) for part in condition.parts(word)]


def test_a_short_query_is_not_divided() -> None:
    query = chosen(Field("Ref_Key") == KEY)
    assert divide(query, MOSCOW).queries == (query,)


def test_a_long_chain_is_divided_so_that_every_part_fits_with_its_paging() -> None:
    division = divide(chosen(Field("Ref_Key").one_of(keys)), MOSCOW)
    assert division.disjoint
    assert 2 < len(division.queries) < 12
    for query in division.queries:
        assert len(query.encode(MOSCOW)) + len(WINDOW) <= QUERY_BUDGET + 40
    written = [text for query in division.queries for text in texts(query.filter)]
    assert written == [f"Ref_Key eq guid'{key}'" for key in keys]


def test_the_other_conditions_stand_in_every_part() -> None:
    narrowed = (Field("Posted") == True) & any_of([Field("Ref_Key") == key for key in keys])  # noqa: E712
    for query in divide(chosen(narrowed), MOSCOW).queries:
        assert texts(query.filter, "and")[0] == "Posted eq true"


def test_repeated_conditions_are_asked_once() -> None:
    division = divide(chosen(Field("Ref_Key").one_of(keys + keys)), MOSCOW)
    assert sum(len(texts(query.filter)) for query in division.queries) == 200


def test_conditions_that_may_meet_in_one_row_are_not_called_disjoint() -> None:
    long = any_of([Field("Комментарий").contains(f"{'щ' * 20}{number}") for number in range(30)])
    assert not divide(chosen(long), MOSCOW).disjoint
    two = any_of(
        [Field("ИНН" if number % 2 else "Code") == f"77{number:010}" for number in range(80)]
    )
    assert not divide(chosen(two), MOSCOW).disjoint


def test_what_cannot_be_divided_is_refused_with_its_length() -> None:
    for condition in (
        Field("Комментарий").contains("щ" * 400),
        Field("A").contains("щ" * 200) & Field("B").contains("щ" * 200),
        Field("A").contains("щ" * 400) | Field("B").contains("щ"),
    ):
        with pytest.raises(ConfigurationError, match=r"\d{4}") as caught:
            divide(chosen(condition), MOSCOW)
        assert caught.value.code == "url_too_long"


def test_a_read_must_name_its_fields() -> None:
    with pytest.raises(ConfigurationError, match="поля") as caught:
        Query().encode(MOSCOW)
    assert caught.value.code == "no_select"


def test_a_reference_to_be_followed_is_selected_too_and_only_once() -> None:
    def select(query: Query) -> str:
        return query.encode(MOSCOW).partition("$select=")[2].partition("&")[0]

    plain = select(Query(("Ref_Key",), expand=("Owner",)))
    assert plain == "Ref_Key,Owner"
    assert select(Query(("Ref_Key", "Owner/ИНН"), expand=("Owner",))).count("Owner") == 1
    assert select(Query(("Owner",), expand=("Owner",))) == "Owner"


def test_a_count_is_asked_by_its_condition_alone() -> None:
    assert filter_option(None, MOSCOW) == ""
    assert filter_option(Field("Code") == "7", MOSCOW) == "$filter=Code%20eq%20'7'"
    with pytest.raises(ConfigurationError):
        filter_option(Field("Code") == "щ" * 400, MOSCOW)


def test_a_text_that_cannot_be_sent_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="половина"):
        filter_option(Field("Code") == "\ud83d", MOSCOW)


def test_a_record_is_addressed_by_all_its_dimensions() -> None:
    key = {
        "Организация_Key": KEY,
        "Документ": Ref("Document_Счет", KEY),
        "Имя": "а/б'в?%41",
    }
    path = record_path("InformationRegister_X", key, MOSCOW)
    assert path.startswith("InformationRegister_X(%D0%9E")
    assert f"=guid'{KEY}'," in path
    assert "_Type='StandardODATA.Document_%D0%A1" in path
    assert path.endswith("='%D0%B0%2F%D0%B1''%D0%B2%3F%2541')")
    with pytest.raises(ValueError, match="key"):
        record_path("InformationRegister_X", {}, MOSCOW)


def numbered(count: int) -> list[dict[str, Any]]:
    return [
        {"Ref_Key": f"k{number}", "Date": f"2026-01-{1 + number // 4:02}T00:00:00"}
        for number in range(count)
    ]


@pytest.mark.parametrize("order", [("Date", "Number"), ("Code",)])
def test_a_set_at_rest_costs_one_request_a_page(order: tuple[str, ...]) -> None:
    rows, place, requests = numbered(40), Place(order), 0
    given: list[dict[str, str]] = []
    while len(given) < 40:
        skip, top = place.ask(10)
        found = [row for row in rows if row["Date"] >= place.floor][skip : skip + top]
        given += [found[new] for new in place.accept(found) or ()]
        requests += 1
    assert given == rows
    assert requests == 4


def test_documents_are_asked_from_the_last_date_on_and_others_are_not() -> None:
    rows = numbered(12)
    by_date, by_code = Place(("Date", "Number")), Place(("Code",))
    for place in (by_date, by_code):
        place.ask(10)
        place.accept(rows[:10])
    assert (by_date.floor, by_date.skip) == ("2026-01-03T00:00:00", 2)
    assert (by_code.floor, by_code.skip) == ("", 10)
    assert by_date.ask(10) == (1, 11)
    assert by_date.anchor == "k9"


@pytest.mark.parametrize("dates", [["x", "y"], [None, "2026-01-01T00:00:00"], ["b", "a"]])
def test_dates_that_cannot_be_trusted_are_not_counted_from(dates: list[str | None]) -> None:
    place = Place(("Date",))
    place.ask(2)
    place.accept([{"Ref_Key": f"k{n}", "Date": date} for n, date in enumerate(dates)])
    assert (place.floor, place.skip) == ("", 2)


def test_rows_without_a_key_are_read_by_count_alone() -> None:
    place = Place(("Period",))
    assert place.ask(2) == (0, 2)
    assert place.accept([{"Сумма": 1}, {"Сумма": 1}]) == range(2)
    assert place.ask(2) == (2, 2)


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ({"Ref_Key": "a", "Code": "1"}, "a"),
        ({"Ref_Key": "a", "LineNumber": "2"}, ("a", "2")),
        ({"Recorder": "r", "Recorder_Type": "t", "LineNumber": "1"}, ("r", "t", "1")),
        ({"Period": "p", "Курс": 1}, "p"),
    ],
)
def test_rows_are_told_apart_by_what_makes_them_one_of_a_kind(
    row: dict[str, Any], key: object
) -> None:
    assert RowKeys(("Period",)).of([row]) == [key]


def test_rows_that_share_a_key_cannot_be_told_apart() -> None:
    keys = RowKeys(())
    assert keys.of([{"Ref_Key": "a"}, {"Ref_Key": "a"}]) is None
    assert keys.of([{"Ref_Key": "b"}]) is None


ROW = {"Ref_Key": "a", "Товары": [{"Имя": 'с "кавычками" и {скобками} \\'}], "Сумма": 10.5}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("head", [{}, {"odata.metadata": "http://x#y", "odata.count": "3"}])
def test_a_page_hands_on_just_its_rows(indent: int | None, head: dict[str, str]) -> None:
    came = [ROW | {"Ref_Key": key} for key in "abc"]
    answer = json.dumps(head | {"value": came}, ensure_ascii=False, indent=indent).encode()
    unread = wire_json.entries(wire_json.BOM + answer)
    known = wire_json.narrowed(wire_json.BOM + answer, unread, ("Ref_Key", "Date"))
    assert known == [{"Ref_Key": key} for key in "abc"]
    page = RawPage(unread[1:], skip=1)
    assert wire_json.decode(page.body)["value"] == came[1:]
    assert list(page.pieces(1)) == [came[1:2], came[2:]]
    assert page.next_skip == 3


@pytest.mark.parametrize(
    "damaged",
    ['{"value": [{"Ref_Key": "a"', '{"value": {}}', '{"error": 1}', '{"value": [1]}', "[]", ""],
)
def test_an_answer_that_is_no_set_of_rows_hands_on_nothing(damaged: str) -> None:
    with pytest.raises(wire_json.NotJson):
        wire_json.narrowed(damaged.encode(), wire_json.entries(damaged.encode()), ("Ref_Key",))


@pytest.mark.parametrize(
    "doubled",
    [
        '{"value":[{"a":1},{"a":3}],"value":[{"a":1},{"a":2}]}',
        '{"value":[],"value":[{"a":1}]}',
        '{"value":[{"a":1}],"value":[{"a":1}]}',
        '{"value":[{"a":1}],"b":"x","value":[{"a":1}]}',
        '{"odata.count":"1","odata.count":"2","b":1,"value":[{"a":1}]}',
    ],
)
def test_rows_under_a_second_value_are_not_lost_without_a_word(doubled: str) -> None:
    with pytest.raises(wire_json.NotJson, match="twice"):
        wire_json.entries(doubled.encode())


@pytest.mark.parametrize("damaged", [b'{"a": "\xff"}', b'{"a": 1, "a": 2}'])
def test_damage_within_a_row_is_found_when_the_row_is_read(damaged: bytes) -> None:
    unread = wire_json.entries(b'{"value": [%b]}' % damaged)
    with pytest.raises(wire_json.NotJson):
        list(RawPage(unread, skip=0).pieces(10))


def test_columns_that_are_not_sent_keep_what_the_stored_rows_hold() -> None:
    stored = [
        {"LineNumber": "1", "Товар": "A", "Счет": "41", "Цена": Decimal(1)},
        {"LineNumber": "2", "Товар": "B", "Счет": "10", "Цена": Decimal(2)},
        {"LineNumber": "3", "Товар": "A", "Счет": "43", "Цена": Decimal(3)},
    ]
    sent = [
        {"LineNumber": "1", "Товар": "B", "Цена": 20},
        {"LineNumber": "2", "Товар": "A", "Цена": 10},
        {"LineNumber": "3", "Товар": "C", "Цена": 5},
        {"LineNumber": "4", "Товар": "A", "Цена": 7},
    ]
    complete = carried_over(sent, stored, ["Товар"])
    assert [row.get("Счет") for row in complete] == ["10", "41", None, "43"]
    assert [row["Цена"] for row in complete] == [20, 10, 5, 7]
    assert [row["LineNumber"] for row in complete] == ["1", "2", "3", "4"]
    assert carried_over(sent, None, ["Товар"]) == sent


@given(
    st.lists(st.sampled_from("ABC"), max_size=6),
    st.lists(st.sampled_from("ABC"), max_size=6),
)
def test_no_stored_row_is_used_twice(sent: list[str], stored: list[str]) -> None:
    rows = [{"LineNumber": str(n), "Товар": name} for n, name in enumerate(sent, 1)]
    held = [{"Товар": name, "Счет": n} for n, name in enumerate(stored)]
    used = [row["Счет"] for row in carried_over(rows, held, ["Товар"]) if "Счет" in row]
    assert len(used) == len(set(used))
    assert len(used) == sum(min(sent.count(name), stored.count(name)) for name in "ABC")
