"""What letters carry: files kept once, letters that break, letters that come out of order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.dovecot import Dovecot, running_dovecot
from tests.flow.mail_letters import LOGIN, letter
from tests.flow.mail_office import MailOffice, mail_office
from tests.real_parts import needs

from provodka.flows.mail import storing, taking
from provodka.flows.mail.boxes import files_folder
from provodka.flows.mail.files import FileStore
from provodka.flows.mail.replaying import replay_letters
from provodka.foundation.errors import DocumentError
from provodka.foundation.identifiers import uuid7

PDF = b"%PDF-1.4 an order of twenty bottles"


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with running_dovecot(needs("dovecot")) as server:
        yield server


@pytest.fixture
def office(dovecot: Dovecot, store_url: str, tmp_path: Path) -> Iterator[MailOffice]:
    dovecot.empty()
    with mail_office(dovecot, store_url, tmp_path) as opened:
        yield opened


def with_file(content: bytes, name: str) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "anna@buyer.example", LOGIN, "Заказ"
    made["Message-ID"] = f"<{uuid7()}@buyer.example>"
    made.set_content("Во вложении")
    made.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    return made.as_bytes()


def test_one_content_in_two_letters_is_one_file_under_harmless_names(office: MailOffice) -> None:
    for name in ("../../etc/заказ.pdf", "order.pdf"):
        office.server.deliver(with_file(PDF, name))
    office.pull()
    rows = office.rows("SELECT name, sha256 FROM hub.message_file")
    assert {row.sha256 for row in rows} == {hashlib.sha256(PDF).hexdigest()}
    assert all("/" not in row.name and ".." not in row.name for row in rows)
    folder = files_folder(office.hub)
    assert [one.read_bytes() for one in folder.rglob("*") if one.is_file()] == [PDF]
    with FileStore(folder).open(rows[0].sha256) as kept:
        assert kept.read() == PDF


def test_a_file_above_the_limit_is_told_of_and_not_kept(
    office: MailOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provodka.flows.mail.desks.MEGABYTE", 0)
    office.server.deliver(with_file(PDF, "order.pdf"))
    office.pull()
    [row] = office.rows("SELECT name, size, left_out FROM hub.message_file")
    assert (row.name, row.size, row.left_out) == ("order.pdf", len(PDF), "too_large")
    assert not [one for one in files_folder(office.hub).rglob("*") if one.is_file()]


def test_a_file_that_is_not_here_is_told_with_the_folder(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        FileStore(tmp_path).open("0" * 64)
    assert str(tmp_path) in caught.value.found


@pytest.mark.parametrize("name", ["../secret", "0" * 63, ""])
def test_what_is_no_hash_opens_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        FileStore(tmp_path).open(name)


def test_a_letter_that_cannot_be_stored_is_set_aside_alone_and_read_again_on_request(
    office: MailOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = storing.store

    def breaking(connection: Any, arrivals: Any, desk: Any) -> Any:
        if any(one.letter.subject == "Ядовитое" for one in arrivals):
            connection.execute(text("SELECT 1 / 0"))
        return real(connection, arrivals, desk)

    monkeypatch.setattr(taking, "store", breaking)
    for subject in ("Первое", "Ядовитое", "Третье"):
        office.server.deliver(letter(subject=subject))
    assert office.pull()["set_aside"] == 1
    assert {row.subject for row in office.messages()} == {"Первое", "Третье"}
    [aside] = office.rows("SELECT stream, external_key FROM hub.quarantine WHERE state = 'open'")
    monkeypatch.setattr(taking, "store", real)
    counts = replay_letters(office.hub, aside.stream, [aside.external_key])
    assert (counts["tried"], counts["letters"]) == (1, 1)
    assert office.rows("SELECT state FROM hub.quarantine WHERE state = 'open'") == []
    assert len(office.messages()) == 3


def test_a_letter_that_a_server_showed_too_late_is_found_by_the_sweep(office: MailOffice) -> None:
    office.pull()
    for subject in ("Первое", "Запоздавшее", "Третье"):
        office.server.deliver(letter(subject=subject))
    office.pull()
    with office.hub.engine.begin() as connection:
        connection.execute(text("DELETE FROM crm.message WHERE subject = 'Запоздавшее'"))
    assert office.pull()["letters"] == 0
    office.later += office.sweep
    assert office.pull()["letters"] == 1
    assert len(office.messages()) == 3
