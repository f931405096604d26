from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from provodka.connectors.http import AnswerTooLarge, HttpAnswer
from provodka.connectors.onec.odata.errors import (
    Call,
    ChangedMeanwhile,
    NotFound,
    failure,
    is_html,
    parse_error,
    unreadable,
)
from provodka.foundation.errors import (
    AccessDenied,
    ConfigurationError,
    ProvodkaError,
    Refused,
    SystemUnavailable,
    UnknownOutcome,
)

RECORDED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "data/onec/odata-errors.json").read_text(encoding="utf-8")
)
READING = Call("1С x/Catalog_A")
WRITING = Call("1С x/Catalog_A", writing=True)
EXPECTED: list[tuple[str, type[ProvodkaError], str, type[ProvodkaError], str]] = [
    ("", NotFound, "not_found", NotFound, "not_found"),
    ("", NotFound, "not_found", NotFound, "not_found"),
    ("", ConfigurationError, "bad_query", Refused, "base_rejected"),
    ("", ConfigurationError, "bad_query", Refused, "base_rejected"),
    ("Balance", ConfigurationError, "no_virtual_table", ConfigurationError, "no_virtual_table"),
    ("", ConfigurationError, "bad_query", Refused, "base_rejected"),
    ("", ConfigurationError, "bad_query", Refused, "base_rejected"),
    ("", ConfigurationError, "bad_query", Refused, "base_rejected"),
    ("", Refused, "base_refused", Refused, "base_refused"),
    ("", Refused, "base_refused", Refused, "base_refused"),
    ("", Refused, "base_refused", Refused, "base_refused"),
    ("", Refused, "base_refused", Refused, "base_refused"),
    ("", ConfigurationError, "bad_query", Refused, "base_refused"),
    ("", AnswerTooLarge, "page_too_heavy", UnknownOutcome, "unknown_outcome"),
    ("", ConfigurationError, "bad_query", Refused, "base_refused"),
    ("", Refused, "base_refused", Refused, "base_refused"),
    ("", AccessDenied, "no_rights", AccessDenied, "no_rights"),
    ("", ConfigurationError, "unsupported", ConfigurationError, "unsupported"),
]
"""For each recorded case: the virtual table asked for, class and code of a read and of a write."""


def http(status: int, body: bytes | str = b"", **headers: str) -> HttpAnswer:
    data = body.encode() if isinstance(body, str) else body
    return HttpAnswer(status, {k.replace("_", "-"): v for k, v in headers.items()}, data, 0.1)


def as_json(case: dict[str, Any]) -> str:
    message = {"lang": "ru", "value": case["text"]}
    return json.dumps({"odata.error": {"code": case["code"], "message": message}})


def as_xml(case: dict[str, Any]) -> str:
    namespace = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"
    text = case["text"].replace("&", "&amp;").replace("<", "&lt;")
    code = case["code"] or ""
    return (
        f'<m:error xmlns:m="{namespace}"><m:code>{code}</m:code>'
        f"<m:message>{text}</m:message></m:error>"
    )


spoken = [one for one in RECORDED if one["http"] != 200 and "bare" not in one["text"]]


@pytest.mark.parametrize("written", [as_json, as_xml])
@pytest.mark.parametrize(("case", "expected"), list(zip(spoken, EXPECTED, strict=True)))
def test_a_recorded_error_has_its_class_its_code_the_bases_words_and_a_next_step(
    case: dict[str, Any], expected: tuple[Any, ...], written: Any
) -> None:
    answer = http(case["http"], written(case))
    table, *outcomes = expected
    for writing, (kind, code) in zip((False, True), (outcomes[:2], outcomes[2:]), strict=True):
        call = Call("1С x/Catalog_A", writing=writing, table=table)
        error = failure(answer, call)
        assert (type(error), error.code) == (kind, code)
        assert case["text"] in error.found
        assert call.where in str(error)
        assert error.next_step


def test_the_bare_404_of_a_long_address_and_a_login_page_with_200_are_the_other_two() -> None:
    bare, page = (case for case in RECORDED if case not in spoken)
    error = failure(http(bare["http"]), Call("1С", query_length=2049))
    assert (type(error), error.code) == (ConfigurationError, "url_too_long")
    assert error.next_step
    assert page["http"] == 200
    assert is_html(b"<html><body>login</body></html>")
    asked_again = unreadable(READING, page["text"])
    assert (type(asked_again), asked_again.code) == (SystemUnavailable, "senseless_answer")
    assert asked_again.next_step


def test_a_version_that_is_not_the_objects_any_more_is_told_apart() -> None:
    error = failure(http(412, as_json({"code": "15", "text": "Версия"})), WRITING)
    assert type(error) is ChangedMeanwhile
    assert error.code == "changed_meanwhile"


def test_every_recorded_case_is_covered() -> None:
    assert len(RECORDED) == 20
    assert len(spoken) == 18


