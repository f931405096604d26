from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provodka.connectors.onec.odata.wire_json import NotJson, decode, encode


def test_fractions_are_exact_decimals_with_their_digits() -> None:
    row = decode(b'{"a": 0.10, "b": 12345678901234567.89, "c": 7}')
    assert str(row["a"]) == "0.10"
    assert row["b"] == Decimal("12345678901234567.89")
    assert row["c"] == 7


def test_a_byte_order_mark_is_allowed() -> None:
    assert decode(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"value": [{"a": 1}, {"a"',
        b'{"a": NaN}',
        b'{"a": "\\ud800"}',
        b'{"a": "\xff"}',
        b"[" * 100_000,
        b'{"a": 1} trailing',
    ],
)
def test_damaged_bytes_are_not_json(body: bytes) -> None:
    with pytest.raises(NotJson):
        decode(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1, "a": 2}',
        b'{"value": [{"b": 1}, {"b": 1, "b": 2}]}',
        b'{"value": [{"rows": [{"c": 1, "c": 1}]}]}',
    ],
)
def test_a_key_that_comes_twice_is_not_lost_in_silence(body: bytes) -> None:
    with pytest.raises(NotJson, match="twice"):
        decode(body)


def test_rows_of_different_shapes_are_read() -> None:
    rows = [{"a": [{"b": 1}, 2]}, {"a": 5}, {"c": [{"d": {"e": 1}}]}, {"a": None}]
    assert decode(encode({"value": rows})) == {"value": rows}


def test_a_json_text_inside_a_field_is_no_second_key() -> None:
    contacts = {"value": [{"Значение": '{"value": "Оренбург", "a": {"b": ""}}'}] * 3}
    assert decode(encode(contacts)) == contacts


def test_a_quote_and_a_colon_inside_a_text_are_no_second_key() -> None:
    assert decode(b'{"a": "say \\":\\" twice \\":"}') == {"a": 'say ":" twice ":'}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(st.dictionaries(names, json_values, max_size=5))
def test_what_is_encoded_is_decoded_the_same(document: dict[str, object]) -> None:
    try:
        body = encode(document)
    except UnicodeEncodeError:
        return
    assert decode(body) == document


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_a_decimal_survives_the_wire(number: Decimal) -> None:
    assert Decimal(decode(encode({"a": number}))["a"]) == number
