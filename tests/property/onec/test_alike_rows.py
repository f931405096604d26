"""Reading rows by the shape of the first one gives what reading them one by one gives."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from provodka.connectors.onec.odata import alike_rows, wire_json
from provodka.connectors.onec.odata.alike_rows import read_rows

names = st.sampled_from(["Ref_Key", "Сумма", "Имя", "odata.type", 'с "кавычкой":', "a\\b", ""])
plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.decimals(allow_nan=False, allow_infinity=False, places=3),
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.sampled_from(['":', '\\":', '{"Имя": 1}', "NaN"]),
)
lines = st.lists(st.dictionaries(names, plain, max_size=3), max_size=3)
values = st.one_of(plain, lines, st.lists(plain, max_size=2), st.dictionaries(names, plain))
rows_of_any_shape = st.lists(st.dictionaries(names, values, max_size=5), max_size=6)


def told(value: Any) -> str:
    """JSON with decimals as numbers, as 1C writes it."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{told(name)}:{told(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(told, value)) + "]"
    return f"{value:f}" if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


@st.composite
def alike(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows of one shape, sections included, now and then with one that is not."""
    fields = draw(st.lists(names, unique=True, min_size=1))
    own = draw(st.lists(names, unique=True))
    section = st.lists(st.fixed_dictionaries(dict.fromkeys(own, plain)), max_size=3)
    row = st.fixed_dictionaries(dict.fromkeys(fields, plain) | {"Товары": section})
    return draw(st.lists(st.one_of(row, row, row, st.dictionaries(names, values)), min_size=1))


@given(st.one_of(alike(), rows_of_any_shape))
@example([{"Товары": [{"Имя": 1}]}, {"Товары": [{}]}, {"Товары": None}])
@example([{"a": 1, "b": 2}, {"a": 1}, {"a": 1, "b": 2, "c": 3}])
def test_rows_read_together_are_the_rows(rows: list[dict[str, Any]]) -> None:
    body = told({"value": rows}).encode()
    unread = wire_json.entries(body)
    found = read_rows(unread)
    assert found == rows == wire_json.decode(body)["value"]
    assert not any(type(value) is float for row in found for value in row.values())


@given(alike(), st.data())
def test_a_key_that_comes_twice_is_refused_wherever_it_is(
    rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    texts = [told(row) for row in rows]
    places = [place for place, row in enumerate(rows) if row]
    assume(places)
    place = data.draw(st.sampled_from(places))
    name = json.dumps(data.draw(st.sampled_from(list(rows[place]))), ensure_ascii=False)
    texts[place] = f"{texts[place][:-1]},{name}:1}}"
    unread = wire_json.entries(f'{{"value":[{",".join(texts)}]}}'.encode())
    with pytest.raises(wire_json.NotJson, match="twice"):
        read_rows(unread)


def test_rows_of_one_shape_are_not_read_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"Ref_Key": "a", "Сумма": Decimal("10.50"), "Товары": [{"LineNumber": "1", "Цена": 3}]}
    unread = wire_json.entries(told({"value": [row] * 50}).encode())
    monkeypatch.setattr(alike_rows, "_any", None)
    assert read_rows(unread) == [row] * 50
