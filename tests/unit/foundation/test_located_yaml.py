"""What is wrong with a file of YAML is told about that file, in words, each mistake once."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from provodka.foundation.errors import ConfigurationError, Place
from provodka.foundation.located_yaml import parse_yaml

HERE = Path("rules.yaml")


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "- " * 100_000, "{a: " * 5_000, "a: \x00", "a: [1", "a: *nobody", "\ta: 1"],
    ids=["brackets", "dashes", "braces", "no character", "unfinished", "no anchor", "tab"],
)
def test_what_is_no_yaml_is_named_with_its_file(text: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse_yaml(text, HERE)
    assert refused.value.code == "bad_yaml"
    assert "rules.yaml" in str(refused.value)
    assert len(str(refused.value)) < 500


class Term(BaseModel):
    """A setting with a choice of kinds, as rules have them."""

    at: Literal["start", "end"] | time
    days: int = Field(0, ge=0)


class Settings(BaseModel):
    """What the tests parse."""

    name: str
    terms: Annotated[tuple[Term, ...], Field(min_length=1)]


def mistakes(text: str) -> list[ConfigurationError]:
    with pytest.raises(ConfigurationError) as refused:
        parse_yaml(text, HERE).parse(Settings)
    return [refused.value, *refused.value.others]


def test_a_value_that_might_have_been_several_kinds_is_one_mistake() -> None:
    [error] = mistakes("name: a\nterms:\n- {at: '25:00'}\n")
    assert error.found == "«terms.0.at» = '25:00'"
    assert error.expected == "одно из: 'start', 'end' или время вида \"09:00\""
    assert error.place == Place(HERE, 3, 4)


def test_a_list_is_not_too_short_for_want_of_entries_that_are_wrong() -> None:
    [error] = mistakes("name: a\nterms:\n- {at: start, days: -3}\n")
    assert error.expected == "не меньше 0"
    [empty] = mistakes("name: a\nterms: []\n")
    assert empty.expected == "записей не меньше 1"


def test_a_word_that_yaml_takes_for_yes_is_told_to_be_quoted() -> None:
    [error] = mistakes("name: on\nterms:\n- {at: start}\n")
    assert error.expected == "строка; слова on, off, yes, no берут в кавычки"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a:\n\tb: 1", "знак табуляции вместо пробелов"),
        ("a: b: c", "двоеточие не на месте"),
        ("a:\n  - b\n c: 1", "отступ не такой, как у соседних строк"),
    ],
)
def test_a_usual_slip_of_yaml_is_told_in_words(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse_yaml(text, HERE)
    assert refused.value.found == said
