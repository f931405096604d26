"""The mailbox: SMTP in, kept for good, IMAP out."""

from __future__ import annotations

import imaplib
import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from itertools import count

import pytest
from imap_tools import AND, MailBoxUnencrypted
from tests.contract.sandbox.neighbours import Hands, Record

numbers = count(1)


def letter(text: str = "Добрый день!", to: str = "sever-veter@client.example") -> EmailMessage:
    message = EmailMessage()
    message["Message-ID"] = f"<{next(numbers)}@crm.example>"
    message["From"] = "crm@romashka.example"
    message["To"] = to
    message["Subject"] = "Счёт на оплату"
    message.set_content(text)
    message.add_alternative(f"<p>{text}</p>", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Счёт 1.pdf")
    return message


@pytest.fixture
def smtp(about: Record) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP(about["smtp_host"], about["smtp_port"], timeout=10) as client:
        yield client


@pytest.fixture
def imap(about: Record) -> Iterator[MailBoxUnencrypted]:
    box = MailBoxUnencrypted(about["imap_host"], about["imap_port"], timeout=10)
    with box.login(about["mail_login"], about["mail_password"]) as client:
        yield client


def kept(hands: Hands, message: EmailMessage) -> int:
    counts: dict[str, int] = hands.ask("GET", "mail")["counts"]
    return counts.get(message["Message-ID"], 0)


def test_a_letter_is_kept_and_described(smtp: smtplib.SMTP, hands: Hands) -> None:
    message = letter()
    smtp.send_message(message)
    found = [
        item
        for item in hands.ask("GET", "mail")["letters"]
        if item["message_id"] == message["Message-ID"]
    ]
    assert len(found) == 1
    assert found[0] | {"uid": 0, "at": ""} == {
        "uid": 0,
        "folder": "Sent",
        "at": "",
        "message_id": message["Message-ID"],
        "from": "crm@romashka.example",
        "to": "sever-veter@client.example",
        "envelope_to": "sever-veter@client.example",
        "subject": "Счёт на оплату",
        "text": "Добрый день!\n",
        "html": "<p>Добрый день!</p>\n",
        "attachments": ["Счёт 1.pdf"],
    }


def test_a_second_sending_is_counted(smtp: smtplib.SMTP, hands: Hands) -> None:
    message = letter()
    smtp.send_message(message)
    smtp.send_message(message)
    assert kept(hands, message) == 2


def test_authentication_is_offered_and_checked(about: Record, smtp: smtplib.SMTP) -> None:
    smtp.login(about["mail_login"], about["mail_password"])
    with (
        smtplib.SMTP(about["smtp_host"], about["smtp_port"], timeout=10) as other,
        pytest.raises(smtplib.SMTPAuthenticationError),
    ):
        other.login(about["mail_login"], "wrong")


def test_the_acknowledgement_can_be_lost_after_the_letter_is_kept(
    smtp: smtplib.SMTP, hands: Hands
) -> None:
    hands.fault("smtp_drop_after")
    message = letter()
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        smtp.send_message(message)
    assert kept(hands, message) == 1


@pytest.mark.parametrize(("kind", "code"), [("smtp_reject", 550), ("smtp_defer", 451)])
def test_a_recipient_can_be_turned_away(
    smtp: smtplib.SMTP, hands: Hands, kind: str, code: int
) -> None:
    hands.fault(kind, path="bad@")
    message = letter(to="good@client.example, bad@client.example")
    refused = smtp.send_message(message)
    assert {address: reply[0] for address, reply in refused.items()} == {"bad@client.example": code}
    assert kept(hands, message) == 1


def test_folders_are_listed_with_their_roles(imap: MailBoxUnencrypted) -> None:
    folders = {folder.name: folder.flags for folder in imap.folder.list()}
    assert set(folders) == {"INBOX", "Sent"}
    assert r"\Sent" in folders["Sent"]


def test_a_sent_letter_is_found_by_its_message_id(
    smtp: smtplib.SMTP, imap: MailBoxUnencrypted
) -> None:
    message = letter("найдите меня")
    smtp.send_message(message)
    imap.folder.set("Sent")
    (found,) = imap.fetch(AND(header=None, all=True), headers_only=True, limit=1, reverse=True)
    assert found.headers["message-id"] == (message["Message-ID"],)
    quoted = message["Message-ID"].replace('"', "")
    (uid,) = imap.uids(f'HEADER Message-ID "{quoted}"')
    assert uid == found.uid
    assert imap.uids('HEADER Message-ID "<nobody@nowhere>"') == []


def test_an_incoming_letter_answers_ours_and_is_read_whole(
    hands: Hands, imap: MailBoxUnencrypted
) -> None:
    wish = {
        "from": "Анна <sever-veter@client.example>",
        "to": "crm@romashka.example",
        "subject": "Re: Счёт на оплату",
        "text": "Спасибо, оплатим завтра.",
        "in_reply_to": "<1@crm.example>",
    }
    made = hands.ask("POST", "mail/incoming", **wish)
    (found,) = imap.fetch(f"UID {made['uid']}", mark_seen=False)
    assert found.text.strip() == "Спасибо, оплатим завтра."
    assert found.from_ == "sever-veter@client.example"
    assert found.headers["in-reply-to"] == ("<1@crm.example>",)
    data = imap.client.uid("FETCH", str(made["uid"]), "(BODY.PEEK[])")[1]
    assert found.size_rfc822 == len(data[0][1])


def test_reading_with_a_mark_makes_a_letter_seen(hands: Hands, imap: MailBoxUnencrypted) -> None:
    uid = str(_incoming(hands))
    assert uid in imap.uids(AND(seen=False))
    list(imap.fetch(f"UID {uid}", mark_seen=False))
    assert uid in imap.uids(AND(seen=False))
    list(imap.fetch(f"UID {uid}", mark_seen=True))
    assert uid not in imap.uids("UNSEEN")
    assert uid in imap.uids("SEEN")


def test_letters_are_found_by_date_subject_and_negation(
    hands: Hands, imap: MailBoxUnencrypted
) -> None:
    uid = str(_incoming(hands, subject="Редкая тема"))
    today = datetime.now(UTC).date()
    assert uid in imap.uids(AND(date_gte=today - timedelta(days=1)))
    assert uid not in imap.uids(AND(date_gte=today + timedelta(days=2)))
    assert imap.uids('SUBJECT "редкая"', charset="UTF-8") == [uid]
    assert uid in imap.uids(f"NOT UID 1:{int(uid) - 1}")
    assert uid in imap.uids('OR SUBJECT "nothing" (UNSEEN LARGER 10)')


def test_an_open_range_always_holds_the_last_letter(hands: Hands, imap: MailBoxUnencrypted) -> None:
    last = _incoming(hands)
    assert imap.uids(f"UID {last + 1}:*") == [str(last)]


def test_a_new_letter_is_noticed_without_selecting_again(
    hands: Hands, imap: MailBoxUnencrypted
) -> None:
    before = imap.uids("ALL")
    uid = _incoming(hands)
    assert imap.uids("ALL") == [*before, str(uid)]
    status = imap.folder.status("INBOX")
    assert (status["MESSAGES"], status["UIDNEXT"]) == (len(before) + 1, uid + 1)


def test_idle_reports_a_new_letter(hands: Hands, imap: MailBoxUnencrypted) -> None:
    imap.idle.start()  # type: ignore[no-untyped-call]
    _incoming(hands)
    assert imap.idle.poll(timeout=5)
    imap.idle.stop()  # type: ignore[no-untyped-call]


def test_capabilities_are_complete_only_after_login(about: Record) -> None:
    client = imaplib.IMAP4(about["imap_host"], about["imap_port"])
    assert "IDLE" not in client.capabilities
    client.login(about["mail_login"], about["mail_password"])
    assert b"IDLE" in client.capability()[1][0]
    client.logout()


def test_strangers_and_nonsense_are_turned_away(about: Record) -> None:
    client = imaplib.IMAP4(about["imap_host"], about["imap_port"])
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        client.login(about["mail_login"], "wrong")
    client.authenticate("PLAIN", lambda _: f"\0{about['mail_login']}\0sandbox".encode())
    assert client.select("Нет".encode().hex())[0] == "NO"
    client.select("INBOX", readonly=True)
    for nonsense in ("SUBJECT", "(((", "SINCE yesterday", "ЧУДО".encode().hex()):
        with pytest.raises(imaplib.IMAP4.error):
            client.uid("SEARCH", nonsense)
    assert client.noop()[0] == "OK"
    client.logout()


def _incoming(hands: Hands, subject: str = "Вопрос") -> int:
    wish = {"from": "a@client.example", "to": "crm@romashka.example", "subject": subject}
    uid: int = hands.ask("POST", "mail/incoming", **wish)["uid"]
    return uid
