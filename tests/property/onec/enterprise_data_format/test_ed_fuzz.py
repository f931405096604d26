"""Whatever bytes come, the reader gives objects or a named error; it never crashes or hangs."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from provodka.connectors.onec.enterprise_data.message import (
    Deletion,
    Found,
    Limits,
    Misread,
    read_message,
    read_object,
)
from provodka.foundation.errors import Misunderstood

SAMPLES = Path("tests/data/onec/enterprise_data")
SNIPPETS = [
    *[b"<", b">", b"</", b"/>", b"&", b"&amp;", b"&#0;", b"&#x10FFFF;", b"]]>", b"<![CDATA["],
    *[
        b"<!--",
        b"-->",
        b"<?xml?>",
        b"<!DOCTYPE a>",
        b'"',
        b"'",
        b"=",
        b"\x00",
        b"\xff",
        b"\xef\xbb\xbf",
    ],
    *[
        b' xmlns="urn:x"',
        b" xsi:nil='true'",
        b"<msg:Header/>",
        b"</Body>",
        b"<Body/>",
        b"msg:",
        b"\r\n",
    ],
]


@cache
def sample(version: str) -> bytes:
    return (SAMPLES / f"month_{version}.xml").read_bytes()


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A real message with a few bytes cut out, moved or put in."""
    data = bytearray(sample(draw(st.sampled_from(["1.8", "1.21"]))))
    for _time in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 60)))
        put = draw(
            st.sampled_from(SNIPPETS) | st.binary(max_size=8) | st.just(bytes(data[start:end]))
        )
        data[start:end] = put
    return bytes(data)


def read_whole(data: bytes) -> None:
    """Read everything; an error without a name or words is a failure of the test."""
    try:
        _header, objects = read_message(io.BytesIO(data), limits=Limits(message=10_000_000))
        for one in objects:
            assert isinstance(one, (Found, Misread, Deletion))
            if isinstance(one, Misread):
                assert isinstance(read_object(one.payload, "1.21"), (Found, Misread, Deletion))
    except Misunderstood as error:
        if not (error.code and str(error)):
            raise AssertionError("an error without a name") from error


@settings(max_examples=150, deadline=None)
@given(damaged())
def test_a_damaged_message_is_read_or_refused_by_name(data: bytes) -> None:
    read_whole(data)


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=200) | st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace"))
)
def test_any_bytes_are_refused_by_name(data: bytes) -> None:
    read_whole(data)
