"""Messages to phones and from them, through the store: each once, each on the right client."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import stamina
from sqlalchemy import Engine, text
from tests.contract.channels.stand_ins import LOGIN, PASSWORD, TOKEN, Served, Smsc, Telegram, served

from provodka.connectors.channel import Fate, Told
from provodka.connectors.channels.smsc import SmscGateway
from provodka.connectors.channels.telegram import TelegramBot
from provodka.connectors.crm_store import outbox
from provodka.connectors.letter_tokens import pixel_token
from provodka.flows.channels.fates import ask_fates, next_question
from provodka.flows.channels.receiving import receive
from provodka.flows.deliver.channel_courier import ChannelCourier
from provodka.flows.deliver.loop import deliver
from provodka.flows.deliver.texts import AccountWriter, PhoneWriter
from provodka.flows.mail.files import FileStore
from provodka.foundation.errors import SystemUnavailable
from provodka.foundation.identifiers import uuid7

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
PHONE, SECRET = "+79990000001", b"letters"


@dataclass
class Phones:
    """A store with one client, a bot and an SMS gateway."""

    engine: Engine
    telegram: Telegram
    smsc: Smsc
    bot_server: Served
    sms_server: Served
    files: FileStore
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.bot = TelegramBot(TOKEN, base_url=self.bot_server.url)
        self.gateway = SmscGateway(self.sms_server.url, LOGIN, PASSWORD)
        self.client = self.insert("client", name="Иванова Анна", kind="individual", phone=PHONE)

    def insert(self, table: str, **values: Any) -> UUID:
        key = uuid7()
        names = ", ".join(("id", *values))
        marks = ", ".join(f":{name}" for name in ("id", *values))
        self.execute(f"INSERT INTO crm.{table} ({names}) VALUES ({marks})", id=key, **values)
        return key

    def execute(self, sql: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(sql), values)

    def rows(self, sql: str, **values: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(sql), values))

    def queue(self, target: str, recipient: str | None = PHONE, client: UUID | None = None) -> UUID:
        channel = "sms" if target == "sms" else "messenger"
        key = self.insert(
            "message", channel=channel, recipient=recipient, text="Заказ в пути", client_id=client
        )
        with self.engine.begin() as connection:
            outbox.enqueue(
                connection, outbox.Intent(f"k|{key}", target, "message.send", "message", key)
            )
        return key

    def deliver(self, target: str) -> Counter[str]:
        """One round, as if all waits were over."""
        self.execute(
            "UPDATE hub.outbox SET due_at = now(), intent_at = intent_at - interval '1 hour'"
        )
        clock = lambda: self.now  # noqa: E731
        if target == "sms":
            return deliver(
                self.engine, ChannelCourier("sms", self.gateway, PhoneWriter(), self.engine, clock)
            )
        writer = AccountWriter(self.engine, "telegram", clock)
        return deliver(
            self.engine, ChannelCourier("messenger", self.bot, writer, self.engine, clock)
        )

    def message(self, key: UUID) -> Any:
        [row] = self.rows("SELECT * FROM crm.message WHERE id = :id", id=key)
        return row

    def receive(self) -> Counter[str]:
        return receive(self.engine, self.bot, SECRET, self.files, 1000)

    def incoming(self) -> list[Any]:
        return self.rows("SELECT * FROM crm.message WHERE direction = 'incoming' ORDER BY sent_at")


@pytest.fixture
def phones(store: Engine, tmp_path: Path) -> Iterator[Phones]:
    telegram, smsc = Telegram(), Smsc()
    stamina.set_testing(True, attempts=2, cap=True)
    with served(telegram.answer) as bot_server, served(smsc.answer) as sms_server:
        yield Phones(store, telegram, smsc, bot_server, sms_server, FileStore(tmp_path / "files"))
    stamina.set_testing(False)


@pytest.mark.requirement("R71", "S-11")
def test_an_sms_goes_out_once_and_its_cost_is_known(phones: Phones) -> None:
    key = phones.queue("sms")
    assert phones.deliver("sms") == {"delivered": 1}
    assert phones.deliver("sms") == Counter()
    [dispatch] = phones.rows("SELECT * FROM hub.dispatch")
    assert (dispatch.message, dispatch.cost, dispatch.currency) == (key, Decimal("3.45"), "RUB")
    assert (phones.message(key).status, phones.smsc.count) == ("sent", 1)


def test_an_sms_whose_answer_was_lost_is_found_and_not_sent_again(phones: Phones) -> None:
    key = phones.queue("sms")
    phones.sms_server.faults.append("lost")
    assert phones.deliver("sms") == {"postponed": 1}
    assert phones.deliver("sms") == {"delivered": 1}
    assert (phones.message(key).status, phones.smsc.count) == ("sent", 1)


def test_an_sms_that_never_reached_the_gateway_is_sent(phones: Phones) -> None:
    key = phones.queue("sms")
    phones.sms_server.faults.append("504")
    assert phones.deliver("sms") == {"postponed": 1}
    assert phones.deliver("sms") == {"delivered": 1}
    assert (phones.message(key).status, phones.smsc.count) == ("sent", 1)


@pytest.mark.requirement("R71", "S-11")
@pytest.mark.parametrize(
    ("status", "told", "state"),
    [(1, "delivered", "delivered"), (20, "failed", "undelivered"), (3, "failed", "expired"),
     (-1, "sent", "accepted")],
)  # fmt: skip
def test_the_fate_of_an_sms_comes_back_to_its_message(
    phones: Phones, status: int, told: str, state: str
) -> None:
    key = phones.queue("sms")
    phones.deliver("sms")
    [number] = [number for _phone, number in phones.smsc.sent]
    phones.smsc.statuses[number] = status
    later = phones.now + timedelta(minutes=1)
    assert ask_fates(phones.engine, "sms", phones.gateway, phones.now) == Counter()
    assert ask_fates(phones.engine, "sms", phones.gateway, later)["asked"] == 1
    [dispatch] = phones.rows("SELECT * FROM hub.dispatch")
    row = phones.message(key)
    assert (row.status, dispatch.state) == (told, state)
    assert (row.delivered_at is not None) is (told == "delivered")
    # What is settled is not asked about again.
    again = ask_fates(phones.engine, "sms", phones.gateway, later + timedelta(days=1))
    assert again["asked"] == int(state == "accepted")


def test_questions_become_rarer_and_end() -> None:
    still = Told(Fate.ACCEPTED)
    pauses = []
    for age in (timedelta(), timedelta(hours=1), timedelta(days=2)):
        asked = next_question(still, NOW, NOW + age)
        assert asked is not None
        pauses.append(asked - NOW - age)
    assert pauses[0] == timedelta(seconds=30)
    assert pauses[0] < pauses[1] < pauses[2]
    assert next_question(still, NOW, NOW + timedelta(days=4)) is None
    assert next_question(Told(Fate.DELIVERED), NOW, NOW) is None


@pytest.mark.requirement("R70", "S-12")
def test_a_person_who_wrote_to_the_bot_and_shared_a_phone_is_the_client(phones: Phones) -> None:
    contact = {"phone_number": "79990000001", "user_id": 42}
    phones.telegram.write(1, "", contact=contact)
    phones.telegram.write(2, "Когда привезете?")
    assert phones.receive() == {"read": 2, "new": 2}
    first, second = phones.incoming()
    assert {first.client_id, second.client_id} == {phones.client}
    assert (second.text, second.channel, second.needs_person) == (
        "Когда привезете?",
        "messenger",
        False,
    )
    shown = phones.rows("SELECT * FROM crm.interaction ORDER BY at")
    assert [(one.kind, one.text) for one in shown] == [
        ("message", "[contact]"), ("message", "Когда привезете?"),
    ]  # fmt: skip


def test_somebody_elses_phone_proves_nothing(phones: Phones) -> None:
    contact = {"phone_number": "79990000001", "user_id": 7}
    phones.telegram.write(1, "", contact=contact)
    phones.receive()
    [row] = phones.incoming()
    assert (row.client_id, row.needs_person) == (None, True)


def test_a_phone_of_two_clients_is_left_to_a_person(phones: Phones) -> None:
    phones.insert("client", name="ООО «Иванова»", kind="legal_entity", phone=PHONE)
    phones.telegram.write(1, "", contact={"phone_number": PHONE, "user_id": 42})
    assert phones.receive()["unlinked"] == 1
    [row] = phones.incoming()
    assert (row.linked_by, row.needs_person) == ("ambiguous", True)


def test_who_comes_by_a_link_of_our_letter_is_its_client(phones: Phones) -> None:
    letter = phones.insert("message", client_id=phones.client, recipient="a@client.example")
    phones.telegram.write(1, f"/start {pixel_token(letter, SECRET)}")
    phones.telegram.write(2, f"/start {pixel_token(letter, b'another key')}", chat=43)
    phones.receive()
    first, second = phones.incoming()
    assert (first.client_id, first.linked_by) == (phones.client, "token")
    assert second.client_id is None


def test_what_a_person_has_decided_holds_for_the_chat_from_then_on(phones: Phones) -> None:
    phones.telegram.write(1, "Здравствуйте")
    phones.receive()
    phones.execute(
        "UPDATE crm.message SET client_id = :client, needs_person = false", client=phones.client
    )
    phones.telegram.write(2, "Это снова я")
    phones.receive()
    assert phones.incoming()[-1].client_id == phones.client


def test_each_message_is_kept_once_wherever_reading_is_interrupted(phones: Phones) -> None:
    for number in (1, 2, 3):
        phones.telegram.write(number, f"Сообщение {number}")
    # The answer to the first question is lost; then the place is, with the messages kept.
    phones.bot_server.faults += ["lost"]
    phones.receive()
    phones.telegram.write(1, "Сообщение 1")
    phones.telegram.updates.sort(key=lambda one: one["update_id"])
    phones.execute("DELETE FROM hub.cursor")
    phones.receive()
    assert [row.text for row in phones.incoming()] == [f"Сообщение {n}" for n in (1, 2, 3)]


def test_telegram_is_told_that_messages_are_kept_only_after_they_are(phones: Phones) -> None:
    phones.telegram.write(1, "Здравствуйте")
    phones.execute("ALTER TABLE crm.message ADD CONSTRAINT not_this CHECK (text <> 'Здравствуйте')")
    with pytest.raises(Exception, match="not_this"):
        phones.receive()
    assert phones.telegram.asked == [None]
    phones.execute("ALTER TABLE crm.message DROP CONSTRAINT not_this")
    phones.receive()
    assert len(phones.incoming()) == 1
    assert phones.telegram.asked[-1] == 9002


@pytest.mark.parametrize(
    ("sent", "name", "kind"),
    [
        ({"document": {"file_id": "a", "file_name": "../счет.pdf", "mime_type": "application/pdf"}},
         "счет.pdf", "application/pdf"),
        ({"photo": [{"file_id": "small"}, {"file_id": "a", "file_size": 7}]},
         "photo.jpg", "image/jpeg"),
        ({"voice": {"file_id": "a", "duration": 3}}, "voice.ogg", "audio/ogg"),
    ],
    ids=["document", "photo", "voice"],
)  # fmt: skip
def test_a_file_that_a_person_sends_is_kept_under_a_harmless_name(
    phones: Phones, sent: dict[str, Any], name: str, kind: str
) -> None:
    phones.telegram.files["a"] = b"%PDF-1."
    phones.telegram.write(1, "", caption="Вот счет", **sent)
    phones.receive()
    [row] = phones.incoming()
    assert (row.text, row.attachments) == ("Вот счет", [name])
    [file] = phones.rows("SELECT * FROM hub.message_file")
    assert (file.message_id, file.name, file.content_type, file.size, file.left_out) == (
        row.id, name, kind, 7, None,
    )  # fmt: skip
    with phones.files.open(file.sha256) as content:
        assert content.read() == b"%PDF-1."


@pytest.mark.parametrize(
    ("told", "there", "why"),
    [
        ({"file_size": 1001}, b"x" * 1001, "too_large"),
        ({}, b"x" * 1001, "unavailable"),
        ({}, None, "unavailable"),
    ],
    ids=["too large", "larger than it is told", "not given out"],
)
def test_of_a_file_that_cannot_be_had_the_message_tells(
    phones: Phones, told: dict[str, Any], there: bytes | None, why: str
) -> None:
    if there is not None:
        phones.telegram.files["a"] = there
    phones.telegram.write(1, "", document={"file_id": "a", "file_name": "a.zip", **told})
    assert phones.receive()["new"] == 1
    [file] = phones.rows("SELECT * FROM hub.message_file")
    assert (file.name, file.left_out) == ("a.zip", why)
    assert list(phones.files.names()) == []


def test_a_file_that_comes_while_telegram_is_down_comes_again(phones: Phones) -> None:
    phones.telegram.files["a"] = b"%PDF-1."
    phones.telegram.write(1, "", document={"file_id": "a"})
    phones.bot_server.faults += ["", "", "502", "502"]
    with pytest.raises(SystemUnavailable) as trouble:
        phones.receive()
    assert TOKEN not in str(trouble.value)
    assert phones.incoming() == []
    phones.receive()
    assert phones.rows("SELECT count(*) FROM hub.message_file") == [(1,)]


def test_groups_and_what_is_no_message_are_passed_over(phones: Phones) -> None:
    phones.telegram.write(1, "Всем привет", type="group")
    phones.telegram.updates.append({"update_id": 9002, "poll": {}})
    assert phones.receive() == {"read": 2}
    assert phones.incoming() == []


@pytest.mark.requirement("R70", "S-12")
def test_an_answer_goes_to_the_chat_of_the_client(phones: Phones) -> None:
    phones.telegram.write(1, "", contact={"phone_number": PHONE, "user_id": 42})
    phones.receive()
    by_phone = phones.queue("messenger")
    by_client = phones.queue("messenger", recipient="+79991112233", client=phones.client)
    assert phones.deliver("messenger") == {"delivered": 2}
    assert [one["chat_id"] for one in phones.telegram.sent] == ["42", "42"]
    assert {phones.message(key).status for key in (by_phone, by_client)} == {"sent"}


def test_who_has_never_written_is_not_guessed(phones: Phones) -> None:
    key = phones.queue("messenger", client=phones.client)
    assert phones.deliver("messenger") == {"dead": 1}
    [errand] = phones.rows("SELECT trouble FROM hub.outbox")
    assert (phones.message(key).status, errand.trouble["code"]) == ("failed", "no_account")


def test_after_a_lost_answer_telegram_is_not_written_to_again(phones: Phones) -> None:
    phones.telegram.write(1, "", contact={"phone_number": PHONE, "user_id": 42})
    phones.receive()
    key = phones.queue("messenger")
    phones.bot_server.faults.append("lost")
    assert phones.deliver("messenger") == {"postponed": 1}
    assert phones.deliver("messenger") == {"dead": 1}
    [errand] = phones.rows("SELECT trouble FROM hub.outbox")
    assert (len(phones.telegram.sent), phones.message(key).status) == (1, "unsure")
    assert errand.trouble["code"] == "message_unsure"


def test_who_has_blocked_the_bot_is_let_alone_until_they_write(phones: Phones) -> None:
    phones.telegram.write(1, "", contact={"phone_number": PHONE, "user_id": 42})
    phones.receive()
    phones.telegram.blocked.add("42")
    codes = []
    for _time in range(2):
        key = phones.queue("messenger")
        phones.deliver("messenger")
        [row] = phones.rows("SELECT trouble FROM hub.outbox WHERE document = :id", id=key)
        codes.append(row.trouble["code"])
    assert codes == ["telegram_blocked", "no_account"]
    phones.telegram.blocked.clear()
    phones.telegram.write(2, "Я вернулась")
    phones.receive()
    phones.queue("messenger")
    assert phones.deliver("messenger") == {"delivered": 1}


def test_a_gateway_that_is_down_is_asked_no_further(phones: Phones) -> None:
    for _number in range(2):
        phones.queue("sms")
    phones.deliver("sms")
    phones.sms_server.faults += ["503", "503", "503"]
    with pytest.raises(SystemUnavailable):
        ask_fates(phones.engine, "sms", phones.gateway, NOW + timedelta(minutes=1))
    assert {row.state for row in phones.rows("SELECT state FROM hub.dispatch")} == {"accepted"}
