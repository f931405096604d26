"""Forms as sites send them, in every wrapping and charset."""

from __future__ import annotations

import pytest

from provodka.connectors.web_forms import fingerprint, read_form
from provodka.foundation.errors import Misunderstood

URL = "application/x-www-form-urlencoded"
PARTS = (
    b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n'
    b"\xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0\r\n"
    b'--x\r\nContent-Disposition: form-data; name="photo"; filename="../a.png"\r\n'
    b"Content-Type: image/png\r\n\r\n\x89PNG\r\n"
    b'--x\r\nContent-Disposition: form-data; name="phone"\r\n\r\n+7 999\r\n--x--\r\n'
)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (URL, b"name=%D0%90%D0%BD%D0%BD%D0%B0&phone=%2B7+999"),
        (URL, "name=Анна&phone=%2B7+999".encode()),
        (URL, "name=Анна&phone=%2B7+999".encode("cp1251")),
        (f"{URL}; charset=windows-1251", b"name=%C0%ED%ED%E0&phone=%2B7+999"),
        (f"{URL}; charset=nonsense", "name=Анна&phone=%2B7+999".encode()),
        ("multipart/form-data; boundary=x", PARTS),
        ("application/json", '{"name": "Анна", "phone": "+7 999", "more": {"a": 1}}'.encode()),
        ("text/plain;charset=UTF-8", '{"name": "Анна", "phone": "+7 999"}'.encode()),
    ],
)
def test_a_form_is_the_same_whatever_it_is_wrapped_in(kind: str, body: bytes) -> None:
    assert read_form(kind, body) == {"name": "Анна", "phone": "+7 999"}


def test_of_several_values_the_first_is_taken() -> None:
    assert read_form(URL, b"a=1&a=2&b=") == {"a": "1", "b": ""}


def test_plain_values_of_json_become_words() -> None:
    assert read_form("application/json", b'{"n": 5, "ok": true, "no": null}') == {
        "n": "5",
        "ok": "true",
    }


def test_nul_and_half_of_a_sign_are_left_out_and_a_value_is_not_endless() -> None:
    assert read_form("application/json", b'{"a\\u0000": "x\\u0000y"}') == {"a": "xy"}
    assert len(read_form(URL, b"a=" + b"x" * 100_000)["a"]) == 20_000


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        ("", b"a=1", "unknown_form_type"),
        ("text/html", b"<html>", "unknown_form_type"),
        ("application/json", b"<html>", "bad_form"),
        ("application/json", b'"text"', "bad_form"),
        ("multipart/form-data", b"a", "bad_form"),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data\r\n\r\n",
            "bad_form",
        ),
        (URL, b"&".join(b"a%d=1" % number for number in range(201)), "form_too_large"),
        ("a\r\nX-Header: 1", b"", "bad_form"),
    ],
)
def test_what_is_no_form_says_why(kind: str, body: bytes, code: str) -> None:
    with pytest.raises(Misunderstood) as told:
        read_form(kind, body)
    assert told.value.code == code


def test_a_fingerprint_is_of_what_is_said_and_not_of_its_order() -> None:
    one = fingerprint({"a": "1", "b": "2"})
    assert one == fingerprint({"b": "2", "a": "1"})
    assert one != fingerprint({"a": "2", "b": "1"})
