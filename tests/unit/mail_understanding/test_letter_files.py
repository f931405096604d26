"""Attached files, whatever they are called; and html that is safe to show."""

from __future__ import annotations

import base64
import hashlib

import pytest
from tests.unit.mail_understanding.letters import mixed

from provodka.connectors.mail.understanding import read_letter, safe_html
from provodka.connectors.mail.understanding.chunk_files import opened
from provodka.connectors.mail.understanding.file_names import harmless_name, type_by_bytes
from provodka.connectors.mail.understanding.transfer import undone


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system.ini", "system.ini"),
        ("/etc/shadow", "shadow"),
        ("..", "attachment-1.pdf"),
        ("", "attachment-1.pdf"),
        ("a\x00b\r\n.pdf", "ab.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        (".htaccess", "htaccess"),
        ("CON.txt", "_CON.txt"),
        ('a<b>c:"d|?*.txt', "a_b_c__d___.txt"),
        ("C:\\Документы\\счёт №5.pdf", "счёт №5.pdf"),
        ("name.pdf. . ", "name.pdf"),
    ],
)
def test_a_files_name_cannot_lead_out_of_its_folder(sent: str, kept: str) -> None:
    assert harmless_name(sent, "application/pdf", 1) == kept


@pytest.mark.parametrize("letter", ["a", "ж", "🎉"])
def test_a_long_name_keeps_its_ending_and_fits_every_file_system(letter: str) -> None:
    name = harmless_name(letter * 300 + ".pdf", "application/pdf", 1)

    assert name.endswith(f"{letter}.pdf")
    assert len(name) <= 120
    assert len(name.encode()) <= 240


@pytest.mark.parametrize(
    ("first", "claimed", "name", "expected"),
    [
        (b"%PDF-1.7", "image/png", "x", "application/pdf"),
        (b"MZ\x90\x00", "application/pdf", "invoice.pdf", "application/x-msdownload"),
        (b"\x89PNG\r\n\x1a\n", "application/octet-stream", "x", "image/png"),
        (b"PK\x03\x04" + b"\0" * 26 + b"word/document.xml", "", "x.docx", "docx"),
        (b"PK\x03\x04....", "application/zip", "a.zip", "application/zip"),
        (b"plain", "application/octet-stream", "a.csv", "text/csv"),
        (b"plain", "nonsense", "a", "application/octet-stream"),
        (b"plain", "text/x-own", "a", "text/x-own"),
    ],
)
def test_the_type_is_what_the_bytes_say(
    first: bytes, claimed: str, name: str, expected: str
) -> None:
    if expected == "docx":
        expected = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert type_by_bytes(first, claimed, name) == expected


def test_an_attachment_tells_size_and_hash_and_is_read_as_often_as_needed() -> None:
    content = bytes(range(256)) * 9000
    part = (
        b'Content-Type: application/x-own; name="a.bin"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(content)
    )
    (file,) = read_letter(mixed(b"\r\ntext", part)).attachments

    assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert file.open().read() == content
    assert b"".join(file.chunks()) == content


def test_a_picture_of_the_text_is_told_from_a_file() -> None:
    shown = (
        b"Content-Type: image/png\r\nContent-Disposition: inline\r\n"
        b"Content-ID: <logo@x>\r\n\r\n\x89PNG"
    )
    file = (
        b"Content-Type: image/png\r\nContent-Disposition: attachment; filename=a.png\r\n\r\n\x89PNG"
    )
    first, second = read_letter(mixed(shown, file)).attachments

    assert (first.inline, first.content_id) == (True, "logo@x")
    assert not second.inline


def test_an_archive_stays_closed() -> None:
    bomb = b"Content-Type: application/zip; name=bomb.zip\r\n\r\nPK\x03\x04" + b"\0" * 100
    (file,) = read_letter(mixed(bomb)).attachments

    assert (file.name, file.content_type, file.size) == ("bomb.zip", "application/zip", 104)


def test_a_letter_within_is_one_file_named_by_its_subject() -> None:
    within = b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner text"
    read = read_letter(mixed(b"\r\nouter", within))

    assert [one.name for one in read.attachments] == ["inner.eml"]
    assert read.text == "outer"


@pytest.mark.parametrize("cut", [1, 2, 3, 5, 7, 50])
def test_transfer_encodings_are_undone_across_any_cut(cut: int) -> None:
    content = "Счёт на воду = 12 бутылей\r\n".encode() * 20
    wires = {
        "base64": base64.encodebytes(content),
        "quoted-printable": b"".join(b"=%02X" % byte for byte in content).replace(
            b"=0A", b"=0A=\r\n"
        ),
    }
    for encoding, wire in wires.items():
        pieces = [wire[at : at + cut] for at in range(0, len(wire), cut)]
        assert b"".join(undone(pieces, encoding)) == content, encoding


def test_pieces_of_base64_put_one_after_another_are_all_read() -> None:
    assert b"".join(undone([b"YWI=\r\nY2Q=\r\n", b"ZWY"], "base64")) == b"abcdef"


def test_a_file_over_pieces_is_read_in_any_portions() -> None:
    file = opened(iter([b"abc", b"", b"defg"]))

    assert [file.read(2), file.read(3), file.read()] == [b"ab", b"cde", b"fg"]


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p onclick=alert(1)>a</p>", "<p>a</p>"),
        ("<script>alert(1)</script>a", "a"),
        ("<p>a<img src=https://t.example/x.gif alt=Logo></p>", "<p>a<span>[Logo]</span></p>"),
        ("<p><img src=cid:logo>b</p>", "<p>b</p>"),
        ("<form action=/pay><input name=card>a</form>", "a"),
        ("<iframe src=https://t.example></iframe><p>a</p>", "<p>a</p>"),
        (
            "<p style='color: red; background: url(https://t.example)'>a</p>",
            '<p style="color: red">a</p>',
        ),
        ("<p style='color: expression(alert(1))'>a</p>", "<p>a</p>"),
        ("<p style='color: rgb(1, 2, 3)'>a</p>", '<p style="color: rgb(1, 2, 3)">a</p>'),
        ("<svg><script>alert(1)</script></svg><p>a</p>", "<p>a</p>"),
        ("<p>1 &lt; 2 &amp; 3</p>", "<p>1 &lt; 2 &amp; 3</p>"),
        ("<base href=https://t.example><p>a</p>", "<p>a</p>"),
        ("<style>@import 'https://t.example'</style><p>a</p>", "<p>a</p>"),
        ("<p title='\"><script>alert(1)</script>'>a</p>", None),
        ("", ""),
    ],
)
def test_html_is_shown_without_what_acts_or_fetches(html: str, shown: str | None) -> None:
    made = safe_html(html)

    if shown is not None:
        assert made == shown
    assert "<script" not in made
    assert "t.example" not in made


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "&#106;avascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//t.example/x",
        "http://[",
    ],
)
def test_a_link_that_acts_is_no_link(link: str) -> None:
    assert safe_html(f'<a href="{link}">a</a>') == "<a>a</a>"


def test_a_plain_link_opens_elsewhere() -> None:
    assert safe_html('<a href="https://romashka.example/?a=1&amp;b=2">a</a>') == (
        '<a href="https://romashka.example/?a=1&amp;b=2" rel="noopener noreferrer nofollow" '
        'target="_blank">a</a>'
    )
