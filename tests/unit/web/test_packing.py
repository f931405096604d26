"""An answer travels packed to whoever can unpack it, and says so."""

from __future__ import annotations

import gzip

from starlette.requests import Request
from starlette.responses import Response

from provodka.dashboards.web.pages.packing import pack

LONG = "Садовая, 12; ".encode() * 200


def asked(encodings: str) -> Request:
    headers = [(b"accept-encoding", encodings.encode())]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": headers})


def test_a_long_answer_is_packed_and_its_length_is_that_of_the_packed_one() -> None:
    response = Response(LONG)
    pack(asked("gzip, br"), response)
    assert gzip.decompress(bytes(response.body)) == LONG
    assert response.headers["content-encoding"] == "gzip"
    assert int(response.headers["content-length"]) == len(response.body) < len(LONG)


def test_whoever_cannot_unpack_gets_it_as_it_is_and_no_cache_mistakes_one_for_the_other() -> None:
    response = Response(LONG)
    pack(asked("br"), response)
    assert response.body == LONG
    assert "content-encoding" not in response.headers
    assert response.headers["vary"] == "Accept-Encoding"


def test_a_short_answer_is_not_worth_packing() -> None:
    response = Response(b"{}")
    pack(asked("gzip"), response)
    assert response.body == b"{}"
    assert response.headers["content-length"] == "2"
