"""Sending over SMTP: every way it can end is told for what it is."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from tests.contract.mail.conftest import LOGIN, PASSWORD, Recorder, authenticate, free_port

from provodka.connectors.mail.messages import Letter, Mailbox, compose, message_id
from provodka.connectors.mail.servers import Security
from provodka.connectors.mail.smtp import SmtpSender, SmtpSettings
from provodka.foundation.errors import (
    AccessDenied,
    ConfigurationError,
    Refused,
    RetriableError,
    SystemUnavailable,
    UnknownOutcome,
)

Serve = Callable[..., int]
Scripted = Callable[..., int]
ANNA, BORIS, HIDDEN = "anna@client.example", "boris@client.example", "head@romashka.example"


def letter(*to: str, **fields: Any) -> Any:
    """A small letter to the given addresses."""
    draft = Letter(
        effect_key="info-letter:1",
        sender=Mailbox("hub@romashka.example", "ООО «Ромашка»"),
        to=tuple(map(Mailbox, to or (ANNA,))),
        subject="Информационное письмо",
        text=fields.pop("text", "Здравствуйте!\n.\n..\nДо встречи"),
        **fields,
    )
    return compose(draft, domain="romashka.example", sent_at=datetime(2026, 1, 31, tzinfo=UTC))


def sender(port: int, **settings: Any) -> SmtpSender:
    """A sender that speaks without encryption unless told otherwise."""
    named = {"security": Security.PLAIN, "timeout": 5.0, "helo_name": "hub.example", **settings}
    return SmtpSender(SmtpSettings("127.0.0.1", port, **named))


def speak(stream: Any, *, after_data: bytes | None, at_data: bytes = b"354 go\r\n") -> None:
    """A bare SMTP server; `after_data` is its verdict, None hangs up without one."""
    stream.write(b"220 mail.example\r\n")
    while line := stream.readline():
        if not line.upper().startswith(b"DATA"):
            stream.write(b"250 OK\r\n")
            continue
        stream.write(at_data)
        if not at_data.startswith(b"354"):
            continue
        while (content := stream.readline()) and content != b".\r\n":
            pass
        if after_data is None:
            return
        stream.write(after_data)


@pytest.mark.requirement("R19")
def test_a_letter_arrives_as_it_was_written(serve: Serve, recorder: Recorder) -> None:
    sent = sender(serve()).send(letter(ANNA))
    arrived = message_from_bytes(recorder.taken[0].content, policy=policy.default)
    assert sent.message_id == message_id("info-letter:1", "romashka.example")
    assert (sent.accepted, sent.rejected) == ((ANNA,), ())
    assert arrived["Message-ID"] == sent.message_id
    assert arrived["X-Provodka-Effect"] == "info-letter:1"
    assert arrived["Subject"] == "Информационное письмо"
    assert arrived.get_content().replace("\r\n", "\n") == "Здравствуйте!\n.\n..\nДо встречи\n"


def test_lines_that_begin_with_a_dot_survive_the_way(serve: Serve, recorder: Recorder) -> None:
    sender(serve()).send(letter(text=".\n..\n.hidden\nend"))
    arrived = message_from_bytes(recorder.taken[0].content, policy=policy.default)
    assert arrived.get_content().replace("\r\n", "\n") == ".\n..\n.hidden\nend\n"


def test_a_hidden_recipient_gets_the_letter_and_nobody_sees_it(
    serve: Serve, recorder: Recorder
) -> None:
    written = letter(ANNA, cc=(Mailbox(BORIS),), bcc=(Mailbox(HIDDEN),))
    sender(serve()).send(written)
    assert recorder.taken[0].rcpt_tos == [ANNA, BORIS, HIDDEN]
    assert HIDDEN.encode() not in recorder.taken[0].content
    assert written["Bcc"] == HIDDEN


def test_one_refused_recipient_does_not_stop_the_others(serve: Serve, recorder: Recorder) -> None:
    recorder.refuse = {BORIS: "550 5.1.1 <boris@client.example> unknown"}
    sent = sender(serve()).send(letter(ANNA, BORIS))
    assert sent.accepted == (ANNA,)
    (rejection,) = sent.rejected
    assert (rejection.address, rejection.code, rejection.final) == (BORIS, 550, True)
    assert "boris" not in repr(sent)


def test_a_letter_that_no_recipient_may_get_is_refused(serve: Serve, recorder: Recorder) -> None:
    recorder.refuse = {ANNA: "550 5.1.1 <anna@client.example> unknown"}
    with pytest.raises(Refused, match=r"550 5\.1\.1 <\*\*\*@client\.example>") as caught:
        sender(serve()).send(letter(ANNA))
    assert caught.value.code == "smtp_550"
    assert recorder.taken == []


def test_recipients_refused_for_now_are_tried_again_later(serve: Serve, recorder: Recorder) -> None:
    recorder.refuse = {ANNA: "550 unknown", BORIS: "450 greylisted"}
    with pytest.raises(RetriableError, match="450") as caught:
        sender(serve()).send(letter(ANNA, BORIS))
    assert caught.value.retry_after is not None


@pytest.mark.parametrize(
    ("verdict", "error"),
    [
        ("451 4.3.0 try later", RetriableError),
        ("421 4.3.2 closing", SystemUnavailable),
        ("550 5.7.1 looks like spam", Refused),
        ("554 5.6.0 no", Refused),
    ],
)
def test_the_verdict_on_the_content_decides(
    serve: Serve, recorder: Recorder, verdict: str, error: type[Exception]
) -> None:
    recorder.verdict = verdict
    with pytest.raises(error, match=verdict[:3]):
        sender(serve()).send(letter())


@pytest.mark.requirement("R69")
def test_a_connection_lost_after_the_content_is_an_unknown_outcome(
    serve: Serve, recorder: Recorder
) -> None:
    recorder.cut_at = "DATA"
    with pytest.raises(UnknownOutcome, match="ответ потерян"):
        sender(serve()).send(letter())
    assert len(recorder.taken) == 1


def test_a_server_that_falls_silent_after_the_content_is_an_unknown_outcome(
    scripted: Scripted,
) -> None:
    def silent(stream: Any) -> None:
        speak(stream, after_data=b"")
        stream.read(1)

    with pytest.raises(UnknownOutcome):
        sender(scripted(silent), timeout=0.2).send(letter())


def test_a_verdict_that_makes_no_sense_is_an_unknown_outcome(scripted: Scripted) -> None:
    with pytest.raises(UnknownOutcome, match="неразборчив"):
        sender(scripted(lambda s: speak(s, after_data=b"<html>\r\n"))).send(letter())


def test_a_verdict_that_is_neither_yes_nor_no_is_an_unknown_outcome(scripted: Scripted) -> None:
    with pytest.raises(UnknownOutcome):
        sender(scripted(lambda s: speak(s, after_data=b"354 go on\r\n"))).send(letter())


def test_a_connection_lost_before_the_content_has_changed_nothing(
    serve: Serve, recorder: Recorder
) -> None:
    recorder.cut_at = "MAIL"
    with pytest.raises(SystemUnavailable, match="нет связи"):
        sender(serve()).send(letter())


def test_a_refusal_to_take_content_at_all_has_changed_nothing(scripted: Scripted) -> None:
    port = scripted(lambda s: speak(s, after_data=None, at_data=b"452 4.3.1 disk full\r\n"))
    with pytest.raises(RetriableError, match="452"):
        sender(port).send(letter())


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(SystemUnavailable, match=r"SMTP 127\.0\.0\.1"):
        sender(free_port()).send(letter())


def test_a_server_that_is_closing_as_it_greets_is_unavailable(scripted: Scripted) -> None:
    with pytest.raises(SystemUnavailable, match="421"):
        sender(scripted(lambda s: s.write(b"421 too busy\r\n"))).send(letter())


def test_a_letter_larger_than_the_server_takes_is_refused_before_it_is_sent(
    serve: Serve, recorder: Recorder
) -> None:
    with pytest.raises(Refused, match="не больше 2000 байт"):
        sender(serve(data_size_limit=2000)).send(letter(text="x" * 3000))
    assert recorder.taken == []


def test_the_right_login_opens_the_server(serve: Serve, recorder: Recorder) -> None:
    port = serve(authenticator=authenticate, auth_require_tls=False)
    sender(port, login=LOGIN, password=PASSWORD).send(letter())
    assert len(recorder.taken) == 1


def test_a_wrong_password_denies_access_and_is_not_shown(serve: Serve) -> None:
    port = serve(authenticator=authenticate, auth_require_tls=False)
    with pytest.raises(AccessDenied, match="535") as caught:
        sender(port, login=LOGIN, password="battery staple").send(letter())
    assert "battery" not in str(caught.value)
    assert "battery" not in repr(SmtpSettings("host", password="battery staple"))


def test_a_server_that_wants_a_login_denies_access_to_who_has_none(
    serve: Serve, recorder: Recorder
) -> None:
    recorder.refuse = {"hub@romashka.example": "530 5.7.0 Authentication required"}
    with pytest.raises(AccessDenied, match="530"):
        sender(serve()).send(letter())


def test_a_login_that_the_server_does_not_offer_is_a_wrong_setting(serve: Serve) -> None:
    with pytest.raises(ConfigurationError, match="не предлагает вход"):
        sender(serve(), login=LOGIN, password=PASSWORD).send(letter())


def test_starttls_encrypts_with_a_certificate_that_is_trusted(
    serve: Serve, recorder: Recorder, server_tls: ssl.SSLContext, certificate: Path
) -> None:
    port = serve(tls_context=server_tls, require_starttls=True)
    secure = sender(port, security=Security.STARTTLS, ca_file=certificate)
    secure.send(letter())
    assert len(recorder.taken) == 1
    assert secure.probe().encrypted


def test_tls_from_the_first_byte_works_too(
    serve: Serve, recorder: Recorder, server_tls: ssl.SSLContext, certificate: Path
) -> None:
    port = serve(ssl_context=server_tls)
    sender(port, security=Security.TLS, ca_file=certificate).send(letter())
    assert len(recorder.taken) == 1


def test_a_certificate_that_nobody_vouches_for_stops_the_letter(
    serve: Serve, recorder: Recorder, server_tls: ssl.SSLContext
) -> None:
    port = serve(tls_context=server_tls, require_starttls=True)
    with pytest.raises(ConfigurationError, match="нет доверия"):
        sender(port, security=Security.STARTTLS).send(letter())
    assert recorder.taken == []


def test_a_server_without_starttls_never_gets_the_letter_in_the_clear(
    serve: Serve, recorder: Recorder
) -> None:
    with pytest.raises(ConfigurationError, match="STARTTLS"):
        sender(serve(), security=Security.STARTTLS).send(letter())
    assert recorder.taken == []


def test_an_unreadable_certificate_file_is_a_wrong_setting(serve: Serve, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="ca_file"):
        sender(serve(), security=Security.TLS, ca_file=tmp_path / "absent.pem").send(letter())


def test_a_probe_logs_in_and_sends_nothing(serve: Serve, recorder: Recorder) -> None:
    port = serve(authenticator=authenticate, auth_require_tls=False, data_size_limit=2000)
    reach = sender(port, login=LOGIN, password=PASSWORD).probe()
    assert (reach.encrypted, reach.authenticated, reach.size_limit) == (False, True, 2000)
    assert recorder.taken == []