@pytest.mark.parametrize("case", [case for case in RECORDED if "body_json" in case])
def test_the_recorded_json_body_is_read(case: dict[str, Any]) -> None:
    said = parse_error(http(case["http"], case["body_json"]))
    assert said is not None
    assert (said.code, said.text) == (case["code"], case["text"])


@pytest.mark.parametrize("case", [case for case in RECORDED if "body" in case])
def test_the_recorded_xml_bodies_are_read_with_either_namespace_style(case: dict[str, Any]) -> None:
    said = parse_error(http(case["http"], case["body"]))
    assert said is not None
    assert said.code == case["code"]


def test_a_bare_404_to_a_long_address_says_that_the_address_is_too_long() -> None:
    error = failure(http(404), Call("1С", query_length=2100))
    assert isinstance(error, ConfigurationError)
    assert error.code == "url_too_long"
    assert "2100" in error.found


def test_a_bare_404_to_a_short_address_says_that_there_is_no_odata_here() -> None:
    error = failure(http(404, "<html>Not Found</html>"), READING)
    assert isinstance(error, ConfigurationError)
    assert error.code == "no_service"


def test_a_set_that_is_not_published_says_how_to_publish_it() -> None:
    body = as_json({"code": "8", "text": "Тип сущности не найден"})
    error = failure(http(404, body), READING)
    assert isinstance(error, ConfigurationError)
    assert error.code == "not_published"
    assert "REST-сервиса" in error.next_step


def test_a_plain_401_is_a_wrong_login_and_one_with_code_20_missing_rights() -> None:
    assert failure(http(401), READING).code == "bad_login"
    rights = as_json({"code": "20", "text": "Нарушение прав доступа"})
    assert failure(http(401, rights), READING).code == "no_rights"


def test_a_licence_shortage_waits_a_minute_or_as_long_as_the_base_says() -> None:
    error = failure(http(406), READING)
    assert isinstance(error, SystemUnavailable)
    assert error.retry_after == timedelta(minutes=1)
    said = failure(http(406, retry_after="5"), WRITING)
    assert isinstance(said, SystemUnavailable)
    assert said.retry_after == timedelta(seconds=5)


@pytest.mark.parametrize("body", ["", "<html><h1>500</h1></html>", '{"x": 1}', "<broken"])
def test_a_500_without_an_explanation_is_a_passing_trouble_or_an_unknown_outcome(
    body: str,
) -> None:
    assert type(failure(http(500, body), READING)) is SystemUnavailable
    assert type(failure(http(500, body), WRITING)) is UnknownOutcome


def test_a_500_with_plain_text_is_the_bases_own_refusal() -> None:
    error = failure(http(500, "Не удалось записать: Счет-фактура выданный!"), WRITING)
    assert type(error) is Refused
    assert error.found == "Не удалось записать: Счет-фактура выданный!"


@pytest.mark.parametrize(
    "text",
    [
        "1C:Enterprise 8 application error",
        "Конфликт блокировок при выполнении транзакции: превышено время ожидания",
        "Начало сеанса с информационной базой запрещено. Обновление базы.",
        "Не найдена лицензия. Не обнаружен ключ защиты программы",
    ],
)
def test_a_trouble_of_the_platform_is_no_refusal_of_the_document(text: str) -> None:
    assert type(failure(http(500, text), READING)) is SystemUnavailable
    assert type(failure(http(500, text), WRITING)) is UnknownOutcome


def test_a_redirect_names_the_address_to_write_into_the_settings() -> None:
    error = failure(http(301, location="https://new/base"), READING)
    assert isinstance(error, ConfigurationError)
    assert "https://new/base" in error.found


def test_an_entity_bomb_in_an_error_body_is_not_expanded() -> None:
    bomb = '<!DOCTYPE e [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><error><code>&b;</code></error>'
    assert parse_error(http(400, bomb)) is None


def test_an_endless_text_of_the_base_is_cut() -> None:
    error = failure(http(500, as_json({"code": "-1", "text": "я" * 100_000})), READING)
    assert len(error.found) < 3000


@pytest.mark.parametrize(
    ("body", "html"),
    [
        (b"<!DOCTYPE html><p>", True),
        (b"\xef\xbb\xbf\r\n<HTML>", True),
        (b'<?xml version="1.0"?><html xmlns="x">', True),
        (b'{"value": [{"A": "<html>"}]}', False),
        (b'<?xml version="1.0"?><feed>', False),
        (b"", False),
    ],
)
def test_a_web_page_is_told_from_data(body: bytes, html: bool) -> None:
    assert is_html(body) is html


def test_what_cannot_be_understood_after_a_write_is_unknown() -> None:
    assert type(unreadable(WRITING, "?")) is UnknownOutcome
    assert type(unreadable(READING, "?")) is SystemUnavailable
