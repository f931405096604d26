"""Whatever JSON a base answers with, each row is accounted for and none stops the page."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.mappings.bp30_samples import BOOKS, KNOWN, MAPPINGS, MOSCOW, wire_invoice

from provodka.mappings.reading import PageReading, read_page, references

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals()
    | st.floats()
    | st.text(st.characters(), max_size=40)
    | st.sampled_from(["", "1", "0001-01-01T00:00:00", "9999-12-31T23:59:59", "НДС20"])
    | st.text("0123456789abcdef-", min_size=36, max_size=36)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)
INVOICE = MAPPINGS["invoice"]


def total(page: PageReading) -> int:
    understood, waiting = len(page.understood), len(page.waiting)
    return understood + waiting + len(page.misunderstood) + len(page.skipped)


def storable(value: Any) -> bool:
    return not isinstance(value, str) or ("\0" not in value and bool(value.encode() or True))


def check(rows: list[Any], name: str) -> None:
    mapping = MAPPINGS[name]
    references(mapping, rows)
    page = read_page(mapping, rows, KNOWN, MOSCOW, BOOKS)
    assert total(page) == len(rows)
    for reading in page.understood:
        inner = [value for part in reading.parts.values() for row in part for value in row]
        assert all(map(storable, (*reading.values, *inner)))
    assert all(storable(one.external_key) for one in page.misunderstood)
    assert all(storable(one.parent_key) for one in page.waiting)
    assert all(str(one.error) for one in page.misunderstood)


@given(rows=st.lists(JSON, max_size=4), name=st.sampled_from(sorted(MAPPINGS)))
def test_arbitrary_json_is_set_aside_row_by_row(rows: list[Any], name: str) -> None:
    check(rows, name)


@given(
    field=st.sampled_from(sorted(wire_invoice())),
    value=JSON,
    drop=st.booleans(),
)
def test_one_damaged_field_of_a_document_is_always_accounted_for(
    field: str, value: Any, drop: bool
) -> None:
    damaged = wire_invoice()
    if drop:
        del damaged[field]
    else:
        damaged[field] = value
    check([damaged, wire_invoice()], "invoice")


@given(field=st.sampled_from(sorted(wire_invoice()["Товары"][0])), value=JSON)
def test_one_damaged_field_of_a_row_is_always_accounted_for(field: str, value: Any) -> None:
    damaged = deepcopy(wire_invoice())
    damaged["Товары"][1][field] = value
    check([damaged, wire_invoice()], "invoice")


@given(
    values=st.fixed_dictionaries(
        dict.fromkeys((*INVOICE.select, "Контрагент_Type", "LineNumber"), JSON)
    )
)
def test_a_row_with_every_field_damaged_is_accounted_for(values: dict[str, Any]) -> None:
    check([values], "invoice")
