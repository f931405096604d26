"""A person is found however the name, the phone or the address is written, and no other is."""

from __future__ import annotations

import re

import pytest

from provodka.connectors.crm_store.people_traits import WIPED, Traits

MARIA = Traits(
    names=frozenset({"ИП Ёлкина Мария Петровна"}),
    phones=frozenset({"+79161234567"}),
    emails=frozenset({"masha.e@mail.example.ru"}),
    numbers=frozenset({"500100732259"}),
    addresses=frozenset({"г. Тверь, ул. Тихая, д. 7"}),
)
HERS = [
    *("Ёлкина Мария Петровна", "ЕЛКИНА  МАРИЯ", "Мария Ёлкина", "Мария Петровна Елкина"),
    *("Елкина М. П.", "Ёлкина М.П.", "М.П. Ёлкина", "елкина_мария"),
    *("8 (916) 123-45-67", "+7 916 1234567", "9161234567", "8-916-123-45-67", "79161234567"),
    *("Masha.E@Mail.Example.RU", "masha.e%40mail.example.ru", "<masha.e@mail.example.ru>"),
    *("ИНН 500100732259", "г. Тверь,  ул. Тихая, д. 7, подъезд 2"),
    "%D0%81%D0%BB%D0%BA%D0%B8%D0%BD%D0%B0+%D0%9C%D0%B0%D1%80%D0%B8%D1%8F",
    r'{"name": "\u0401\u043b\u043a\u0438\u043d\u0430 \u041c\u0430\u0440\u0438\u044f"}',
]
OTHERS = [
    *("Мария Петрова", "Ёлкина Анна", "Перёлкина Мария", "Мария"),
    *("19161234567", "91612345678", "+7 916 123-45-68", "1500100732259"),
    *("xmasha.e@mail.example.ru", "masha.e@mail.example.rus", "mashaXe@mail.example.ru"),
    "г. Тверь, ул. Тихая, д. 8",
]


@pytest.mark.parametrize("text", HERS)
def test_hers_is_found(text: str) -> None:
    assert re.search(MARIA.pattern(), text, re.IGNORECASE)


@pytest.mark.parametrize("text", HERS)
def test_what_is_found_has_the_hint_that_is_looked_for_first(text: str) -> None:
    assert re.search(MARIA.hints(), text)


@pytest.mark.parametrize("text", OTHERS)
def test_what_is_not_hers_is_left(text: str) -> None:
    assert not re.search(MARIA.pattern(), text, re.IGNORECASE)


@pytest.mark.parametrize(
    "nothing",
    [
        Traits(),
        Traits(names=frozenset({"Мария", WIPED})),
        Traits(phones=frozenset({"112"}), emails=frozenset({"x"}), numbers=frozenset({"12"})),
        Traits(addresses=frozenset({"Тверь"})),
    ],
)
def test_what_would_find_everybody_is_not_looked_for(nothing: Traits) -> None:
    assert (nothing.pattern(), nothing.hints()) == ("", "")


@pytest.mark.parametrize("odd", ["О'Нил (Jr.) [x]", "a.b+c*d?@x.yz", "(((", r"\d+ \w+"])
def test_signs_of_expressions_in_a_name_mean_themselves(odd: str) -> None:
    pattern = Traits(names=frozenset({odd}), emails=frozenset({odd})).pattern()
    assert not re.search(pattern or "$^", "совсем другой текст 12345 abc", re.IGNORECASE)
