"""A person's letter, and the many that no person wrote."""

from __future__ import annotations

import pytest
from tests.unit.mail_understanding.letters import letter, mixed

from provodka.connectors.mail.understanding import Kind, read_letter


def from_daemon(source: bytes) -> bytes:
    return source.replace(b"Anna <anna@romashka.example>", b"MAILER-DAEMON@mx.example", 1)


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-replied (vacation)",
        "X-Autoreply: yes",
        "X-Autorespond: away",
        "Precedence: auto_reply",
        "X-Auto-Reply: 1",
    ],
)
def test_a_programs_answer_is_known_by_its_headers(header: str) -> None:
    assert read_letter(letter(b"x", "text/plain", header)).kind is Kind.AUTO_REPLY


@pytest.mark.parametrize(
    "subject",
    [
        "Автоответ: Счёт 15",
        "Автоматический ответ: заказ",
        "Re: Автоответ",
        "Out of Office: order",
        "Automatic reply: order",
        "Нахожусь в отпуске до 15 января",
        "Abwesenheitsnotiz",
    ],
)
def test_a_note_of_absence_is_known_by_its_subject(subject: str) -> None:
    encoded = letter(b"x", subject=subject)

    assert read_letter(encoded).kind is Kind.AUTO_REPLY


@pytest.mark.parametrize(
    "subject",
    [
        "Заказ не доставлен",
        "Не доставлена вода по адресу Лесная 5",
        "Возврат бутылей",
        "Отпуск бухгалтера: кому слать счёт?",
        "Re: Не удалось отправить письмо",
        "Fwd: Undelivered Mail Returned to Sender",
        "Доставка завтра",
    ],
)
def test_a_client_who_writes_of_delivery_is_a_person(subject: str) -> None:
    text = "Здравствуйте! Вода не была доставлена, получатель не найден, user unknown."

    assert read_letter(letter(text.encode(), subject=subject)).kind is Kind.PERSON


def test_a_letter_that_outlook_asks_not_to_answer_is_still_a_persons() -> None:
    source = letter(b"x", "text/plain", "X-Auto-Response-Suppress: All", subject="order 15")

    assert read_letter(source).kind is Kind.PERSON


@pytest.mark.parametrize(
    "header",
    ["List-Id: <news.example>", "Precedence: bulk", "List-Unsubscribe: <mailto:u@x.example>"],
)
def test_a_mailing_is_a_list(header: str) -> None:
    read = read_letter(letter(b"x", "text/plain", header))

    assert read.kind is Kind.LIST


REPORT = (
    b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
    b"Final-Recipient: rfc822; ivan@romashka.example\r\nAction: %s\r\nStatus: %s\r\n"
    b"Diagnostic-Code: smtp; %s\r\n"
)
RETURNED = (
    b"Content-Type: message/rfc822\r\n\r\nFrom: hub@firma.example\r\nTo: ivan@romashka.example\r\n"
    b"Message-ID: <ours@firma.example>\r\nSubject: x\r\n\r\nour text"
)


def report(action: bytes, status: bytes, diagnostic: bytes) -> bytes:
    told = b"Content-Type: text/plain\r\n\r\nsee below"
    parts = (told, REPORT % (action, status, diagnostic), RETURNED)
    return from_daemon(mixed(*parts, kind="report"))


@pytest.mark.parametrize(
    ("status", "diagnostic", "permanent"),
    [
        (b"5.1.1", b"550 5.1.1 User unknown", True),
        (b"5.0.0", b"550 No such user here", True),
        (b"5.2.2", b"552 5.2.2 Mailbox full", False),
        (b"5.7.1", b"550 5.7.1 Message rejected as spam", False),
        (b"5.3.4", b"552 5.3.4 Message size exceeds fixed limit", False),
        (b"5.1.8", b"553 5.1.8 Sender address rejected: Domain not found", False),
        (b"5.4.4", b"Host or domain name not found", True),
        (b"4.4.1", b"connection timed out", False),
        (b"5.0.0", b"554 Transaction failed", False),
        (b"5.1.1", "550 пользователь не найден".encode(), True),
    ],
)
def test_only_an_address_that_is_lost_bounces_for_good(
    status: bytes, diagnostic: bytes, permanent: bool
) -> None:
    bounce = read_letter(report(b"failed", status, diagnostic)).bounce

    assert bounce is not None
    (recipient,) = bounce.recipients
    assert (recipient.address, recipient.status) == ("ivan@romashka.example", status.decode())
    assert bounce.permanent is permanent
    assert bounce.original_id == "<ours@firma.example>"


