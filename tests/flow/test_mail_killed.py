"""A reader of a mailbox that is killed at any moment, and news that come while it waits."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.dovecot import Dovecot, running_dovecot
from tests.flow.mail_letters import letter
from tests.flow.mail_office import MailOffice, mail_office
from tests.real_parts import needs

from provodka.flows.insight.checkup import check_systems
from provodka.flows.mail.boxes import boxes
from provodka.flows.mail.waiting import Waiter, watched_mailboxes

LETTERS = 24
READER = """
import os, signal, sys
from provodka.flows.hub import open_hub
from provodka.flows.mail import storing, taking
from provodka.flows.mail.pulling import pull_mail
left = 0
def counted(real):
    def call(*given, **named):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **named)
    return call
for module, names in ((taking, ("bring", "read_letter", "store", "save", "keep_copies")),
                      (storing, ("merge", "follow", "keep_copies"))):
    for name in names:
        setattr(module, name, counted(getattr(module, name)))
for point in map(int, sys.argv[1:]):
    if os.fork() == 0:
        left = point
        with open_hub() as hub:
            pull_mail(hub)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
"""


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with running_dovecot(needs("dovecot")) as server:
        yield server


@pytest.fixture
def office(dovecot: Dovecot, store_url: str, tmp_path: Path) -> Iterator[MailOffice]:
    dovecot.empty()
    with mail_office(dovecot, store_url, tmp_path) as opened:
        yield opened


def until(condition: Callable[[], bool], seconds: float = 60) -> bool:
    """Wait for a condition."""
    for _time in range(int(seconds * 20)):
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.timeout(180)
def test_killed_between_any_two_steps_each_letter_is_read_once(
    office: MailOffice, tmp_path: Path
) -> None:
    client = office.client(email="anna@buyer.example")
    office.pull()
    for number in range(LETTERS):
        office.server.deliver(letter(subject=f"Письмо {number:02}", message_id=f"<{number}@x>"))
    place = os.environ | {
        "PROVODKA_CONFIG": str(tmp_path / "hub.yaml"),
        "PROVODKA_HOME": str(tmp_path / "home"),
        "PROVODKA_DATABASE_URL": office.hub.engine.url.render_as_string(hide_password=False)
        .replace("+psycopg", ""),
    }  # fmt: skip
    points = map(str, (1, 13, 26, 27, 30, 33))
    done = subprocess.run(
        [sys.executable, "-c", READER, *points], env=place, check=True, capture_output=True
    )
    assert done.stdout.split().count(b"-9") >= 3
    office.pull()
    subjects = [row.subject for row in office.rows("SELECT subject FROM crm.message ORDER BY 1")]
    assert subjects == [f"Письмо {number:02}" for number in range(LETTERS)]
    shown = office.value("SELECT count(*) FROM crm.interaction WHERE client_id = :c", c=client)
    assert shown == LETTERS
    assert office.value("SELECT count(*) FROM hub.mail_copy") == LETTERS


def test_two_readers_at_once_take_each_letter_once(office: MailOffice) -> None:
    office.pull()
    for number in range(LETTERS):
        office.server.deliver(letter(message_id=f"<{number}@x>"))
    readers = [threading.Thread(target=office.pull) for _reader in range(3)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    office.pull()
    assert len(office.messages()) == LETTERS


def test_a_letter_that_comes_while_the_hub_waits_is_read_without_a_schedule(
    office: MailOffice,
) -> None:
    with watched_mailboxes(office.hub):
        assert until(lambda: len(office.rows("SELECT folder FROM hub.mail_folder")) == 2)
        office.server.deliver(letter())
        assert until(lambda: len(office.messages()) == 1)


def test_waiting_ends_at_once_when_the_hub_is_stopped(office: MailOffice) -> None:
    stopping = threading.Event()
    [box] = boxes(office.hub.settings)
    waiter = threading.Thread(target=Waiter(office.hub, box, stopping).run)
    waiter.start()
    assert until(lambda: len(office.rows("SELECT folder FROM hub.mail_folder")) == 2)
    stopping.set()
    waiter.join(30)
    assert not waiter.is_alive()


def test_check_tells_of_a_mailbox_that_is_well_and_of_one_that_is_not(
    office: MailOffice, tmp_path: Path
) -> None:
    told = [one for one in check_systems(office.hub) if one.area == "mail:sales"]
    assert [one.level for one in told] == ["good", "good", "good", "warning"]
    assert "QRESYNC" in told[0].text
    assert told[3].code == "imap_plain"
    (tmp_path / "password").write_text("wrong")
    told = [one for one in check_systems(office.hub) if one.area == "mail:sales"]
    assert [(one.level, one.code) for one in told] == [("bad", "imap_login")]
