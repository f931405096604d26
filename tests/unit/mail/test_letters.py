"""Letters: what is written into them, and what may never be."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provodka.connectors.mail.messages import (
    Attachment,
    Letter,
    Mailbox,
    compose,
    message_id,
)
from provodka.connectors.mail.wire import POLICY
from provodka.foundation.errors import Misunderstood

WHEN = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
HUB = Mailbox("hub@romashka.example", "ООО «Ромашка»")
ANNA = Mailbox("anna@client.example", 'Иванова, "Анна"')


def composed(**fields: Any) -> EmailMessage:
    """A letter with the given fields, built and read back from its wire form."""
    named = {"effect_key": "k:1", "sender": HUB, "to": (ANNA,), "subject": "Тема", "text": "Текст"}
    message = compose(Letter(**{**named, **fields}), domain="romashka.example", sent_at=WHEN)
    wire = message.as_bytes()
    assert all(len(line) <= 998 and line.isascii() for line in wire.split(b"\r\n"))
    return message_from_bytes(wire, policy=policy.default)


def test_names_and_subject_come_back_as_they_were_given() -> None:
    read = composed()
    assert read["Subject"] == "Тема"
    assert read["To"].addresses[0].display_name == ANNA.name
    assert read["From"].addresses[0].addr_spec == HUB.address
    assert read["Date"].datetime == WHEN


def test_no_space_is_lost_where_a_long_subject_is_folded() -> None:
    subject = "Счёт № 5 " + "очень длинная тема " * 20 + "конец"
    assert composed(subject=subject)["Subject"] == subject


def test_a_long_company_name_survives_folding() -> None:
    name = "Общество с ограниченной ответственностью «Ромашка и партнёры», отдел закупок"
    wire = composed(to=(Mailbox("a@client.example", name),)).as_bytes().partition(b"To: ")[2]
    phrase = wire.partition(b" <a@client.example>")[0].decode().replace("\r\n", "")
    assert str(make_header(decode_header(phrase))) == name


def test_the_same_effect_always_makes_the_same_message_id() -> None:
    assert message_id("k:1", "a.example") == message_id("k:1", "a.example")
    assert message_id("k:1", "a.example") != message_id("k:2", "a.example")
    assert message_id("k:1", "a.example").endswith("@a.example>")
    assert composed()["Message-ID"] == message_id("k:1", "romashka.example")


def test_text_and_html_are_two_forms_of_one_letter() -> None:
    read = composed(html="<p>Текст</p>")
    assert read.get_content_type() == "multipart/alternative"
    plain, rich = read.get_body(("plain",)), read.get_body(("html",))
    assert plain is not None
    assert rich is not None
    assert [part.get_content().split() for part in (plain, rich)] == [["Текст"], ["<p>Текст</p>"]]


def test_attachments_keep_their_bytes_type_and_russian_name() -> None:
    price = Attachment("Прайс на январь.pdf", bytes(range(256)), "application/pdf")
    table = Attachment("table.csv", "а;б".encode("cp1251"), "text/csv")
    first, second = composed(html="<p>x</p>", attachments=(price, table)).iter_attachments()
    assert first.get_filename() == "Прайс на январь.pdf"
    assert (first.get_content(), first.get_content_type()) == (price.content, "application/pdf")
    assert second.get_payload(decode=True) == table.content


def test_only_the_last_part_of_an_attachments_path_is_its_name() -> None:
    (part,) = composed(attachments=(Attachment("../../etc\\passwd", b"x"),)).iter_attachments()
    assert part.get_filename() == "passwd"


@pytest.mark.parametrize(
    "kind", ["message/rfc822", "multipart/mixed", "pdf", "a/b; c=d", "a/b\r\n"]
)
def test_a_content_type_that_would_change_the_letter_is_refused(kind: str) -> None:
    with pytest.raises(Misunderstood) as caught:
        composed(attachments=(Attachment("x", b"x", kind),))
    assert caught.value.code == "bad_content_type"


def test_a_reply_stands_in_its_thread() -> None:
    long_id = "<" + "0" * 120 + "@mail.client.example>"
    read = composed(in_reply_to=long_id, references=("<first@client.example>",))
    assert read["In-Reply-To"] == long_id
    assert str(read["References"]).split() == ["<first@client.example>", long_id]


def test_identifiers_longer_than_a_line_stay_readable_on_the_wire() -> None:
    key = "rule:information-letter:" + "0" * 80
    draft = Letter(effect_key=key, sender=HUB, to=(ANNA,), subject="x", text="x")
    message = compose(draft, domain="romashka.example", sent_at=WHEN)
    assert f"X-Provodka-Effect: {key}\r\n".encode() in message.as_bytes()
    assert f"X-Provodka-Effect: {key}\r\n" in message.as_string(policy=POLICY)


def test_letters_say_that_no_person_wrote_them() -> None:
    assert composed()["Auto-Submitted"] == "auto-generated"


def test_a_national_domain_is_written_in_ascii() -> None:
    read = composed(to=(Mailbox("info@ромашка.рф"),))
    assert read["To"].addresses[0].addr_spec == "info@xn--80aa3agjl3d.xn--p1ai"
    assert message_id("k", "ромашка.рф").endswith("@xn--80aa3agjl3d.xn--p1ai>")


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\x00", "\x85", "\u2028", "\x0b"])
@pytest.mark.parametrize(
    "field",
    [
        lambda text: {"subject": text},
        lambda text: {"to": (Mailbox("a@b.example", text),)},
        lambda text: {"sender": Mailbox("a@b.example", text)},
        lambda text: {"attachments": (Attachment(text, b""),)},
        lambda text: {"in_reply_to": text},
        lambda text: {"references": (text,)},
        lambda text: {"effect_key": text},
    ],
    ids=["subject", "to", "sender", "attachment", "in_reply_to", "references", "effect_key"],
)
def test_nobody_writes_headers_of_his_own(field: Any, break_: str) -> None:
    with pytest.raises(Misunderstood) as caught:
        composed(**field(f"Иван{break_}Bcc: thief@evil.example"))
    assert caught.value.code == "header_injection"
    assert "thief" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "@client.example",
        "anna@",
        "a b@client.example",
        "anna@client.example\r\nBcc: x@y.example",
        "anna@client.example, boris@client.example",
        "<anna@client.example>",
        ".anna@client.example",
        "an..na@client.example",
        "анна@client.example",
        "anna@-client.example",
        "anna@client..example",
        "anna@" + "x" * 70 + ".example",
    ],
)
def test_what_is_no_address_is_refused_and_not_shown(address: str) -> None:
    with pytest.raises(Misunderstood) as caught:
        composed(to=(Mailbox(address),))
    assert caught.value.code == "bad_address"
    assert "anna" not in str(caught.value)


def test_a_letter_to_nobody_is_refused() -> None:
    with pytest.raises(Misunderstood, match="получателей нет"):
        composed(to=())


def test_a_letter_does_not_show_itself_in_a_log() -> None:
    draft = Letter(effect_key="k", sender=HUB, to=(ANNA,), subject="Секрет", text="Секрет")
    assert not {"anna", "Анна", "Секрет"} & set(repr(draft).replace("@", " ").split())
    assert "Секрет" not in repr(draft)


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=200))
def test_any_text_either_travels_unchanged_or_is_refused(
    name: str, subject: str, text: str
) -> None:
    try:
        read = composed(subject=subject, to=(Mailbox("a@b.example", name),), text=text)
    except Misunderstood:
        return
    assert read.keys().count("To") == 1
    assert read["Bcc"] is None
    assert str(read["Subject"]).split() == subject.split()
