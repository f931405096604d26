"""Letters of a real mailbox: each is read once, whatever server, cursor or crash."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.dovecot import Dovecot, running_dovecot
from tests.flow.mail_letters import letter
from tests.flow.mail_office import MailOffice, mail_office
from tests.real_parts import needs


@pytest.fixture(scope="module", params=[True, False], ids=["qresync", "plain"])
def dovecot(request: pytest.FixtureRequest) -> Iterator[Dovecot]:
    with running_dovecot(needs("dovecot"), quick_resync=request.param) as server:
        yield server


@pytest.fixture
def office(dovecot: Dovecot, store_url: str, tmp_path: Path) -> Iterator[MailOffice]:
    dovecot.empty()
    with mail_office(dovecot, store_url, tmp_path) as opened:
        yield opened


@pytest.mark.requirement("R69", "S-9")
def test_a_new_letter_is_laid_on_its_client_and_stays_unread(office: MailOffice) -> None:
    client = office.client(email="Anna@Buyer.example")
    office.pull()
    office.server.deliver(letter())
    assert office.pull()["letters"] == 1
    row = office.message()
    assert (row.direction, row.status, row.client_id) == ("incoming", "received", client)
    assert (row.linked_by, row.subject, row.past) == ("address", "Вода на завтра", False)
    assert office.server.flags() == [""]


def test_reading_again_changes_nothing(office: MailOffice) -> None:
    office.server.deliver(letter())
    office.pull()
    before = office.value("SELECT count(*) FROM hub.delta")
    assert office.pull()["letters"] == 0
    assert office.value("SELECT count(*) FROM hub.delta") == before


def test_what_lay_in_the_mailbox_before_is_its_past(office: MailOffice) -> None:
    office.server.deliver(letter())
    office.pull()
    assert office.message().past


def test_the_same_letter_in_two_folders_is_one(office: MailOffice) -> None:
    content = letter(message_id="<same@buyer.example>")
    office.server.deliver(content)
    office.server.deliver(content, "Sent")
    office.pull()
    assert len(office.messages()) == 1
    assert office.value("SELECT count(*) FROM hub.mail_copy") == 2


def test_a_letter_without_message_id_is_known_by_its_content(office: MailOffice) -> None:
    content = letter(message_id="none")
    office.server.deliver(content)
    office.server.deliver(content)
    office.pull()
    assert office.message().message_id.startswith("content:")


def test_a_new_uidvalidity_brings_no_letter_twice_and_no_new_one_is_lost(
    office: MailOffice,
) -> None:
    office.pull()
    office.server.deliver(letter(subject="Первое"))
    office.pull()
    office.server.deliver(letter(subject="Второе"))
    office.server.renumber()
    office.pull()
    rows = office.messages()
    assert [(row.subject, row.past) for row in rows] == [("Первое", False), ("Второе", False)]
    alive = office.rows("SELECT uid FROM hub.mail_copy WHERE gone_at IS NULL")
    assert len(alive) == 2


def test_flags_and_deletions_by_others_are_noted_and_no_message_is_deleted(
    office: MailOffice,
) -> None:
    office.client(email="anna@buyer.example")
    office.pull()
    for subject in ("Прочитано", "Удалено"):
        office.server.deliver(letter(subject=subject))
    office.pull()
    first, second = (row.id for row in office.rows("SELECT id FROM crm.message ORDER BY subject"))
    uids = dict(office.rows("SELECT message_id, uid FROM hub.mail_copy"))
    office.server.mark(uids[first], "\\Seen")
    office.server.remove(uids[second])
    office.later += office.sweep
    counts = office.pull()
    assert (counts["reflagged"], counts["gone"]) == (1, 1)
    assert len(office.messages()) == 2
    seen = office.rows("SELECT id FROM crm.interaction WHERE checked")
    assert [row.id for row in seen] == [first]


def test_a_large_letter_passes_through_a_file_and_leaves_none_behind(office: MailOffice) -> None:
    office.pull()
    office.server.deliver(letter(body="строка текста\n" * 200_000))
    office.pull()
    assert len(office.message().text) > 1000
    assert list((office.hub.home / "spool").rglob("*.eml")) == []


def test_of_a_letter_above_the_limit_only_the_header_is_read(
    dovecot: Dovecot, store_url: str, tmp_path: Path
) -> None:
    dovecot.empty()
    dovecot.deliver(letter(subject="Большое", body="строка текста\n" * 200_000))
    with mail_office(dovecot, store_url, tmp_path, largest_mb=1) as office:
        office.pull()
        row = office.message()
    assert (row.subject, row.text) == ("Большое", None)
