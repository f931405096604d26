"""Kill -9 anywhere while letters are read and sent: each letter is here once, each went out once.

The mailbox is a real Dovecot and the server a real SMTP server, which keeps what it took among the
sent letters, as servers do. A point is before or after any statement, commit, piece of network
talk or file that is put into place.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import IO, Any

import pytest
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from sqlalchemy import Engine, text
from tests.contract.mail.conftest import free_port
from tests.dovecot import LOGIN, PASSWORD, Dovecot, running_dovecot
from tests.flow.mail_letters import letter
from tests.real_parts import needs

from provodka.connectors.crm_store import outbox
from provodka.foundation.identifiers import uuid7

SEED = int(os.environ.get("KILL_SEED", "20261122"))
KILLS, SOAK_KILLS = 4, 120
WAIT = 0.3
"""Seconds after which a letter of a lost answer is looked for; this server needs none."""
SETTLING = 16
"""About as many points are between the content of a letter and the note that it has gone."""
PATIENCE = 60.0
TOLD = "passed: "
LIVES = """
import os, signal, socket, sys
from sqlalchemy import Engine, event
from provodka.flows.deliver import couriers, loop
from provodka.flows import hub as hubs
from provodka.flows.mail import pulling
from provodka.flows.mail import boxes, desks, reading_folder
from provodka.connectors.mail import smtp, sent_folder
import provodka.flows.deliver.letter_courier, encodings.idna, psycopg.pq, email.mime.text

passed, last, waiting = 0, 0, False

def point(*_given, **_named):
    global passed
    passed += 1
    if passed == last and not waiting:
        os.kill(os.getpid(), signal.SIGKILL)

def guarded(real):
    def call(*given, **named):
        global passed, waiting
        point()
        done = real(*given, **named)
        if waiting and given[-1:] and given[-1][-5:] == b"\\r\\n.\\r\\n":
            passed, waiting = 0, False
        point()
        return done
    return call

for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
    event.listen(Engine, name, point)
for owner, names in ((socket.socket, ("sendall", "recv_into", "connect")),
                     (os, ("replace", "fsync", "unlink", "rename"))):
    for name in names:
        setattr(owner, name, guarded(getattr(owner, name)))

def live():
    with hubs.open_hub() as hub:
        pulling.pull_mail(hub)
        for courier in couriers.couriers(hub):
            loop.deliver(hub.engine, courier)

for line in sys.stdin:
    if (child := os.fork()) == 0:
        last, waiting = map(int, line.split())
        live()
        sys.stdout.write(f"passed: {passed}\\n")
        sys.stdout.flush()
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        print("passed: -1", flush=True)
"""


@dataclass
class Post:
    """An SMTP server that keeps what it took in the account's Sent folder."""

    mailbox: Dovecot
    taken: Counter[str] = field(default_factory=Counter)
    talking: int = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.mailbox.deliver(envelope.content, "Sent")
        told = message_from_bytes(envelope.content, policy=policy.default)
        self.taken[str(told["Subject"])] += 1
        return "250 OK"


class Talk(SMTP):
    """A session whose end is noticed: whoever has died is not heard of any more then."""

    event_handler: Post

    def connection_made(self, transport: Any) -> None:
        self.event_handler.talking += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.event_handler.talking -= 1


class Server(Controller):
    """Serves with `Talk`."""

    def factory(self) -> SMTP:
        return Talk(self.handler, **self.SMTP_kwargs)


@dataclass
class Life:
    """A company that gets and writes letters while its hub dies and is started again."""

    store: Engine
    mailbox: Dovecot
    post: Post
    told: IO[str]
    answers: IO[str]
    mood: random.Random
    received: int = 0
    written: int = 0
    deaths: int = 0
    longest: int = 300

    def day(self) -> None:
        """Some letters come, some are to go out."""
        for _letter in range(self.mood.randrange(1, 3)):
            self.received += 1
            subject, key = f"Пришло {self.received:03}", f"<{self.received}@b.example>"
            self.mailbox.deliver(letter(subject=subject, message_id=key))
        for _letter in range(self.mood.randrange(1, 3)):
            self.written += 1
            self._write(f"Ушло {self.written:03}")

    def run(self, last: int = 0, *, after_content: bool = False) -> None:
        """One life of the hub, to its end or to a point, maybe counted from a letter's content."""
        self.told.write(f"{last} {int(after_content)}\n")
        self.told.flush()
        said = next(line for line in self.answers if line.startswith(TOLD))
        passed = int(said.removeprefix(TOLD))
        self.longest = max(self.longest, passed)
        self.deaths += passed < 0
        until(lambda: self.post.talking == 0)

    def settled(self) -> bool:
        """Nothing waits any more."""
        self.run()
        waiting = "SELECT count(*) FROM hub.outbox WHERE settled_at IS NULL"
        read = "SELECT count(*) FROM crm.message WHERE subject LIKE 'Пришло%'"
        return bool(self.value(waiting) == 0 and self.value(read) >= self.received)

    def value(self, sql: str) -> Any:
        with self.store.connect() as connection:
            return connection.execute(text(sql)).scalar_one()

    def _write(self, subject: str) -> None:
        row = {"id": uuid7(), "to": f"b{self.written}@b.example", "subject": subject}
        sql = (
            "INSERT INTO crm.message (id, recipient, subject, text, channel, direction, status)"
            " VALUES (:id, :to, :subject, 'Текст', 'mail', 'outgoing', 'queued')"
        )
        with self.store.begin() as connection:
            connection.execute(text(sql), row)
            intent = outbox.Intent(f"k|{row['id']}", "mail", "letter.send", "message", row["id"])  # type: ignore[arg-type]
            outbox.enqueue(connection, intent)


