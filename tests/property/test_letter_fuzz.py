"""Whatever bytes a letter may hold: it is read, in bounds, and no error comes out."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from provodka.connectors.mail.understanding import Letter, read_letter, safe_html
from provodka.connectors.mail.understanding.charsets import decoded_text
from provodka.connectors.mail.understanding.file_names import harmless_name
from provodka.connectors.mail.understanding.replies import reply_text
from provodka.connectors.mail.understanding.transfer import undone

DATA = Path(__file__).parents[1] / "data/mail"
SEEDS = [
    path.read_bytes()[:6000]
    for folder in ("bounces", "letters", "oddities", "quoting")
    for path in sorted((DATA / folder).glob("*.eml"))[::4]
]
SCRAPS = st.sampled_from(
    [
        b"\r\n\r\n",
        b"\r\n--",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
        b"Content-Type: message/rfc822\r\n\r\n",
        b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:9\r\n",
        b"Content-Type: application/ms-tnef; name=winmail.dat\r\n\r\n\x78\x9f\x3e\x22",
        b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\nStatus: 5\r\n\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Transfer-Encoding: quoted-printable\r\n=",
        b"; name*0*=utf-8''%D0; name*=x'y",
        b"=?utf-8?B?0LA?=",
        b"=?utf-7?Q?+?=",
        b"begin 644 x\n#86)C\n",
        b"<html><table><td><a href='java",
        b'"\\<(,;:@',
        b"\x00\xff\xfe",
        b"> ",
    ]
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A real letter with scraps put in, pieces cut out and bytes changed."""
    letter = bytearray(draw(st.sampled_from(SEEDS)))
    for _change in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, max(len(letter) - 1, 0)))
        kind = draw(st.sampled_from(["put", "cut", "byte", "double"]))
        if kind == "put":
            letter[place:place] = draw(SCRAPS)
        elif kind == "cut":
            del letter[place : place + draw(st.integers(1, 200))]
        elif kind == "byte" and letter:
            letter[place] = draw(st.integers(0, 255))
        else:
            letter[place:place] = letter[place : place + draw(st.integers(1, 300))]
    return bytes(letter)


def checked(letter: Letter) -> None:
    assert letter.date is None or letter.date.tzinfo is not None
    assert len(letter.headers) <= 200
    assert "\r" not in letter.text
    for text in (letter.text, letter.subject, letter.html):
        text.encode()
    assert len(letter.reply_text) <= len(letter.text)
    for file in letter.attachments:
        assert 0 < len(file.name) <= 120
        assert not set("/\\\0") & set(file.name)
        assert sum(map(len, file.chunks())) == file.size
    for slug in letter.problems:
        assert slug.isascii()
        assert " " not in slug


@settings(max_examples=250, deadline=None)
@given(damaged())
def test_a_damaged_letter_is_read_and_keeps_the_promises_of_a_letter(source: bytes) -> None:
    letter = read_letter(source)

    checked(letter)
    assert letter.size == len(source)
    safe_html(letter.html)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes_are_a_letter(source: bytes) -> None:
    checked(read_letter(source))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=500), st.sampled_from(["cp1251", "koi8-r", "utf-8", "utf-16", "utf-7"]))
def test_a_text_in_its_declared_charset_comes_back(text: str, charset: str) -> None:
    raw = text.encode(charset, "ignore")
    again, _problem = decoded_text(raw, charset)

    assert isinstance(again, str)
    if charset == "utf-8":
        assert again == raw.removeprefix(b"\xef\xbb\xbf").decode()


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=400))
def test_a_reply_holds_only_lines_that_were_written(text: str) -> None:
    written = {line.strip() for line in text.split("\n")}

    assert {line.strip() for line in reply_text(text).split("\n")} - written <= {""}


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_any_name_of_a_file_is_made_harmless_once_and_for_all(name: str) -> None:
    made = harmless_name(name, "application/pdf", 1)

    assert made == harmless_name(made, "application/pdf", 1)
    assert made not in {".", ".."}
    assert len(made.encode()) <= 240


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.binary(max_size=40), max_size=20),
    st.sampled_from(["base64", "quoted-printable", "uuencode", ""]),
)
def test_any_bytes_can_be_undone(pieces: list[bytes], encoding: str) -> None:
    assert isinstance(b"".join(undone(pieces, encoding)), bytes)
