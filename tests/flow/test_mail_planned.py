"""`provodka sync mail --plan`: what would come is shown, and nothing of it stays anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from tests.dovecot import Dovecot, running_dovecot
from tests.flow.mail_letters import letter
from tests.flow.mail_office import MailOffice, mail_office
from tests.real_parts import needs

from provodka.flows.cli.syncing import _chosen
from provodka.flows.planning.rehearsing import rehearse
from provodka.flows.streams import STREAMS
from provodka.foundation.errors import ConfigurationError


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with running_dovecot(needs("dovecot")) as server:
        yield server


@pytest.fixture
def office(dovecot: Dovecot, store_url: str, tmp_path: Path) -> Iterator[MailOffice]:
    dovecot.empty()
    with mail_office(dovecot, store_url, tmp_path) as opened:
        opened.pull()
        yield opened


def with_file(content: bytes) -> bytes:
    made = message_from_bytes(content, policy=policy.default)
    assert isinstance(made, EmailMessage)
    made.add_attachment(b"%PDF-1.7", "application", "pdf", filename="счет.pdf")
    return made.as_bytes()


@pytest.mark.requirement("R69")
def test_a_plan_of_letters_shows_them_on_their_clients_and_keeps_nothing(
    office: MailOffice, tmp_path: Path
) -> None:
    client = office.client(email="anna@buyer.example", name="ООО Покупатель")
    office.server.deliver(with_file(letter()))
    before = office.rows("SELECT mailbox, folder, last_uid, modseq FROM hub.mail_folder")
    [stream] = [STREAMS["mail"]]
    for _again in range(2):
        found = rehearse(office.hub, [stream])
        assert found.ran[0].counts["letters"] == 1
        planned = [one for one in found.plan.changes if one.kind == "message"]
        assert [one.op for one in planned] == ["insert"]
    assert office.messages() == []
    assert office.rows("SELECT mailbox, folder, last_uid, modseq FROM hub.mail_folder") == before
    assert [one for one in (tmp_path / "home").rglob("*") if one.is_file()] == []
    assert office.server.flags() == [""]
    assert office.pull()["letters"] == 1
    assert office.message().client_id == client


def test_a_plan_of_letters_cannot_be_kept_and_says_why() -> None:
    assert STREAMS["mail"] in _chosen((), plan=True)
    assert STREAMS["mail"] not in _chosen((), plan=True, kept=True)
    with pytest.raises(ConfigurationError) as trouble:
        _chosen(["mail"], plan=True, kept=True)
    assert "provodka sync mail" in trouble.value.next_step