def until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < ends, "it never came"
        time.sleep(0.05)


@pytest.fixture
def life(store: Engine, store_url: str, tmp_path: Path) -> Iterator[Life]:
    (tmp_path / "password").write_text(PASSWORD)
    with running_dovecot(needs("dovecot")) as mailbox:
        post = Post(mailbox)
        controller = Server(
            post, hostname="127.0.0.1", port=free_port(), auth_require_tls=False,
            authenticator=lambda *_given: AuthResult(success=True, handled=False),
        )  # fmt: skip
        controller.start()
        try:
            (tmp_path / "hub.yaml").write_text(
                yaml.safe_dump(settings(mailbox.port, controller.port, tmp_path / "password"))
            )
            place = os.environ | {
                "PROVODKA_CONFIG": str(tmp_path / "hub.yaml"),
                "PROVODKA_HOME": str(tmp_path / "home"),
                "PROVODKA_DATABASE_URL": store_url,
            }
            with subprocess.Popen(
                [sys.executable, "-c", LIVES], env=place, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            ) as lives:  # fmt: skip
                assert lives.stdin
                assert lives.stdout
                mood = random.Random(SEED)  # noqa: S311
                yield Life(store, mailbox, post, lives.stdin, lives.stdout, mood)
        finally:
            controller.stop()


def settings(imap: int, smtp: int, password: Path) -> dict[str, Any]:
    account = {"login": LOGIN, "password_file": str(password)}
    there = {"host": "127.0.0.1", "port": imap, "security": "plain"}
    return {
        "company": {"name": "ООО «Ромашка»", "inn": "7707083893"},
        "mail": {
            "sender": LOGIN,
            "smtp": {"host": "127.0.0.1", "port": smtp, "security": "plain"},
            "imap": there | {"sent_folder": "Sent"},
            **account,
            "lost_answer_wait": WAIT,
            "mailboxes": [there | account | {"name": "sales"}],
        },
    }


def lived(life: Life, deaths: int) -> None:
    """Days and deaths, then a quiet end; all of it judged by the neighbours' own books."""
    life.run()
    while life.deaths < deaths:
        life.day()
        if life.mood.random() < 0.5:
            life.run(life.mood.randrange(1, SETTLING), after_content=True)
        else:
            life.run(life.mood.randrange(1, life.longest))
    until(life.settled)
    with life.store.connect() as connection:
        ends = "SELECT state, trouble->>'code' FROM hub.outbox WHERE state <> 'delivered'"
        assert connection.execute(text(ends)).all() == []
    assert life.post.taken == {f"Ушло {n:03}": 1 for n in range(1, life.written + 1)}
    with life.store.connect() as connection:
        kept = connection.execute(text("SELECT subject, count(*) FROM crm.message GROUP BY 1"))
        read = {subject: times for subject, times in kept if subject.startswith("Пришло")}
    assert read == {f"Пришло {n:03}": 1 for n in range(1, life.received + 1)}
    total = life.value("SELECT count(*) FROM crm.message")
    assert total == life.received + life.written
    sent = "SELECT count(*) FROM crm.message WHERE subject LIKE 'Ушло%' AND status = 'sent'"
    assert life.value(sent) == life.written


@pytest.mark.timeout(300)
@pytest.mark.requirement("R19", "R70")
def test_killed_anywhere_each_letter_is_read_once_and_each_sending_goes_out_once(
    life: Life,
) -> None:
    lived(life, KILLS)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_killed_a_hundred_times_each_letter_is_read_once_and_each_sending_goes_out_once(
    life: Life, record_property: Callable[[str, object], None]
) -> None:
    lived(life, SOAK_KILLS)
    record_property("deaths", life.deaths)
    record_property("letters", life.received + life.written)
