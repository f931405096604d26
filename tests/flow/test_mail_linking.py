"""Letters find their clients, and what programs write counts as nobody's answer."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text
from tests.databases import copied
from tests.flow.mail_letters import LOGIN, bounce, invitation, letter, receipt

from provodka.connectors.crm_store import journal
from provodka.connectors.crm_store.engine import open_engine
from provodka.connectors.letter_tokens import pixel_token
from provodka.connectors.mail.understanding import read_letter
from provodka.flows.mail.arrivals import Arrival, Ours, Place, Role
from provodka.flows.mail.linking import employees
from provodka.flows.mail.relinking import link_anew, link_by_hand
from provodka.flows.mail.storing import Desk, store
from provodka.flows.mail.unlinked import unlinked
from provodka.foundation.identifiers import uuid7
from provodka.trigger_rules.changes import Change
from provodka.trigger_rules.events import events_of

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECRET = b"a secret of tokens"
numbers = itertools.count(1)


@dataclass
class Post:
    """A store that letters are laid into as a mailbox's reader does; undone after the test."""

    connection: Connection
    ours: Ours = field(
        default_factory=lambda: Ours(frozenset({LOGIN}), frozenset({"romashka.example"}))
    )

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A step of the test."""
        with self.connection.begin_nested():
            yield self.connection

    def came(
        self,
        content: bytes,
        role: Role = "inbox",
        flags: tuple[str, ...] = (),
        *,
        past: bool = False,
    ) -> Any:
        """A letter comes; its row."""
        place = Place("sales", "INBOX" if role == "inbox" else "Sent", 1, next(numbers))
        arrival = Arrival(place, role, flags, NOW, past, read_letter(content), uuid7())
        with self.begin() as connection:
            desk = Desk(NOW, self.ours, employees(connection), SECRET)
            store(connection, [arrival], desk)
        found = self.rows("SELECT * FROM crm.message WHERE message_id = :m", m=arrival.identity)
        return found[0] if found else None

    def rows(self, sql: str, **values: Any) -> list[Any]:
        """What a query finds."""
        with self.begin() as connection:
            return list(connection.execute(text(sql), values))

    def insert(self, table: str, **values: Any) -> UUID:
        """A new row; returns its key."""
        key: UUID = values.setdefault("id", uuid7())
        names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        with self.begin() as connection:
            journal.attribute(connection, "person:Котов")
            connection.execute(text(f"INSERT INTO crm.{table} ({names}) VALUES ({marks})"), values)
        return key

    def client(self, **values: Any) -> UUID:
        """A client."""
        return self.insert("client", **{"name": "ООО Покупатель", **values})

    def sent(self, client: UUID | None, **values: Any) -> UUID:
        """A letter of ours that has gone out."""
        values = {
            "client_id": client, "direction": "outgoing", "status": "sent", "channel": "mail",
            "sender": LOGIN, "recipient": "anna@buyer.example",
            "message_id": "<ours@romashka.example>", "sent_at": NOW - timedelta(hours=1), **values,
        }  # fmt: skip
        return self.insert("message", **values)

    def our(self, key: UUID) -> Any:
        """A letter of ours as it stands now."""
        [row] = self.rows("SELECT * FROM crm.message WHERE id = :key", key=key)
        return row

    def address(self, address: str) -> Any:
        """What is known against an address."""
        found = self.rows("SELECT * FROM crm.address_state WHERE address = :a", a=address)
        return found[0] if found else None


@pytest.fixture(scope="module")
def engine(server: str, template: str) -> Iterator[Engine]:
    with copied(server, template) as url:
        opened = open_engine(url)
        yield opened
        opened.dispose()


@pytest.fixture
def post(engine: Engine) -> Iterator[Post]:
    with engine.connect() as connection, connection.begin() as whole:
        yield Post(connection)
        whole.rollback()


def test_an_answer_goes_where_its_thread_is_whatever_address_it_comes_from(post: Post) -> None:
    client = post.client(email="anna@buyer.example")
    post.client(name="ООО Сосед", email="boris@other.example")
    ours = post.sent(client)
    row = post.came(letter("boris@other.example", In_Reply_To="<ours@romashka.example>"))
    assert (row.client_id, row.linked_by) == (client, "thread")
    assert post.our(ours).answered_at is not None


def test_a_token_in_the_recipient_leads_back_when_references_are_lost(post: Post) -> None:
    client = post.client()
    ours = post.sent(client)
    token = pixel_token(ours, SECRET)
    row = post.came(letter("x@elsewhere.example", f"crm+{token}@romashka.example"))
    assert (row.client_id, row.linked_by) == (client, "token")


def test_a_token_that_nobody_sealed_leads_nowhere(post: Post) -> None:
    ours = post.sent(post.client())
    token = pixel_token(ours, b"another secret")
    row = post.came(letter("x@elsewhere.example", f"crm+{token}@romashka.example"))
    assert (row.client_id, row.linked_by) == (None, "unknown")


def test_a_contact_of_a_client_is_known_by_address(post: Post) -> None:
    client = post.client()
    post.insert("contact", client_id=client, name="Анна", email="Anna@Buyer.example")
    row = post.came(letter())
    assert (row.client_id, row.linked_by) == (client, "address")


def test_a_stranger_of_a_clients_domain_is_laid_on_that_client(post: Post) -> None:
    client = post.client(email="boss@buyer.example")
    row = post.came(letter("new.clerk@buyer.example"))
    assert (row.client_id, row.linked_by) == (client, "domain")


def test_a_domain_where_anybody_has_an_address_tells_nothing(post: Post) -> None:
    post.client(email="boss@mail.ru")
    row = post.came(letter("somebody@mail.ru"))
    assert (row.client_id, row.linked_by, row.needs_person) == (None, "unknown", True)


@pytest.mark.requirement("R70", "R76")
def test_two_clients_with_one_address_are_not_guessed_between(post: Post) -> None:
    both = {post.client(email="anna@buyer.example"), post.client(email="anna@buyer.example")}
    row = post.came(letter())
    assert (row.client_id, row.linked_by, row.needs_person) == (None, "ambiguous", True)
    with post.begin() as connection:
        [waiting] = unlinked(connection)
    assert {UUID(one["id"]) for one in waiting["clients"]} == both


def test_a_persons_word_lays_the_whole_waiting_thread(post: Post) -> None:
    first = post.came(letter(message_id="<a@x.example>"))
    second = post.came(letter(message_id="<b@x.example>", References="<a@x.example>"))
    client = post.client()
    with post.begin() as connection:
        done = link_by_hand(connection, first.id, client, "person:Котов")
    assert set(done) == {first.id, second.id}
    shown = post.rows("SELECT id FROM crm.interaction WHERE client_id = :c", c=client)
    assert {row.id for row in shown} == {first.id, second.id}
    assert post.our(first.id).linked_by == "person:Котов"


@pytest.mark.requirement("R70")
def test_a_strangers_letter_finds_the_client_that_is_made_of_it_later(post: Post) -> None:
    row = post.came(letter())
    client = post.client(email="anna@buyer.example")
    with post.begin() as connection:
        link_anew(connection)
    assert post.our(row.id).client_id == client


def test_a_letter_of_two_clients_is_laid_when_they_have_become_one(post: Post) -> None:
    kept, gone = (post.client(email="anna@buyer.example") for _client in range(2))
    row = post.came(letter())
    assert (row.client_id, row.linked_by) == (None, "ambiguous")
    with post.begin() as connection:
        assert link_anew(connection) == {"linked": 0}
        merged = text(
            "UPDATE crm.client SET merged_into_id = :kept, deleted_at = now() WHERE id = :gone"
        )
        connection.execute(merged, {"kept": kept, "gone": gone})
        assert link_anew(connection) == {"linked": 1}
    assert (post.our(row.id).client_id, post.our(row.id).needs_person) == (kept, False)


def test_a_letter_is_shown_on_the_newest_open_deal(post: Post) -> None:
    client = post.client(email="anna@buyer.example")
    deal = post.insert("deal", title="Вода", client_id=client, kind="unstaged")
    row = post.came(letter())
    [shown] = post.rows("SELECT * FROM crm.interaction")
    assert (row.deal_id, shown.deal_id, shown.id, shown.kind) == (deal, deal, row.id, "letter")


def test_what_an_employee_wrote_in_his_own_program_is_outgoing(post: Post) -> None:
    client = post.client(email="anna@buyer.example")
    kotov = post.insert("employee", name="Котов", email="kotov@romashka.example", role="manager")
    row = post.came(letter("kotov@romashka.example", "anna@buyer.example"), "sent")
    assert (row.direction, row.status, row.client_id) == ("outgoing", "sent", client)
    assert row.employee_id == kotov


def test_letters_among_colleagues_wait_for_nobody(post: Post) -> None:
    row = post.came(letter("kotov@romashka.example", LOGIN))
    assert (row.linked_by, row.needs_person, row.direction) == ("own", False, "outgoing")


def test_the_sent_copy_of_a_letter_of_the_outbox_is_that_letter_even_before_it_is_recorded(
    post: Post,
) -> None:
    from provodka.connectors.mail.messages import message_id

    key = "rule:hello:1"
    ours = post.sent(None, message_id=None, status="queued")
    with post.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO hub.outbox (key, target, operation, kind, document)"
                " VALUES (:key, 'mail', 'letter.send', 'message', :ours)"
            ),
            {"key": key, "ours": ours},
        )
    name = message_id(key, "romashka.example")
    post.came(letter(LOGIN, message_id=name, X_Provodka_Effect=key), "sent")
    assert [row.id for row in post.rows("SELECT id FROM crm.message")] == [ours]
    [copy] = post.rows("SELECT message_id FROM hub.mail_copy")
    assert copy.message_id == ours


@pytest.mark.requirement("R69")
def test_a_hard_bounce_marks_letter_and_address_and_is_nobodys_answer(post: Post) -> None:
    client = post.client(email="anna@buyer.example")
    ours = post.sent(client)
    row = post.came(bounce("anna@buyer.example", "5.1.1", "<ours@romashka.example>"))
    assert (row.direction, row.kind, row.client_id) == ("service", "bounce", client)
    told = post.our(ours)
    assert (told.bounced_at is not None, told.bounce_code) == (True, "5.1.1")
    assert told.answered_at is None
    assert post.address("anna@buyer.example").bounced_at is not None
    assert post.rows("SELECT id FROM crm.interaction") == []


def test_a_full_mailbox_bounces_the_letter_and_leaves_the_address_open(post: Post) -> None:
    ours = post.sent(post.client())
    post.came(bounce("anna@buyer.example", "4.2.2", "<ours@romashka.example>"))
    assert post.our(ours).bounced_at is not None
    state = post.address("anna@buyer.example")
    assert (state.bounced_at, state.soft_bounces) == (None, 1)


def test_a_bounce_of_a_letter_that_was_never_sent_is_not_believed(post: Post) -> None:
    post.sent(post.client())
    post.came(bounce("anna@buyer.example", "5.1.1", "<forged@romashka.example>"))
    assert post.address("anna@buyer.example") is None


def test_an_address_that_writes_again_is_alive(post: Post) -> None:
    post.insert("address_state", address="anna@buyer.example", bounced_at=NOW - timedelta(days=9))
    post.came(letter())
    assert post.address("anna@buyer.example").bounced_at is None


def test_an_auto_reply_is_no_answer(post: Post) -> None:
    client = post.client(email="anna@buyer.example")
    ours = post.sent(client)
    headers = {"In_Reply_To": "<ours@romashka.example>", "Auto_Submitted": "auto-replied"}
    row = post.came(letter(subject="Я в отпуске", **headers))
    assert (row.direction, row.kind, row.client_id) == ("service", "auto_reply", client)
    assert post.our(ours).answered_at is None


def test_a_read_receipt_marks_the_letter_as_read(post: Post) -> None:
    ours = post.sent(post.client())
    row = post.came(receipt("<ours@romashka.example>"))
    assert (row.kind, row.direction) == ("receipt", "service")
    assert post.our(ours).read_at is not None


def test_somebodys_unread_letter_is_not_looked_through_and_a_read_one_is(post: Post) -> None:
    post.client(email="anna@buyer.example")
    unread = post.came(letter(subject="Непрочитанное"))
    read = post.came(letter(subject="Прочитанное"), flags=("\\Seen",))
    checked = dict(post.rows("SELECT id, checked FROM crm.interaction"))
    assert checked == {unread.id: False, read.id: True}


def test_hostile_texts_are_stored_without_what_the_store_cannot_hold(post: Post) -> None:
    row = post.came(
        b"From: a\0b@x.example\r\nMessage-ID: <z@x>\r\nSubject: \xff\xfe\0 \xed\xa0\x80\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n\0\xed\xa0\x80 text\r\n"
    )
    assert row is not None
    assert "\0" not in (row.subject or "") + (row.text or "")


def test_a_meeting_that_a_client_asks_to_moves_and_is_called_off_as_one(post: Post) -> None:
    client = post.client(email="anna@buyer.example")
    for at, method in (("10", "REQUEST"), ("15", "REQUEST"), ("15", "CANCEL")):
        post.came(invitation(f"20261201T{at}0000Z", method))
    [meeting] = post.rows("SELECT * FROM crm.interaction WHERE kind = 'meeting'")
    assert (meeting.client_id, meeting.status) == (client, "cancelled")
    assert meeting.at == datetime(2026, 12, 1, 15, tzinfo=UTC)


LATE, EARLY = "20261120T110000Z", "20261120T090000Z"
MOVED = invitation("20261201T150000Z", "REQUEST", 1, LATE)
FIRST = invitation("20261201T100000Z", "REQUEST", 0, EARLY)
OFF = invitation("20261201T150000Z", "CANCEL", 2, LATE)


@pytest.mark.parametrize(
    ("letters", "at", "status"),
    [
        ([FIRST, MOVED], 15, "planned"),
        ([MOVED, FIRST], 15, "planned"),
        ([MOVED, OFF, FIRST], 15, "cancelled"),
        ([FIRST, OFF, MOVED], 10, "cancelled"),
        ([invitation("20261201T150000Z", "REQUEST", 0, LATE), FIRST], 15, "planned"),
        ([FIRST, invitation("20261201T150000Z", "REQUEST", 0, LATE)], 15, "planned"),
    ],
    ids=["in order", "late", "late after the end", "called off first", "stamped", "stamped later"],
)
def test_an_older_invitation_never_overwrites_a_newer_one(
    post: Post, letters: list[bytes], at: int, status: str
) -> None:
    post.client(email="anna@buyer.example")
    for one in letters:
        post.came(one)
    [meeting] = post.rows("SELECT * FROM crm.interaction WHERE kind = 'meeting'")
    assert (meeting.at, meeting.status) == (datetime(2026, 12, 1, at, tzinfo=UTC), status)


def test_a_meeting_that_was_called_off_before_it_was_asked_to_is_none(post: Post) -> None:
    post.client(email="anna@buyer.example")
    for one in (OFF, FIRST):
        post.came(one)
    assert post.rows("SELECT * FROM crm.interaction WHERE kind = 'meeting'") == []


def test_one_occurrence_that_is_moved_leaves_the_series_where_it_was(post: Post) -> None:
    post.client(email="anna@buyer.example")
    post.came(FIRST)
    only = "RECURRENCE-ID:20261208T100000Z\r\n"
    post.came(invitation("20261208T120000Z", "REQUEST", 1, LATE, only))
    found = post.rows("SELECT at FROM crm.interaction WHERE kind = 'meeting' ORDER BY at")
    assert [(row.at.day, row.at.hour) for row in found] == [(1, 10), (8, 12)]


@pytest.mark.requirement("R55")
@pytest.mark.parametrize(
    ("content", "past", "wakes"),
    [
        (letter(), False, True),
        (letter(), True, False),
        (letter(Auto_Submitted="auto-replied"), False, False),
    ],
    ids=["new", "past", "program"],
)
def test_rules_wake_on_new_letters_of_people_alone(
    post: Post, content: bytes, past: bool, wakes: bool
) -> None:
    row = post.came(content, past=past)._mapping
    after = {name: str(value) if isinstance(value, UUID) else value for name, value in row.items()}
    change = Change(1, "message", row["id"], None, after, frozenset(), "mail", 0)
    assert ("mail_received" in {event.name for event in events_of(change, {})}) is wakes
