"""Letters made to break their reader: each is read, in bounds, and what was left out is told."""

from __future__ import annotations

import base64
import tracemalloc
from pathlib import Path

import pytest
from tests.unit.mail_understanding.letters import HEAD, letter, mixed

from provodka.connectors.mail.understanding import read_letter, structure
from provodka.connectors.mail.understanding.sources import Held
from provodka.connectors.mail.understanding.structure import parsed_structure

MEGABYTE = 1 << 20


def test_a_letter_of_a_thousand_parts_is_read_whole() -> None:
    part = b"Content-Type: application/x-own; name=a.bin\r\n\r\nx"
    read = read_letter(mixed(*[part] * 1000))

    assert len(read.attachments) == 1000
    assert read.problems == ()


def test_more_parts_than_anyone_sends_are_cut_off() -> None:
    read = read_letter(mixed(*[b"Content-Type: application/x-own\r\n\r\nx"] * 5000))

    assert 1900 < len(read.attachments) < 2000
    assert read.problems == ("too_many_parts",)


@pytest.mark.parametrize(
    "opening",
    [
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n",
        b"Content-Type: message/rfc822\r\n\r\n",
    ],
)
def test_parts_within_parts_end_at_a_depth(opening: bytes) -> None:
    count = opening.count(b"%d")
    source = HEAD + b"".join(opening % ((number,) * count) for number in range(500)) + b"\r\nx"

    assert "too_deep" in read_letter(source).problems


def test_letters_packed_within_letters_share_one_allowance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(structure, "MOST_ENCLOSED", MEGABYTE)
    source = b"Subject: x\r\n\r\n" + b"a" * (MEGABYTE // 4)
    for _level in range(4):
        head = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        source = head + base64.encodebytes(source)

    assert "enclosed_too_big" in read_letter(HEAD + source).problems


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (b"X-A: " + b"a" * 10 * MEGABYTE + b"\r\n", "header_too_big"),
        (b"X-A: a\r\n" + b" b\r\n" * 50_000, "long_header"),
        (b"X-A: a\r\n" * 20_000, "too_many_headers"),
    ],
)
def test_the_text_below_a_monstrous_header_is_still_found(header: bytes, problem: str) -> None:
    read = read_letter(HEAD + header + b"\r\nthe text")

    assert read.text == "the text"
    assert problem in read.problems


def test_a_winmail_dat_of_endless_attributes_is_not_unpacked() -> None:
    endless = b"\x78\x9f\x3e\x22\x01\x00" + bytes(11 * 6000)
    part = b"Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    read = read_letter(mixed(part + base64.encodebytes(endless)))

    assert "bad_tnef" in read.problems


def test_a_boundary_that_comes_ten_thousand_times_too_often_ends_the_search() -> None:
    source = letter(b"--x\r\n" * 200_000, "multipart/mixed; boundary=b")

    assert "too_many_lines_with_dashes" in read_letter(source).problems


def test_a_part_without_its_boundary_is_text() -> None:
    read = read_letter(letter(b"hello", "multipart/mixed; boundary=b"))

    assert read.text == "hello"
    assert read.problems == ("no_parts",)


def test_a_part_that_was_never_closed_is_read_to_its_end() -> None:
    source = letter(b"--b\r\n\r\nhello\r\n--b\r\n\r\nbye", "multipart/mixed; boundary=b")

    assert read_letter(source).text.split() == ["hello", "bye"]


def test_a_boundary_is_found_across_the_pieces_in_which_a_letter_is_read() -> None:
    for extra in range(40):
        filling = b"a" * (MEGABYTE - 300 + extra * 8)
        root, _problems = parsed_structure(
            Held(mixed(b"\r\n" + filling, b"\r\nsecond", b"\r\nthird"))
        )
        assert [part.content() for part in root.children] == [filling, b"second", b"third"]


@pytest.mark.parametrize(
    "body",
    [
        b"begin 644 a\n" * 20_000,
        b"Sent from my iPhone\n" * 20_000,
        b"Best regards\n" * 20_000,
        b"On 1.1.2024 at 10:00 " * 20_000 + b"wrote:",
        b"> a\nb\n" * 20_000,
        b"<a@b.ru>:\n" * 2000,
        b"From: a\nSent: b\nTo: c\n" * 20_000,
        b"\0" * 100_000,
    ],
)
def test_a_text_that_repeats_one_trap_is_read(body: bytes) -> None:
    source = letter(body, subject="Undelivered mail").replace(b"anna@", b"mailer-daemon@")

    assert read_letter(source).size == len(source)


@pytest.mark.parametrize(
    "text",
    ["BEGIN:VTIMEZONE\r\n" * 20_000, "BEGIN:VCALENDAR\r\n" * 5000, "BEGIN:VEVENT\r\n" * 5000],
)
def test_a_calendar_that_repeats_itself_is_no_calendar(text: str) -> None:
    assert read_letter(letter(text.encode(), "text/calendar")).invitation is None


@pytest.mark.parametrize("source", [b"", b"\r\n", b"\0", b"a", b"\xff" * 100, b":\n:\n", b"--"])
def test_what_is_hardly_a_letter_is_read_all_the_same(source: bytes) -> None:
    assert read_letter(source).size == len(source)


def test_a_large_letter_in_a_file_never_stands_in_memory_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.eml"
    line = base64.encodebytes(bytes(57))
    with path.open("wb") as file:
        file.write(HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee file")
        file.write(b"\r\n--b\r\nContent-Type: application/x-own; name=big.bin\r\n")
        file.write(b"Content-Transfer-Encoding: base64\r\n\r\n")
        for _number in range(256):
            file.write(line * 1024)
        file.write(b"\r\n--b--\r\n")
    tracemalloc.start()
    read = read_letter(path)
    with read.attachments[0].open() as content:
        length = sum(len(piece) for piece in iter(lambda: content.read(65536), b""))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert path.stat().st_size > 19 * MEGABYTE
    assert length == read.attachments[0].size == 57 * 1024 * 256
    assert peak < 8 * MEGABYTE


def test_a_file_that_is_not_there_is_told_by_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_letter(tmp_path / "absent.eml")
