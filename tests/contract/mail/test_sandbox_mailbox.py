"""A letter whose answer was lost is found in the Sent folder, over real SMTP and IMAP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from tests.contract.telephony.sandbox_process import SandboxProcess, running_sandbox

from provodka.connectors.mail.messages import Letter, Mailbox, compose
from provodka.connectors.mail.sent_folder import ImapSettings, SentFolder
from provodka.connectors.mail.servers import Security
from provodka.connectors.mail.smtp import SmtpSender, SmtpSettings
from provodka.foundation.errors import AccessDenied, Refused, RetriableError, UnknownOutcome


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), "--no-pbx") as running:
        yield running


@pytest.fixture
def sender(sandbox: SandboxProcess) -> SmtpSender:
    place = sandbox.about
    return SmtpSender(
        SmtpSettings(
            place["smtp_host"],
            place["smtp_port"],
            Security.PLAIN,
            place["mail_login"],
            place["mail_password"],
        )
    )


@pytest.fixture
def sent(sandbox: SandboxProcess) -> SentFolder:
    place = sandbox.about
    return SentFolder(
        ImapSettings(
            place["imap_host"],
            place["mail_login"],
            place["mail_password"],
            place["imap_port"],
            Security.PLAIN,
        )
    )


def letter(key: str, to: str = "anna@client.example") -> EmailMessage:
    """The letter of one effect."""
    draft = Letter(
        effect_key=key,
        sender=Mailbox("hub@romashka.example"),
        to=(Mailbox(to),),
        subject="Информационное письмо",
        text="Здравствуйте!",
    )
    return compose(draft, domain="romashka.example", sent_at=datetime(2026, 1, 31, tzinfo=UTC))


@pytest.mark.requirement("R69")
def test_a_letter_that_went_out_is_found_and_another_is_not(
    sender: SmtpSender, sent: SentFolder
) -> None:
    went = sender.send(letter("effect:1"))
    assert sent.holds(went.message_id)
    assert not sent.holds(letter("effect:2")["Message-ID"])


def test_an_unknown_outcome_is_settled_by_looking(
    sandbox: SandboxProcess, sender: SmtpSender, sent: SentFolder
) -> None:
    sandbox.order("faults", kind="smtp_drop_after")
    with pytest.raises(UnknownOutcome):
        sender.send(letter("effect:3"))
    assert sent.holds(letter("effect:3")["Message-ID"])


def test_a_letter_that_was_turned_away_is_not_in_the_folder(
    sandbox: SandboxProcess, sender: SmtpSender, sent: SentFolder
) -> None:
    sandbox.order("faults", kind="smtp_reject")
    with pytest.raises(Refused):
        sender.send(letter("effect:4"))
    sandbox.order("faults", kind="smtp_defer")
    with pytest.raises(RetriableError):
        sender.send(letter("effect:4"))
    assert not sent.holds(letter("effect:4")["Message-ID"])
    assert sender.send(letter("effect:4")).rejected == ()
    assert sent.holds(letter("effect:4")["Message-ID"])


def test_both_ends_answer_a_probe(sender: SmtpSender, sent: SentFolder) -> None:
    assert sender.probe().authenticated
    assert sent.probe() == "Sent"


def test_a_wrong_password_does_not_open_the_mailbox(sandbox: SandboxProcess) -> None:
    place = sandbox.about
    wrong = ImapSettings("127.0.0.1", "robot", "wrong", place["imap_port"], Security.PLAIN)
    with pytest.raises(AccessDenied):
        SentFolder(wrong).probe()
