"""Damaged objects: the reader refuses exactly those that libxml2's XML Schema refuses."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.contract.onec.enterprise_data_format.ed_xsd import objects_of, xsd

from provodka.connectors.onec.enterprise_data.message import (
    Misread,
    namespace_of,
    read_object,
    supported_versions,
)

SAMPLES = Path("tests/data/onec/enterprise_data")
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
TEXTS = [
    *["", " ", "abc", "true", "1", "0", "-1", "+5", " 5 ", "1.", ".5", ".", "-", "00.10", "1e5"],
    *["NaN", "12.345", "12.34500", "9999999999999.99", "99999999999999.99", "123456789012"],
    *["2147483648", "2026-01-01", "2026-02-30", "2026-01-01T00:00:00", "2026-01-01T25:00:00"],
    *["2026-01-01T00:00:00Z", "20260101", "НДС20", "СПокупателем", "x" * 300, "٣", "1_000"],
]
NAMES = ["Чужой", "Сумма", "Количество", "Ссылка", "Строка", "Комментарий", "Дата", "Валюта"]


@cache
def samples(version: str) -> list[etree._Element]:
    objects = objects_of((SAMPLES / f"month_{version}.xml").read_bytes())
    return [one for one in objects if not one.tag.endswith("УдалениеОбъекта")]


@st.composite
def damaged(draw: st.DrawFn, version: str) -> etree._Element:
    """An object of the sample message, changed in one to three places."""
    top = copy.deepcopy(draw(st.sampled_from(samples(version))))
    for _time in range(draw(st.integers(1, 3))):
        inner = list(top.iterdescendants())
        if inner:
            DAMAGES[draw(st.sampled_from(sorted(DAMAGES)))](draw, draw(st.sampled_from(inner)))
    return top


def remove(_draw: st.DrawFn, one: etree._Element) -> None:
    parent = one.getparent()
    assert parent is not None
    parent.remove(one)


def repeat(_draw: st.DrawFn, one: etree._Element) -> None:
    one.addnext(copy.deepcopy(one))


def swap(_draw: st.DrawFn, one: etree._Element) -> None:
    following = one.getnext()
    if following is not None:
        following.addnext(one)


def rename(draw: st.DrawFn, one: etree._Element) -> None:
    namespace = etree.QName(one).namespace
    one.tag = f"{{{namespace}}}{draw(st.sampled_from(NAMES))}"


def rewrite(draw: st.DrawFn, one: etree._Element) -> None:
    if not len(one):
        one.text = draw(st.sampled_from(TEXTS))


def scribble(_draw: st.DrawFn, one: etree._Element) -> None:
    one.tail = "лишнее"


def empty(draw: st.DrawFn, one: etree._Element) -> None:
    one.clear()
    if draw(st.booleans()):
        one.set(NIL, "true")


def nest(_draw: st.DrawFn, one: etree._Element) -> None:
    if not len(one):
        etree.SubElement(one, one.tag)


DAMAGES = {
    each.__name__: each for each in (remove, repeat, swap, rename, rewrite, scribble, empty, nest)
}


@pytest.mark.parametrize("version", supported_versions())
def test_damaged_objects_are_refused_exactly_when_the_schema_refuses_them(version: str) -> None:
    @settings(max_examples=150, deadline=None)
    @given(damaged(version))
    def holds(top: etree._Element) -> None:
        payload = etree.tostring(top, encoding="unicode")
        found = read_object(payload, version)
        refused = not xsd(version).validate(etree.fromstring(payload))
        assert isinstance(found, Misread) == refused, (found, xsd(version).error_log)

    holds()


@pytest.mark.parametrize("version", supported_versions())
def test_the_samples_themselves_satisfy_the_schema(version: str) -> None:
    for one in samples(version):
        assert etree.QName(one).namespace == namespace_of(version)
        xsd(version).assertValid(one)
