"""The log: lines for people or for machines, and nobody's secrets in either."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from provodka.foundation.logs import conceal, configure_logs


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    logging.getLogger("provodka").setLevel(logging.NOTSET)
    structlog.reset_defaults()


def test_a_machine_gets_one_json_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(human=False)
    structlog.get_logger("provodka.test").info("pulled", mapping="client", new=3)
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["mapping"], line["new"]) == ("pulled", "client", 3)
    assert (line["logger"], line["level"]) == ("provodka.test", "info")


def test_a_person_gets_lines_without_braces(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(human=True)
    structlog.get_logger("provodka.test").info("pulled", new=3)
    told = capsys.readouterr().err
    assert "pulled" in told
    assert "new=3" in told
    assert "{" not in told


def test_nothing_of_the_log_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(human=False)
    structlog.get_logger("provodka.test").warning("late")
    assert capsys.readouterr().out == ""


def test_libraries_speak_only_from_warnings_up(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(human=False, verbose=True)
    logging.getLogger("httpx").info("GET /secret")
    structlog.get_logger("provodka.test").debug("detail")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == [
        "detail"
    ]


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("password", "qwerty", "***"),
        ("phone", "+79123456789", "***"),
        ("said", "пишите на ivan@mail.example", "пишите на ***@mail.example"),
        ("said", "звоните +7 (912) 345-67-89", "звоните ***"),
        ("said", "номер 89123456789 занят", "номер *** занят"),
        ("url", "postgresql://hub:qwerty@db/hub", "postgresql://***@db/hub"),
        ("deep", {"to": [{"email": "a@b.example"}]}, {"to": [{"email": "***"}]}),
        ("key", "rule|019ab111-1111-7111-8111-123456789012", None),
        ("inn", "7707083893", None),
        ("count", 89123456789, None),
    ],
)
def test_secrets_and_personal_data_are_hidden_and_keys_are_not(
    field: str, value: object, kept: object
) -> None:
    told = conceal(None, "info", {field: value})[field]
    assert told == (value if kept is None else kept)


def test_the_parameters_of_a_failed_statement_are_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs(human=False)
    person = "Иванов"
    try:
        raise ValueError(f"refused\n[parameters: {{'name': '{person}'}}]")
    except ValueError:
        structlog.get_logger("provodka.test").exception("broke")
    told = json.loads(capsys.readouterr().err)
    assert "refused" in told["exception"]
    assert "Иванов" not in told["exception"]


def test_a_row_that_the_database_quotes_in_a_refusal_is_left_out() -> None:
    refusal = (
        'psycopg.errors.CheckViolation: new row violates "ck_client_kind"\n'
        "DETAIL:  Failing row contains (Иванова Анна, ул. Мира, 1).\n"
        "CONTEXT:  COPY staging, line 1: Иванова"
    )
    told = conceal(None, "error", {"event": "failed", "exception": refusal})["exception"]
    assert "ck_client_kind" in told
    assert "Иванова" not in told
