"""Letters of the store on their way: threads, signatures, tokens, pace, bad addresses, files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import Engine, text
from tests.contract.mail.conftest import Recorder, free_port

from provodka.connectors.crm_store import outbox
from provodka.connectors.letter_tokens import message_of_token, pixel_token
from provodka.connectors.mail.bodies import Attachment
from provodka.connectors.mail.channel import SmtpChannel
from provodka.connectors.mail.messages import Mailbox
from provodka.connectors.mail.servers import Security
from provodka.connectors.mail.smtp import SmtpSender, SmtpSettings
from provodka.connectors.mail.template_files import Services
from provodka.flows.channels.refusing import SUBJECT, heed_refusals
from provodka.flows.deliver.bad_addresses import refuse_mailings
from provodka.flows.deliver.channel_courier import ChannelCourier
from provodka.flows.deliver.dry_run import write_letters
from provodka.flows.deliver.letters import Enclosed, LetterStyle, LetterWriter
from provodka.flows.deliver.loop import deliver
from provodka.foundation.identifiers import uuid7

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
ANNA, SECRET = "anna@client.example", b"letters"
HTML = "<html><body><p>Здравствуйте</p></body></html>"
STYLE = LetterStyle(
    signature="ООО «Ромашка»\n+7 495 000-00-00",
    unsubscribe="https://hub.example/u",
    pixel="https://hub.example/p",
    plus_address="crm@romashka.example",
    secret=SECRET,
)


@dataclass
class Post:
    """A store, a mail server, and the hub between them."""

    engine: Engine
    server: Recorder
    port: int
    style: LetterStyle = STYLE
    services: Services = field(default_factory=Services)
    files: tuple[tuple[str, bytes], ...] = ()

    def execute(self, sql: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(sql), values)

    def rows(self, sql: str, **values: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(sql), values))

    def client(self) -> UUID:
        key = uuid7()
        self.execute(
            "INSERT INTO crm.client (id, name, kind, email)"
            " VALUES (:id, 'Анна', 'individual', :to)",
            id=key, to=ANNA,
        )  # fmt: skip
        return key

    def letter(self, to: str = ANNA, **values: Any) -> UUID:
        """A letter that waits to be sent."""
        key = uuid7()
        row = {"id": key, "recipient": to, "subject": "Тема", "text": "Текст", **values}
        names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
        self.execute(f"INSERT INTO crm.message ({names}) VALUES ({marks})", **row)
        intent = outbox.Intent(f"k|{key}", "mail", "letter.send", "message", key)
        with self.engine.begin() as connection:
            outbox.enqueue(connection, intent)
        return key

    @property
    def writer(self) -> LetterWriter:
        pictures = (Attachment("logo.png", b"PNG", "image/png"),)
        enclosed = Enclosed((), pictures, self.services)
        return LetterWriter(
            self.engine,
            Mailbox("hub@romashka.example", "ООО «Ромашка»"),
            lambda _template: enclosed,
            dict(self.files).__getitem__,
            lambda: NOW,
            self.style,
        )

    def send(self) -> Counter[str]:
        smtp = SmtpSettings("127.0.0.1", self.port, Security.PLAIN, helo_name="hub.example")
        channel = SmtpChannel(SmtpSender(smtp), None, "romashka.example")
        courier = ChannelCourier("mail", channel, self.writer, self.engine, lambda: NOW)
        return deliver(self.engine, courier)

    def arrived(self) -> list[EmailMessage]:
        """What the server has taken."""
        return [message_from_bytes(one.content, policy=policy.default) for one in self.server.taken]

    def trouble(self, key: UUID) -> str:
        """Why a letter has not gone, as a code."""
        [row] = self.rows("SELECT trouble FROM hub.outbox WHERE document = :id", id=key)
        return str(row.trouble["code"])

    def status(self, key: UUID) -> str:
        [row] = self.rows("SELECT status FROM crm.message WHERE id = :id", id=key)
        return str(row.status)


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Recorder, int]]:
    recorder = Recorder()
    controller = Controller(recorder, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield recorder, int(controller.port)
    controller.stop()


@pytest.fixture
def post(store: Engine, running: tuple[Recorder, int]) -> Post:
    recorder, port = running
    recorder.taken.clear()
    recorder.refuse.clear()
    recorder.verdict, recorder.cut_at = "250 OK", ""
    return Post(store, recorder, port)


def html_of(letter: EmailMessage) -> str:
    part = letter.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def test_a_letter_carries_the_signature_under_its_text_and_html(post: Post) -> None:
    post.letter(html=HTML, template="t")
    assert post.send() == {"delivered": 1}
    [letter] = post.arrived()
    plain = letter.get_body(("plain",))
    assert plain is not None
    assert (
        plain.get_content()
        .replace("\r\n", "\n")
        .endswith("Текст\n\n-- \nООО «Ромашка»\n+7 495 000-00-00\n")
    )
    before, _end, after = html_of(letter).partition("</body>")
    assert "ООО «Ромашка»<br>" in before
    assert "Ромашка" not in after


def test_a_picture_is_shown_in_the_text_by_its_content_id(post: Post) -> None:
    post.letter(html='<p><img src="cid:logo.png"></p>', template="t")
    post.send()
    [letter] = post.arrived()
    picture = next(part for part in letter.walk() if part.get_content_type() == "image/png")
    assert picture.get_content() == b"PNG"
    assert picture.get_content_disposition() == "inline"
    assert f'src="cid:{picture["Content-ID"].strip("<>")}"' in html_of(letter)


def test_a_picture_that_is_not_there_stops_the_letter(post: Post) -> None:
    key = post.letter(html='<img src="cid:other.png">', template="t")
    assert post.send() == {"dead": 1}
    assert (post.trouble(key), post.status(key)) == ("no_picture", "failed")


def test_files_of_the_store_go_along_by_their_hash(post: Post) -> None:
    key = post.letter()
    post.files = (("a" * 64, b"%PDF-1"),)
    post.execute(
        "INSERT INTO hub.message_file (message_id, number, name, content_type, size, sha256)"
        " VALUES (:id, 1, 'Счет № 5.pdf', 'application/pdf', 6, :hash)",
        id=key, hash="a" * 64,
    )  # fmt: skip
    post.send()
    [letter] = post.arrived()
    [file] = letter.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("Счет № 5.pdf", b"%PDF-1")


def test_an_answer_stands_in_its_thread_with_all_that_came_before(post: Post) -> None:
    first, answer = "<first@client.example>", "<second@client.example>"
    for known, replied in ((first, None), (answer, first)):
        post.execute(
            "INSERT INTO crm.message (message_id, in_reply_to, direction, status)"
            " VALUES (:id, :to, 'incoming', 'received')",
            id=known, to=replied,
        )  # fmt: skip
    post.letter(in_reply_to=answer)
    post.send()
    [letter] = post.arrived()
    assert letter["In-Reply-To"] == answer
    assert str(letter["References"]).split() == [first, answer]


def test_a_reply_finds_its_letter_by_header_and_by_address(post: Post) -> None:
    key = post.letter()
    post.send()
    [letter] = post.arrived()
    reply_to = letter["Reply-To"].addresses[0]
    tag = reply_to.username.partition("+")[2]
    assert len(reply_to.username) <= 64
    assert {message_of_token(tag, SECRET), message_of_token(letter["X-Provodka-Deal"], SECRET)} == {
        key
    }


def test_an_address_for_answers_that_a_rule_has_named_stays(post: Post) -> None:
    post.letter(reply_to="manager@romashka.example")
    post.send()
    [letter] = post.arrived()
    assert letter["Reply-To"].addresses[0].addr_spec == "manager@romashka.example"


@pytest.mark.requirement("R69")
@pytest.mark.parametrize("mailing", [True, False])
def test_only_a_mailing_may_be_refused_by_its_header(post: Post, *, mailing: bool) -> None:
    post.services = Services(mailing=mailing)
    key = post.letter(template="t")
    post.send()
    [letter] = post.arrived()
    assert ("List-Unsubscribe" in letter) is mailing
    if mailing:
        address = letter["List-Unsubscribe"].strip("<>")
        assert message_of_token(address.rpartition("/")[2], SECRET) == key
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_mailing_refused_by_letter_promises_no_single_click(post: Post) -> None:
    post.style = replace(STYLE, unsubscribe="mailto:stop@romashka.example")
    post.services = Services(mailing=True)
    post.letter(template="t")
    post.send()
    [letter] = post.arrived()
    assert letter["List-Unsubscribe"].startswith("<mailto:stop@romashka.example?subject=")
    assert "List-Unsubscribe-Post" not in letter


def test_a_letter_that_refuses_mailings_refuses_them_for_whom_it_was_sent_to(post: Post) -> None:
    key = post.letter()
    post.send()
    for token in (pixel_token(key, b"another key"), pixel_token(key, SECRET)):
        post.execute(
            "INSERT INTO crm.message (direction, status, sender, subject)"
            " VALUES ('service', 'received', 'other@client.example', :subject)",
            subject=f"{SUBJECT}{token}",
        )
    assert heed_refusals(post.engine, SECRET, NOW) == {"refused": 1}
    assert heed_refusals(post.engine, SECRET, NOW) == Counter()
    [row] = post.rows("SELECT address, unsubscribed_at FROM crm.address_state")
    assert (row.address, row.unsubscribed_at) == (ANNA, NOW)


@pytest.mark.parametrize(
    ("asked", "consent", "watched"),
    [(True, "given", True), (True, "withdrawn", False), (True, "", False), (False, "given", False)],
)
def test_opens_are_counted_by_a_picture_only_with_consent(
    post: Post, *, asked: bool, consent: str, watched: bool
) -> None:
    post.services = Services(pixel=asked)
    client = post.client()
    if consent:
        post.execute(
            "INSERT INTO crm.consent (client_id, withdrawn_at) VALUES (:id, :at)",
            id=client, at=NOW if consent == "withdrawn" else None,
        )  # fmt: skip
    key = post.letter(html=HTML, template="t", client_id=client)
    post.send()
    [letter] = post.arrived()
    _before, found, after = html_of(letter).partition('<img src="https://hub.example/p/')
    assert bool(found) is watched
    if watched:
        assert message_of_token(after.partition(".gif")[0], SECRET) == key


@pytest.mark.requirement("S-9")
def test_a_receipt_is_asked_for_where_the_template_says_so(post: Post) -> None:
    post.services = Services(receipt=True)
    post.letter(template="t")
    post.send()
    [letter] = post.arrived()
    assert letter["Disposition-Notification-To"] == "hub@romashka.example"


def test_an_address_that_bounced_is_not_written_to_again(post: Post) -> None:
    post.execute(
        "INSERT INTO crm.address_state (address, bounced_at, bounce_code)"
        " VALUES (:to, :at, '5.1.1')",
        to=ANNA, at=NOW,
    )  # fmt: skip
    key = post.letter(ANNA.upper())
    other = post.letter("boris@client.example")
    assert post.send() == {"dead": 1, "delivered": 1}
    assert (post.trouble(key), post.status(key)) == ("address_bounced", "failed")
    assert post.status(other) == "sent"


def test_who_has_unsubscribed_gets_letters_but_no_mailings(post: Post) -> None:
    with post.engine.begin() as connection:
        refuse_mailings(connection, ANNA, NOW, "link")
    post.letter()
    assert post.send() == {"delivered": 1}
    post.services = Services(mailing=True)
    key = post.letter(template="t")
    assert post.send() == {"dead": 1}
    assert post.trouble(key) == "unsubscribed"


@pytest.mark.parametrize(
    ("said", "marked"),
    [("550 5.1.1 User unknown", True), ("550 5.7.1 Spam", False), ("451 4.1.1 Later", False)],
)
def test_an_address_that_the_server_says_is_none_is_marked(
    post: Post, said: str, *, marked: bool
) -> None:
    post.server.refuse[ANNA] = said
    key = post.letter()
    counts = post.send()
    assert counts == ({"postponed": 1} if said.startswith("4") else {"dead": 1})
    bad = post.rows("SELECT address FROM crm.address_state WHERE bounced_at IS NOT NULL")
    assert [row.address for row in bad] == ([ANNA] if marked else [])
    assert post.status(key) == ("queued" if said.startswith("4") else "failed")


@pytest.mark.parametrize(
    ("said", "code", "stops"),
    [("421 going down", "smtp_421", True), ("451 later", "smtp_451", True)],
)
def test_a_server_that_says_later_is_obeyed_and_nothing_is_lost(
    post: Post, said: str, code: str, *, stops: bool
) -> None:
    post.server.verdict = said
    keys = [post.letter(), post.letter()]
    assert post.send() == {"postponed": 1}
    assert post.trouble(keys[0]) == code
    post.server.verdict = "250 OK"
    post.execute("UPDATE hub.outbox SET due_at = now()")
    assert post.send() == {"delivered": 2}
    assert len(post.arrived()) == 2


def test_of_several_recipients_those_who_were_refused_are_named(post: Post) -> None:
    post.server.refuse["boris@client.example"] = "550 5.1.1 no such user"
    key = post.letter(f"Анна <{ANNA}>, boris@client.example")
    assert post.send() == {"flagged": 1}
    [taken] = post.server.taken
    assert (taken.rcpt_tos, post.status(key), post.trouble(key)) == (
        [ANNA], "sent", "partly_refused",
    )  # fmt: skip


def test_no_more_letters_a_minute_go_to_a_domain_than_are_allowed(post: Post) -> None:
    post.style = replace(STYLE, per_minute={"client.example": 2})
    for number in range(3):
        post.letter(f"user{number}@client.example")
    post.letter("somebody@other.example")
    assert post.send() == {"delivered": 2, "postponed": 2}
    waits = post.rows(
        "SELECT p.at - min(p.at) OVER () AS after, o.due_at >= p.at - interval '1 s' AS heeded"
        " FROM hub.pace p JOIN hub.outbox o ON o.id = p.errand ORDER BY p.at"
    )
    half = timedelta(seconds=30)
    assert [row.after for row in waits] == [timedelta(), half, 2 * half]
    assert all(row.heeded for row in waits[1:])
    # Each keeps its turn, however often it is looked at before.
    post.execute("UPDATE hub.outbox SET due_at = now() WHERE state = 'waiting'")
    assert post.send() == {"postponed": 2}
    post.execute("UPDATE hub.pace SET at = at - interval '45 s'")
    post.execute("UPDATE hub.outbox SET due_at = now() WHERE state = 'waiting'")
    assert post.send() == {"delivered": 1, "postponed": 1}


def test_a_letter_that_is_too_large_is_not_tried(post: Post) -> None:
    post.style = replace(STYLE, largest=2000)
    key = post.letter(text="Я" * 3000)
    assert post.send() == {"dead": 1}
    assert (post.trouble(key), post.arrived()) == ("letter_too_large", [])


@pytest.mark.parametrize(
    "values",
    [
        {"subject": "Тема\r\nBcc: thief@evil.example"},
        {"to": "anna@client.example\nBcc: thief@evil.example"},
        {"to": "Анна\r\nBcc: thief@evil.example <anna@client.example>, b@client.example"},
        {"reply_to": "a@b.example\r\nBcc: thief@evil.example"},
        {"in_reply_to": "<a@b>\r\nBcc: thief@evil.example"},
    ],
)
def test_nobody_writes_headers_of_his_own(post: Post, values: dict[str, str]) -> None:
    post.letter(**values)
    assert post.send() == {"dead": 1}
    assert post.server.taken == []


def test_a_rehearsal_writes_the_letters_as_files_and_sends_nothing(
    post: Post, tmp_path: Path
) -> None:
    post.letter(html=HTML)
    post.execute(
        "INSERT INTO crm.address_state (address, bounced_at) VALUES ('bad@x.example', now())"
    )
    post.letter("bad@x.example")
    before = post.rows("SELECT * FROM hub.outbox ORDER BY id")
    good, bad = write_letters(post.engine, post.writer, tmp_path / "letters")
    assert good.file is not None
    read = message_from_bytes(good.file.read_bytes(), policy=policy.default)
    assert (read["Subject"], read["To"]) == ("Тема", ANNA)
    assert (bad.file, bad.code) == (None, "address_bounced")
    assert (post.rows("SELECT * FROM hub.outbox ORDER BY id"), post.server.taken) == (before, [])
    # What is sent afterwards is what was shown.
    post.send()
    [sent] = post.arrived()
    assert sent["Message-ID"] == read["Message-ID"]


def test_a_letter_that_may_have_gone_and_cannot_be_looked_up_waits_for_a_person(post: Post) -> None:
    post.server.cut_at = "DATA"
    key = post.letter()
    assert post.send() == {"postponed": 1}
    post.server.cut_at = ""
    post.execute("UPDATE hub.outbox SET due_at = now(), intent_at = now() - interval '1 hour'")
    assert post.send() == {"dead": 1}
    assert (len(post.arrived()), post.status(key), post.trouble(key)) == (
        1, "unsure", "letter_unsure",
    )  # fmt: skip
