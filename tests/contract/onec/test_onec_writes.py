"""Writing to a base that loses answers, cuts strings and drops fields."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from tests.contract.onec.opening import OpenBase
from tests.contract.onec.scripted_server import DROP, Seen, answer, rows

from provodka.connectors.onec.odata.errors import NotFound
from provodka.connectors.onec.odata.filters import Field
from provodka.connectors.onec.odata.literals import Ref
from provodka.connectors.onec.odata.writes import StoredDifferently
from provodka.foundation.errors import (
    AmbiguousMatch,
    ConfigurationError,
    Difference,
    Refused,
    SystemUnavailable,
    UnknownOutcome,
)

KEY = UUID("41aa6331-954f-11e3-814b-005056c00008")
INVOICES = "Document_СчетНаОплатуПокупателю"
MOSCOW = ZoneInfo("Europe/Moscow")
BODY: dict[str, Any] = {
    "Date": datetime(2026, 11, 22, 0, 30, tzinfo=MOSCOW),
    "Контрагент_Key": KEY,
    "Комментарий": "Счёт из CRM, метка 0198-77 ",
    "СуммаДокумента": Decimal("1200.00"),
    "Товары": [
        {"Номенклатура": Ref("Catalog_Номенклатура", KEY), "Цена": Decimal("400.10")},
        {"Номенклатура": Ref("Catalog_Номенклатура", KEY), "Цена": Decimal("799.90")},
    ],
}
MARK: dict[str, Any] = {"marker_field": "Комментарий", "marker": "0198-77"}


def storing(**changes: Any) -> Any:
    """A base that stores what it gets, apart from these changes, and returns the whole object."""

    def play(request: Seen) -> bytes:
        row = json.loads(request.body) | {"Ref_Key": str(KEY), "DataVersion": "AAAAAAAAAAI="}
        return answer(201, row | changes)

    return play


def stored() -> bytes:
    """The object as an earlier create left it."""
    lines = [
        {
            "LineNumber": str(number),
            "Номенклатура": str(KEY),
            "Номенклатура_Type": "StandardODATA.Catalog_Номенклатура",
            "Цена": price,
        }
        for number, price in ((1, 400.1), (2, 799.9))
    ]
    return answer(
        200,
        {
            "Ref_Key": str(KEY),
            "Date": "2026-11-22T00:30:00",
            "Контрагент_Key": str(KEY),
            "Комментарий": BODY["Комментарий"],
            "СуммаДокумента": 1200,
            "Товары": lines,
        },
    )


FOUND = rows({"Ref_Key": str(KEY)})


def test_a_document_is_created_and_what_was_stored_is_compared(
    base_that_answers: OpenBase,
) -> None:
    base, server = base_that_answers(rows(), storing())
    written = base.create(INVOICES, BODY, **MARK)
    assert (written.ref, written.version, written.found) == (KEY, "AAAAAAAAAAI=", False)
    sent = json.loads(server.seen[1].body)
    assert server.seen[1].method == "POST"
    assert sent["Date"] == "2026-11-22T00:30:00"
    assert [row["LineNumber"] for row in sent["Товары"]] == ["1", "2"]
    assert b"400.10" in server.seen[1].body


def test_a_document_that_an_earlier_attempt_made_is_found_and_not_made_again(
    base_that_answers: OpenBase,
) -> None:
    base, server = base_that_answers(FOUND, stored())
    narrow = Field("Date") >= datetime(2026, 11, 1, tzinfo=MOSCOW)
    written = base.create(INVOICES, BODY, lookup_filter=narrow, **MARK)
    assert written.found
    assert [one.method for one in server.seen] == ["GET", "GET"]
    assert (
        "$filter=Date ge datetime'2026-11-01T00:00:00' and substringof('0198-77',Комментарий)"
        in server.seen[0].asked
    )


@pytest.mark.parametrize(
    "lost",
    [
        DROP,
        answer(504),
        answer(200, "<html>busy</html>"),
        answer(201, '{"Ref_Key": "41aa'),
        answer(201, "{}"),
        answer(201, '{"Ref_Key": "no guid"}'),
        answer(201),
        answer(500, "<html>crash</html>"),
    ],
)
def test_a_create_whose_answer_is_lost_is_looked_up_and_not_repeated(
    base_that_answers: OpenBase, lost: bytes
) -> None:
    base, server = base_that_answers(lost, FOUND, stored())
    assert base.create(INVOICES, BODY, may_exist=False, **MARK).ref == KEY
    assert [one.method for one in server.seen] == ["POST", "GET", "GET"]


def test_a_lost_create_that_is_not_there_yet_stays_unknown(base_that_answers: OpenBase) -> None:
    base, server = base_that_answers(DROP, rows())
    with pytest.raises(UnknownOutcome):
        base.create(INVOICES, BODY, may_exist=False, **MARK)
    assert [one.method for one in server.seen] == ["POST", "GET"]


def test_a_lost_create_whose_look_up_fails_too_stays_unknown(base_that_answers: OpenBase) -> None:
    base, _server = base_that_answers(DROP)
    with pytest.raises(UnknownOutcome):
        base.create(INVOICES, BODY, may_exist=False, **MARK)


def test_two_documents_with_one_marker_are_for_a_person(base_that_answers: OpenBase) -> None:
    base, server = base_that_answers(rows({"Ref_Key": str(KEY)}, {"Ref_Key": "other"}))
    with pytest.raises(AmbiguousMatch) as caught:
        base.create(INVOICES, BODY, **MARK)
    assert caught.value.candidates == (str(KEY), "other")
    assert len(server.seen) == 1


def test_a_document_without_its_marker_is_refused_before_it_is_sent(
    base_that_answers: OpenBase,
) -> None:
    base, server = base_that_answers(rows())
    with pytest.raises(ConfigurationError, match="метки"):
        base.create(INVOICES, BODY, marker_field="Комментарий", marker="другая")
    assert server.seen == []


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        (
            {"Комментарий": "Счёт из CRM, метка 0198-77"},
            Difference("Комментарий", BODY["Комментарий"], "Счёт из CRM, метка 0198-77"),
        ),
        (
            {"СуммаДокумента": 1199.99},
            Difference("СуммаДокумента", Decimal("1200.00"), Decimal("1199.99")),
        ),
        (
            {"Date": "2026-11-21T21:30:00"},
            Difference("Date", "2026-11-22T00:30:00", "2026-11-21T21:30:00"),
        ),
        ({"Товары": []}, Difference("Товары[]", 2, 0)),
    ],
)
def test_a_document_stored_differently_is_an_error_with_both_values_and_its_reference(
    base_that_answers: OpenBase, changes: dict[str, Any], difference: Difference
) -> None:
    base, _server = base_that_answers(storing(**changes))
    with pytest.raises(StoredDifferently, match=difference.field.replace("[]", "")) as caught:
        base.create(INVOICES, BODY, may_exist=False, **MARK)
    assert caught.value.differences == (difference,)
    assert caught.value.written.ref == KEY


def test_a_cell_stored_differently_is_named_by_row(base_that_answers: OpenBase) -> None:
    def rounding(request: Seen) -> bytes:
        row = json.loads(request.body) | {"Ref_Key": str(KEY)}
        row["Товары"][1]["Цена"] = 800
        return answer(201, row)

    base, _server = base_that_answers(rounding)
    with pytest.raises(StoredDifferently, match=r"Товары\[2\]\.Цена"):
        base.create(INVOICES, BODY, may_exist=False, **MARK)


def test_a_base_that_refuses_is_quoted_and_not_asked_again(base_that_answers: OpenBase) -> None:
    said = "Ошибка при выполнении обработчика - 'ПриЗаписи'"
    error = {"odata.error": {"code": "-1", "message": {"lang": "ru", "value": said}}}
    base, server = base_that_answers(answer(500, error))
    with pytest.raises(Refused, match="ПриЗаписи"):
        base.create(INVOICES, BODY, may_exist=False, **MARK)
    assert len(server.seen) == 1


def test_a_create_that_could_not_connect_changed_nothing(base_that_answers: OpenBase) -> None:
    base, server = base_that_answers(rows())
    server.__exit__()
    with pytest.raises(SystemUnavailable):
        base.create(INVOICES, BODY, may_exist=False, **MARK)


def test_an_update_sends_only_what_is_named_and_is_compared(base_that_answers: OpenBase) -> None:
    base, server = base_that_answers(storing(), storing(ИНН="77"))
    assert base.update("Catalog_Контрагенты", KEY, {"ИНН": "7701"}).row["ИНН"] == "7701"
    assert server.seen[0].method == "PATCH"
    assert json.loads(server.seen[0].body) == {"ИНН": "7701"}
    with pytest.raises(StoredDifferently):
        base.update("Catalog_Контрагенты", KEY, {"ИНН": "7701"})


def test_an_update_answered_without_a_body_is_read_back(base_that_answers: OpenBase) -> None:
    base, server = base_that_answers(answer(204), answer(200, {"ИНН": "7701"}))
    base.update("Catalog_Контрагенты", KEY, {"ИНН": "7701"})
    assert [one.method for one in server.seen] == ["PATCH", "GET"]


def test_an_update_of_what_is_not_there_says_so(base_that_answers: OpenBase) -> None:
    error = {"odata.error": {"code": "9", "message": {"value": "не найден"}}}
    base, _server = base_that_answers(answer(404, error))
    with pytest.raises(NotFound):
        base.update("Catalog_Контрагенты", KEY, {"ИНН": "7701"})


def test_a_document_is_posted_and_unposted_by_the_bases_own_actions(
    base_that_answers: OpenBase,
) -> None:
    base, server = base_that_answers(answer(200))
    base.post(INVOICES, KEY)
    base.post(INVOICES, KEY, operational=True)
    base.unpost(INVOICES, KEY)
    tails = [one.asked.rpartition("/")[2] for one in server.seen]
    assert tails == [
        "Post?PostingModeOperational=false",
        "Post?PostingModeOperational=true",
        "Unpost",
    ]
    assert {one.method for one in server.seen} == {"POST"}


def test_deleting_sets_the_mark_and_never_deletes(base_that_answers: OpenBase) -> None:
    base, server = base_that_answers(storing())
    base.mark_deleted(INVOICES, KEY)
    base.mark_deleted(INVOICES, KEY, marked=False)
    assert [one.method for one in server.seen] == ["PATCH", "PATCH"]
    assert json.loads(server.seen[0].body) == {"DeletionMark": True}
    assert not hasattr(base, "delete")


@pytest.mark.parametrize(("on", "header"), [(True, "true"), (False, None)])
def test_the_load_mode_is_a_setting(
    base_that_answers: OpenBase, on: bool, header: str | None
) -> None:
    base, server = base_that_answers(storing(), load_mode=on)
    base.update("Catalog_A", KEY, {"ИНН": "1"})
    assert server.seen[0].headers.get("1c_odata-dataloadmode") == header
