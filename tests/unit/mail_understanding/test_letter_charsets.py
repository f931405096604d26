"""Text that says in which charset it is, says it wrongly, or not at all."""

from __future__ import annotations

import base64

import pytest
from tests.unit.mail_understanding.letters import letter, mixed, winmail

from provodka.connectors.mail.understanding import read_letter
from provodka.connectors.mail.understanding.charsets import decoded_text, known_charset
from provodka.connectors.mail.understanding.plain_text import flowed, tidy
from provodka.connectors.mail.understanding.words import header_text

RUSSIAN = "Добрый день! Просим выставить счёт на воду, 12 бутылей, доставка во вторник."
TABLES = ["cp1251", "koi8-r", "cp866", "mac-cyrillic", "iso8859-5"]


@pytest.mark.parametrize("table", [*TABLES, "utf-8", "utf-16"])
def test_russian_in_a_charset_declared_rightly_is_read_without_a_problem(table: str) -> None:
    assert decoded_text(RUSSIAN.encode(table), table) == (RUSSIAN, "")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("declared", ["", "us-ascii", "iso-8859-1", "utf-8", "x-unknown"])
def test_russian_without_its_charset_is_told_by_its_bytes(table: str, declared: str) -> None:
    text, problem = decoded_text(RUSSIAN.encode(table), declared)

    assert text == RUSSIAN
    assert problem in {"charset_guessed", "charset_wrong"}


@pytest.mark.parametrize("declared", ["cp1251", "koi8-r"])
@pytest.mark.parametrize("real", ["cp1251", "koi8-r", "utf-8", "cp866"])
def test_one_russian_table_under_the_name_of_another_is_seen(declared: str, real: str) -> None:
    text, problem = decoded_text(RUSSIAN.encode(real), declared)

    assert text == RUSSIAN
    assert problem == ("" if real == declared else "charset_wrong")


def test_french_without_a_charset_is_not_taken_for_russian() -> None:
    text, problem = decoded_text("Déjà vu à la maison, très élégant".encode("latin-1"))

    assert text == "Déjà vu à la maison, très élégant"
    assert problem == "charset_guessed"


def test_a_few_lost_bytes_do_not_turn_utf8_into_another_charset() -> None:
    raw = RUSSIAN.encode()[:40] + b"\xff" + RUSSIAN.encode()[40:]
    text, problem = decoded_text(raw, "utf-8")

    assert problem == "charset_broken"
    assert text.startswith("Добрый день!")


@pytest.mark.parametrize("name", ["zlib", "hex", "rot13", "idna", "punycode", "../x", "x" * 99])
def test_what_is_no_charset_of_a_text_is_not_used(name: str) -> None:
    assert known_charset(name) == ""


def test_a_word_cut_between_two_encoded_words_is_put_together() -> None:
    raw = base64.b64encode("Привет".encode()).decode()
    first, second = "Привет".encode()[:5], "Привет".encode()[5:]
    cut = " ".join(f"=?utf-8?B?{base64.b64encode(half).decode()}?=" for half in (first, second))

    assert header_text(cut.encode()) == ("Привет", ())
    assert header_text(f"=?utf-8*ru?B?{raw}?=".encode()) == ("Привет", ())


def test_space_between_encoded_words_is_folding_and_beside_other_text_it_stays() -> None:
    raw = b"Re: =?koi8-r?Q?=D3=DE=C5=D4?=\r\n =?koi8-r?Q?_5?= today"

    assert header_text(raw)[0] == "Re: счет 5 today"


def test_a_subject_that_stands_in_the_header_bare_is_read_by_its_bytes() -> None:
    source = letter(b"x", subject="s").replace(b"Subject: s", "Subject: Счёт".encode("cp1251"))
    read = read_letter(source)

    assert read.subject == "Счёт"
    assert "header_charset_guessed" in read.problems


def test_flowed_lines_are_joined_and_quotes_keep_their_depth() -> None:
    text = "one \ntwo\n> three \n> four\n-- \nAnna"

    assert flowed(text, delsp=False) == "one two\n> three four\n-- \nAnna"
    assert flowed("слово \nлово", delsp=True) == "словолово"


def test_line_ends_and_unseen_characters_are_evened() -> None:
    assert tidy("a\r\nb\rc\u2028d\u200b  \n\n\n\n\n\ne\x00") == "a\nb\nc\nd\n\n\ne"


def test_html_alone_becomes_text_with_its_quotes_marked() -> None:
    html = (
        "<style>p{}</style><p>Да, <b>берём</b>.</p><blockquote>Берёте?<br>Иван</blockquote>"
        "<div style='display: none'>невидимо</div>"
    )
    read = read_letter(letter(html.encode(), "text/html; charset=utf-8"))

    assert read.text == "Да, берём.\n\n> Берёте?\n> Иван"
    assert read.reply_text == "Да, берём."


def test_plain_text_is_preferred_and_html_is_kept() -> None:
    read = read_letter(
        mixed(
            b"Content-Type: text/plain\r\n\r\nplain",
            b"Content-Type: text/html\r\n\r\n<p>html</p>",
            kind="alternative",
        )
    )

    assert (read.text, read.html) == ("plain", "<p>html</p>")


def test_files_within_winmail_dat_are_files_of_the_letter() -> None:
    packed = base64.encodebytes(winmail("счёт.pdf".encode("cp1251"), b"%PDF-1.4 sum"))
    head = b"Content-Type: application/ms-tnef; name=winmail.dat\r\n"
    read = read_letter(
        mixed(
            b"Content-Type: text/plain\r\n\r\nsee file",
            head + b"Content-Transfer-Encoding: base64\r\n\r\n" + packed,
        )
    )

    (file,) = read.attachments
    assert (file.name, file.content_type) == ("счёт.pdf", "application/pdf")
    assert file.open().read() == b"%PDF-1.4 sum"


def test_a_broken_winmail_dat_stays_a_file_and_is_told() -> None:
    read = read_letter(
        mixed(b"Content-Type: application/ms-tnef; name=winmail.dat\r\n\r\nno tnef at all")
    )

    assert [one.name for one in read.attachments] == ["winmail.dat"]
    assert "bad_tnef" in read.problems


def test_a_file_written_into_the_text_is_taken_out_of_it() -> None:
    body = b"see below\r\nbegin 644 price.txt\r\n#86)C\r\n#86)C\r\n`\r\nend\r\nbye"
    read = read_letter(letter(body))

    assert read.text.split() == ["see", "below", "bye"]
    assert read.attachments[0].name == "price.txt"
    assert read.attachments[0].open().read() == b"abcabc"


def test_half_a_character_does_not_come_through() -> None:
    text, _problem = decoded_text(b"a+2AA-b", "utf-7")

    assert text == "a\ufffdb"


def test_a_text_that_bears_a_files_name_is_the_text() -> None:
    named = read_letter(letter(b"hello", 'text/plain; name="message.txt"'))
    beside = read_letter(
        mixed(
            b"Content-Type: text/plain\r\n\r\nhello",
            b"Content-Type: text/plain; name=a.txt\r\n\r\nfile",
        )
    )

    assert (named.text, named.attachments) == ("hello", ())
    assert (beside.text, [one.name for one in beside.attachments]) == ("hello", ["a.txt"])