def test_a_delay_is_no_failure() -> None:
    read = read_letter(report(b"delayed", b"4.4.1", b"timed out"))

    assert read.kind is Kind.BOUNCE
    assert read.bounce is not None
    assert read.bounce.delayed
    assert not read.bounce.permanent


@pytest.mark.parametrize("action", [b"delivered", b"relayed", b"expanded"])
def test_news_of_a_delivery_is_a_receipt_of_a_server(action: bytes) -> None:
    read = read_letter(report(action, b"2.0.0", b"250 ok"))

    assert read.kind is Kind.RECEIPT
    assert read.receipt is not None
    assert read.receipt.disposition == action.decode()
    assert read.receipt.original_id == "<ours@firma.example>"
    assert not read.receipt.was_read


@pytest.mark.parametrize(
    ("subject", "text", "permanent"),
    [
        (
            "Недоставленное сообщение",
            "Ваше сообщение не было доставлено:\n\nivan@romashka.example\nПользователь не найден\n",
            True,
        ),
        (
            "Не удалось доставить письмо",
            "Не удалось доставить письмо получателю ivan@romashka.example: ящик переполнен.",
            False,
        ),
        (
            "Mail delivery failed: returning message to sender",
            "This message was created automatically by mail delivery software.\n\n"
            "  ivan@romashka.example\n    host mx.example: 550 user not found\n",
            True,
        ),
        (
            "failure notice",
            "Hi. This is the qmail-send program at mx.example.\n\n<ivan@romashka.example>:\n"
            "192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 unknown user\n",
            True,
        ),
    ],
)
def test_a_bounce_in_words_alone_names_address_and_reason(
    subject: str, text: str, permanent: bool
) -> None:
    read = read_letter(from_daemon(letter(text.encode(), subject=subject)))

    assert read.kind is Kind.BOUNCE
    assert read.bounce is not None
    assert [one.address for one in read.bounce.recipients] == ["ivan@romashka.example"]
    assert read.bounce.permanent is permanent


def test_addresses_in_the_returned_copy_have_not_failed() -> None:
    text = (
        "This message was created automatically by mail delivery software.\n\n"
        "  ivan@romashka.example\n    host mx.example: 550 user not found\n\n"
        "------ This is a copy of the message, including all the headers. ------\n\n"
        "To: ivan@romashka.example\nolga@romashka.example\nReply-To: anna@firma.example\n"
    )
    source = letter(text.encode(), subject="Mail delivery failed: returning message to sender")
    bounce = read_letter(from_daemon(source)).bounce

    assert bounce is not None
    assert [one.address for one in bounce.recipients] == ["ivan@romashka.example"]


def test_the_failed_address_is_taken_from_exims_header_first() -> None:
    source = letter(b"hello", "text/plain", "X-Failed-Recipients: a@x.example, b@x.example")
    bounce = read_letter(source).bounce

    assert bounce is not None
    assert [one.address for one in bounce.recipients] == ["a@x.example", "b@x.example"]


@pytest.mark.parametrize(
    ("disposition", "expected", "read", "automatic"),
    [
        (b"manual-action/MDN-sent-manually; displayed", "displayed", True, False),
        (b"automatic-action/MDN-sent-automatically; deleted", "deleted", False, True),
        (b"manual-action/MDN-sent-automatically; displayed/error", "displayed", True, True),
    ],
)
def test_a_read_receipt_leads_to_its_letter(
    disposition: bytes, expected: str, read: bool, automatic: bool
) -> None:
    part = (
        b"Content-Type: message/disposition-notification\r\n\r\n"
        b"Final-Recipient: rfc822;ivan@romashka.example\r\n"
        b"Original-Message-ID: <ours@firma.example>\r\nDisposition: " + disposition
    )
    letter_read = read_letter(mixed(b"\r\nread", part, kind="report"))

    assert letter_read.kind is Kind.RECEIPT
    receipt = letter_read.receipt
    assert receipt is not None
    assert receipt.original_id == "<ours@firma.example>"
    assert receipt.recipient == "ivan@romashka.example"
    assert (receipt.disposition, receipt.was_read, receipt.automatic) == (expected, read, automatic)
