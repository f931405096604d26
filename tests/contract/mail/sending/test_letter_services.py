"""What programs on the other side read in a letter, and what may not be written there."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from provodka.connectors.mail.messages import Attachment, Letter, Mailbox, compose
from provodka.foundation.errors import Misunderstood

WHEN = datetime(2026, 11, 23, tzinfo=UTC)
PICTURE = Attachment("план этажа.png", b"PNG", "image/png")


def composed(**fields: Any) -> EmailMessage:
    """A letter with the given fields, built and read back from its wire form."""
    named = {
        "effect_key": "k:1",
        "sender": Mailbox("hub@romashka.example"),
        "to": (Mailbox("anna@client.example"),),
        "subject": "Тема",
        "text": "Текст",
    }
    message = compose(Letter(**{**named, **fields}), domain="romashka.example", sent_at=WHEN)
    wire = message.as_bytes()
    assert all(len(line) <= 998 and line.isascii() for line in wire.split(b"\r\n"))
    return message_from_bytes(wire, policy=policy.default)


def test_one_picture_shown_twice_goes_along_once() -> None:
    read = composed(html='<img src="cid:a.png"><img src="cid:a.png">',
                    pictures=(Attachment("a.png", b"PNG", "image/png"),))  # fmt: skip
    [picture] = [part for part in read.walk() if part.get_content_type() == "image/png"]
    html = read.get_body(("html",))
    assert html is not None
    assert html.get_content().count(f"cid:{picture['Content-ID'].strip('<>')}") == 2


def test_the_parts_stand_as_programs_expect_them() -> None:
    read = composed(
        html='<img src="cid:a.png">',
        pictures=(Attachment("a.png", b"PNG", "image/png"),),
        attachments=(Attachment("a.pdf", b"PDF", "application/pdf"),),
    )
    assert [part.get_content_type() for part in read.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related",
        "text/html", "image/png", "application/pdf",
    ]  # fmt: skip


def test_a_picture_that_nothing_shows_does_not_go_along() -> None:
    read = composed(html="<p>Текст</p>", pictures=(PICTURE,))
    assert read.get_content_type() == "multipart/alternative"


def test_a_letter_built_again_has_the_same_content_ids() -> None:
    fields = {
        "html": '<img src="cid:a.png">',
        "pictures": (Attachment("a.png", b"1", "image/png"),),
    }
    first, second = (
        next(part["Content-ID"] for part in composed(**fields).walk() if part["Content-ID"])
        for _time in range(2)
    )
    assert first == second


def test_words_that_only_look_like_a_picture_stay_as_they_are() -> None:
    html = "<p>код cid:12345 не картинка</p>"
    read = composed(html=html)
    part = read.get_body(("html",))
    assert part is not None
    assert part.get_content().strip() == html


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", " "])
@pytest.mark.parametrize(
    "field",
    [
        lambda text: {"unsubscribe": (f"https://hub.example/{text}",)},
        lambda text: {"deal_token": text},
        lambda text: {"receipt_to": Mailbox(f"{text}@b.example")},
        lambda text: {
            "html": '<img src="cid:a">',
            "pictures": (Attachment("a", b"", f"image/{text}"),),
        },
    ],
    ids=["unsubscribe", "deal_token", "receipt_to", "picture"],
)
def test_nobody_writes_headers_of_his_own(field: Any, break_: str) -> None:
    with pytest.raises(Misunderstood) as caught:
        composed(**field(f"x{break_}Bcc: thief@evil.example"))
    assert "thief" not in str(caught.value) or caught.value.code == "bad_content_type"


def test_two_ways_to_refuse_stand_in_one_header_and_one_click_is_promised_for_the_web() -> None:
    ways = (
        "https://hub.example/u/" + "t" * 43,
        "mailto:stop@romashka.example?subject=unsubscribe-t",
    )
    read = composed(unsubscribe=ways)
    assert [one.strip(" <>") for one in read["List-Unsubscribe"].split(",")] == list(ways)
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
