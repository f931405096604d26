"""Who wrote to whom, when, and which letter answers which."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from tests.unit.mail_understanding.letters import HEAD, letter

from provodka.connectors.mail.understanding import Address, read_letter
from provodka.connectors.mail.understanding.addresses import parsed_addresses
from provodka.connectors.mail.understanding.identities import message_ids, written_at
from provodka.connectors.mail.understanding.parameters import parameters


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"anna@Romashka.EXAMPLE", [("anna@romashka.example", "")]),
        (b'"Petrov, Ivan" <i@x.example>', [("i@x.example", "Petrov, Ivan")]),
        (b"i@x.example (Ivan \\) P)", [("i@x.example", "Ivan \\) P")]),
        (b"a@x.example, b@x.example; c@x.example", [(f"{n}@x.example", "") for n in "abc"]),
        (b"undisclosed-recipients:;", []),
        (b"Team: a@x.example, B <b@x.example>;", [("a@x.example", ""), ("b@x.example", "B")]),
        (b"=?utf-8?B?0JDQvdC90LA=?= <a@x.example>", [("a@x.example", "Анна")]),
        (b"'a@x.example' <a@x.example>", [("a@x.example", "a@x.example")]),
        (b"<mailto:a@x.example>", [("a@x.example", "")]),
        (b"a@x.example, A <a@x.example>", [("a@x.example", "")]),
        (b"Just A Name", [("", "Just A Name")]),
        (b"Pete <pete(his)@silly.example(host)>", [("pete@silly.example", "Pete")]),
        (b'"never closed <a@x.example>', [("a@x.example", "never closed <>")]),
    ],
)
def test_addresses_are_read_as_people_send_them(
    header: bytes, expected: list[tuple[str, str]]
) -> None:
    assert [(one.address, one.name) for one in parsed_addresses(header)] == expected


def test_an_address_tells_its_domain() -> None:
    assert Address("a@x.example").domain == "x.example"
    assert Address("", "Anna").domain == ""


@pytest.mark.parametrize(
    ("header", "name", "value"),
    [
        (b"text/plain; charset=koi8-r", "charset", "koi8-r"),
        (b'a/b; name="=?utf-8?B?0YHRh9GR0YI=?=.pdf"', "name", "счёт.pdf"),
        (b"a/b; name*=utf-8''%D1%81%D1%87%D1%91%D1%82.pdf", "name", "счёт.pdf"),
        (b"a/b; name*0*=koi8-r''%D3%DE; name*1*=%C5%D4; name*2=.pdf", "name", "счет.pdf"),
        (b"a/b; name*0=long; name*1=name.pdf", "name", "longname.pdf"),
        (b"a/b; name=two words.pdf", "name", "two words.pdf"),
        (b'a/b; name="a\\"b.pdf"', "name", 'a"b.pdf'),
        ('a/b; name="счёт.pdf"'.encode("cp1251"), "name", "счёт.pdf"),
    ],
)
def test_parameters_of_every_kind_are_undone(header: bytes, name: str, value: str) -> None:
    assert parameters(header)[1][name] == value


def test_a_thread_is_known_by_its_first_letter() -> None:
    first = read_letter(letter(b"x"))
    reply = read_letter(
        letter(b"x", "text/plain", "References: <one@romashka.example> <two@x>").replace(
            b"Message-ID: <one@", b"Message-ID: <three@", 1
        )
    )
    bare = read_letter(
        letter(b"x", "text/plain", "In-Reply-To: one@romashka.example").replace(b"<one@", b"<4@", 1)
    )

    assert first.thread_key == reply.thread_key == bare.thread_key == "<one@romashka.example>"
    assert reply.references == ("<one@romashka.example>", "<two@x>")


def test_a_letter_without_identity_is_known_by_its_content() -> None:
    source = letter(b"x").replace(b"Message-ID: <one@romashka.example>\r\n", b"")

    assert read_letter(source).message_id == ""
    assert read_letter(source).thread_key == read_letter(source).content_hash
    assert read_letter(source + b"y").content_hash != read_letter(source).content_hash


def test_an_identity_that_was_folded_is_mended_and_many_are_cut_in_the_middle() -> None:
    assert message_ids("<one\t@x> <two@x> <one@x>") == ("<one@x>", "<two@x>")
    many = message_ids(" ".join(f"<{number}@x>" for number in range(1000)))
    assert (len(many), many[0], many[-1]) == (200, "<0@x>", "<999@x>")


@pytest.mark.parametrize(
    ("written", "expected", "problem"),
    [
        ("Mon, 13 Jan 2025 10:00:00 +0300", datetime(2025, 1, 13, 7, tzinfo=UTC), ""),
        ("13 Jan 2025 10:00 GMT", datetime(2025, 1, 13, 10, tzinfo=UTC), ""),
        ("Mon, 13 Jan 2025 10:00:00", datetime(2025, 1, 13, 10, tzinfo=UTC), "date_without_zone"),
        ("2025-01-13T10:00:00+03:00", datetime(2025, 1, 13, 7, tzinfo=UTC), ""),
        ("yesterday", None, "bad_date"),
        ("Mon, 99 Jan 2025 10:00:00 +0300", None, "bad_date"),
        ("Mon, 1 Jan 1601 00:00:00 +0300", None, "bad_date"),
        ("1 Jan 9999 23:59:59 -1200", None, "bad_date"),
        ("", None, "no_date"),
    ],
)
def test_a_date_is_aware_or_absent(written: str, expected: datetime | None, problem: str) -> None:
    assert written_at(written) == (expected, problem)


def test_the_zone_of_a_date_is_kept() -> None:
    date, _problem = written_at("Mon, 13 Jan 2025 10:00:00 +0300")

    assert date is not None
    assert date.tzinfo == timezone(timedelta(hours=3))


def test_headers_are_found_by_name_and_whom_it_was_delivered_to_is_told() -> None:
    read = read_letter(
        letter(b"x", "text/plain", "Delivered-To: hub+deal7@firma.example", "X-Mailer:  one\t two")
    )

    assert read.header("x-MAILER") == "one two"
    assert read.header("x-absent") == ""
    assert read.delivered_to == ("hub+deal7@firma.example",)
    assert read.recipients == (Address("hub@firma.example"),)


def test_a_blank_line_that_was_forgotten_does_not_swallow_the_text() -> None:
    read = read_letter(HEAD + "Здравствуйте, ждём\r\nответа\r\n".encode())

    assert read.sender == Address("anna@romashka.example", "Anna")
    assert read.text.startswith("Здравствуйте")
    assert "bad_header" in read.problems


def test_nothing_personal_is_shown_where_a_letter_is_printed() -> None:
    shown = repr(read_letter(letter("Тайна".encode(), subject="секрет")))

    for secret in ("anna", "Anna", "Тайна", "секрет", "hub@firma"):
        assert secret not in shown
