"""No code is left without a word where a person reads it."""

from __future__ import annotations

import typing

import pytest

from provodka.connectors.crm_store.tables import metadata
from provodka.connectors.crm_store.tables.hub import outbox, run
from provodka.dashboards.insight.counted import counter_word, tally
from provodka.dashboards.insight.fields import CHOICES, field_title, part_title, value_word
from provodka.dashboards.insight.wording import (
    action_word,
    state_word,
    stream_word,
    system_word,
    who,
)
from provodka.trigger_rules import effects

JOURNALED = [table for table in metadata.tables.values() if "journal" in table.info]


def choices(comment: str | None) -> list[str]:
    """The codes that a column may hold: its comment lists them after the last colon."""
    _sense, _colon, listed = (comment or "").rpartition(": ")
    return listed.split(" | ") if " | " in listed else []


CHECKED = [
    (*table.info["journal"][:2], column.name, value)
    for table in JOURNALED
    for column in table.columns
    for value in choices(column.comment)
]


@pytest.mark.parametrize(("kind", "part", "field", "value"), CHECKED)
def test_every_checked_value_of_a_document_has_a_word(
    kind: str, part: str, field: str, value: str
) -> None:
    word = value_word(kind, part, field, value)
    assert word != value
    assert not word.isascii() or word[0].isdigit()


def test_words_are_kept_only_for_values_that_there_are() -> None:
    known = {(kind, field, value) for kind, _part, field, value in CHECKED}
    kept = {(*of, value) for of, words in CHOICES.items() for value in words}
    assert kept <= known


@pytest.mark.parametrize("effect", typing.get_args(effects.Effect))
def test_every_effect_of_a_rule_has_a_word(effect: type) -> None:
    assert not action_word(effect.__name__).isascii()


@pytest.mark.parametrize(
    "state", [*choices(run.c.state.comment), *choices(outbox.c.state.comment), "skipped", "busy"]
)
def test_every_state_of_an_errand_and_of_a_run_has_a_word(state: str) -> None:
    assert not state_word(state).isascii()


@pytest.mark.parametrize(
    ("of", "title"),
    [
        (("invoice", "", "accounting"), "Счет в бухгалтерии"),
        (("invoice", "", "paid_amount"), "Оплачено по проведенным платежам"),
        (("invoice", "", "currency"), "Валюта"),
        (("call", "", "call_key"), "Ключ разговора на АТС"),
        (("employee", "", "name"), "Фамилия, имя, отчество"),
        (("invoice", "lines", "quantity"), "Количество"),
        (("deal", "", "deleted_at"), "Удалено"),
        (("deal", "", "unheard_of"), "unheard_of"),
        (("unheard_of", "", "name"), "name"),
    ],
)
def test_a_field_is_called_by_the_beginning_of_its_columns_comment(
    of: tuple[str, str, str], title: str
) -> None:
    assert field_title(*of) == title


def test_in_english_a_field_keeps_its_name_and_its_value_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PROVODKA_LANG", "en")
    assert field_title("invoice", "", "paid_amount") == "paid_amount"
    assert value_word("product", "", "vat_rate", "none") == "no VAT"


@pytest.mark.parametrize("value", ["какой-то", 5, None, ["open"]])
def test_a_value_without_a_word_stays_as_it_is(value: object) -> None:
    assert value_word("deal", "", "status", value) == value


def test_a_value_of_a_row_is_not_taken_for_one_of_the_document() -> None:
    assert value_word("deal", "items", "status", "open") == "open"


@pytest.mark.parametrize("table", [table for table in JOURNALED if table.info["journal"][1]])
def test_every_tabular_section_has_a_word(table: typing.Any) -> None:
    assert not part_title(table.info["journal"][1]).isascii()


@pytest.mark.parametrize(
    ("stream", "word"),
    [
        ("onec:client", "1С: клиент"),
        ("calls:office", "звонки office"),
        ("push:onec", "отправка в 1С"),
        ("triggers", "правила"),
        ("mail", "почта"),
        ("reports", "reports"),
    ],
)
def test_streams_are_told_in_words(stream: str, word: str) -> None:
    assert stream_word(stream) == word


def test_systems_and_authors_are_told_in_words() -> None:
    assert (system_word("onec"), system_word("calls:office")) == ("1С", "звонки office")
    assert (who("rule:greet"), who("onec"), who("seed")) == ("правило greet", "1С", "seed")


def test_counters_are_told_in_words_with_zeros_left_out() -> None:
    assert tally({"read": 3, "new": 0, "same": 3}) == "прочитано 3, без изменений 3"
    assert counter_word("unheard_of") == "unheard_of"
