"""The look-up in the Sent folder, against a server that follows a script."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.contract.mail.conftest import LOGIN, PASSWORD, free_port

from provodka.connectors.mail.sent_folder import ImapSettings, SentFolder
from provodka.connectors.mail.servers import Security
from provodka.foundation.errors import AccessDenied, ConfigurationError, SystemUnavailable

Scripted = Callable[..., int]
WANTED = "<0123456789@romashka.example>"
FOLDERS = (
    rb'* LIST (\HasNoChildren) "/" INBOX',
    rb'* LIST (\HasNoChildren \Sent) "/" "&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-"',
)


class Imap:
    """A small IMAP server: one account, whose Sent folder holds the given headers."""

    def __init__(self, *headers: bytes, folders: tuple[bytes, ...] = FOLDERS) -> None:
        self.headers = headers
        self.folders = folders
        self.asked: list[bytes] = []
        self.hang_up_at = b""
        self.starttls = False

    def __call__(self, stream: Any) -> bool:
        """Play; true when the client asked for encryption and was promised it."""
        if not self.asked:
            stream.write(b"* OK ready\r\n")
        while line := stream.readline():
            tag, _space, command = line.strip().partition(b" ")
            self.asked.append(command)
            if self.hang_up_at and self.hang_up_at in command:
                return False
            lines, verdict = self.answer(command)
            stream.write(b"".join(one + b"\r\n" for one in (*lines, tag + b" " + verdict)))
            if command in (b"LOGOUT", b"STARTTLS"):
                return bool(command == b"STARTTLS")
        return False

    def answer(self, command: bytes) -> tuple[tuple[bytes, ...], bytes]:
        name = command.partition(b" ")[0].upper()
        if name == b"CAPABILITY":
            offered = b" STARTTLS" if self.starttls else b""
            return (b"* CAPABILITY IMAP4rev1" + offered,), b"OK done"
        if name == b"LOGIN":
            return (), b"OK in" if PASSWORD.encode() in command else b"NO [AUTHENTICATIONFAILED] no"
        if name == b"LIST":
            return self.folders, b"OK listed"
        if name == b"EXAMINE":
            known = any(command.split(b" ", 1)[1] in folder for folder in self.folders)
            return ((b"* 1 EXISTS",), b"OK [READ-ONLY]") if known else ((), b"NO no such folder")
        if b"SEARCH" in command:
            uids = b" ".join(b"%d" % n for n, _header in enumerate(self.headers, 1))
            return (b"* SEARCH " + uids,), b"OK searched"
        if b"FETCH" in command:
            return (self.fetched(int(re.findall(rb"\d+", command)[0])),), b"OK fetched"
        return (b"* BYE",) if name == b"LOGOUT" else (), b"OK done"

    def fetched(self, uid: int) -> bytes:
        header = b"Subject: x\r\n" + self.headers[uid - 1] + b"\r\n\r\n"
        return b"* %d FETCH (UID %d BODY[HEADER] {%d}\r\n%b)" % (uid, uid, len(header), header)


def folder(port: int, **settings: Any) -> SentFolder:
    """The Sent folder of the one account, without encryption."""
    named = {"password": PASSWORD, "security": Security.PLAIN, "timeout": 5.0, **settings}
    return SentFolder(ImapSettings("127.0.0.1", LOGIN, port=port, **named))


def test_a_letter_that_was_sent_is_found_in_the_folder_with_the_sent_flag(
    scripted: Scripted,
) -> None:
    server = Imap(b"Message-ID: " + WANTED.encode())
    assert folder(scripted(server)).holds(WANTED)
    assert any(b'HEADER "Message-ID" "' + WANTED.encode() in asked for asked in server.asked)


def test_a_folded_identifier_is_the_same_identifier(scripted: Scripted) -> None:
    assert folder(scripted(Imap(b"Message-ID:\r\n " + WANTED.encode()))).holds(WANTED)


def test_a_letter_that_was_not_sent_is_not_found(scripted: Scripted) -> None:
    assert not folder(scripted(Imap())).holds(WANTED)


def test_a_letter_whose_identifier_only_contains_ours_is_not_ours(scripted: Scripted) -> None:
    other = b"Message-ID: <x" + WANTED.encode()[1:]
    quoted = b"References: " + WANTED.encode() + b"\r\nMessage-ID: <other@client.example>"
    assert not folder(scripted(Imap(other, quoted))).holds(WANTED)


def test_looking_marks_nothing_as_read(scripted: Scripted) -> None:
    server = Imap(b"Message-ID: " + WANTED.encode())
    folder(scripted(server)).holds(WANTED)
    assert any(asked.startswith(b"EXAMINE") for asked in server.asked)
    assert all(b"PEEK" in asked for asked in server.asked if b"FETCH" in asked)


def test_a_folder_named_in_the_settings_is_used_as_it_is(scripted: Scripted) -> None:
    server = Imap(folders=(rb'* LIST () "/" "Archive"',))
    assert folder(scripted(server), sent_folder="Archive").probe() == "Archive"


def test_a_probe_names_the_folder_in_readable_letters(scripted: Scripted) -> None:
    assert folder(scripted(Imap())).probe() == "Отправленные"


def test_an_account_without_a_sent_folder_is_a_wrong_setting(scripted: Scripted) -> None:
    with pytest.raises(ConfigurationError, match="есть: INBOX"):
        folder(scripted(Imap(folders=FOLDERS[:1]))).holds(WANTED)


def test_a_named_folder_that_is_not_there_is_a_wrong_setting(scripted: Scripted) -> None:
    with pytest.raises(ConfigurationError, match="sent_folder"):
        folder(scripted(Imap()), sent_folder="Nowhere").holds(WANTED)


def test_a_wrong_password_denies_access_and_is_not_shown(scripted: Scripted) -> None:
    with pytest.raises(AccessDenied, match="AUTHENTICATIONFAILED") as caught:
        folder(scripted(Imap()), password="battery staple").holds(WANTED)
    assert "battery" not in str(caught.value)


@pytest.mark.parametrize("moment", [b"LOGIN", b"LIST", b"EXAMINE", b"SEARCH", b"FETCH"])
def test_a_connection_lost_in_the_middle_is_no_answer(scripted: Scripted, moment: bytes) -> None:
    server = Imap(b"Message-ID: " + WANTED.encode())
    server.hang_up_at = moment
    with pytest.raises(SystemUnavailable):
        folder(scripted(server)).holds(WANTED)


def test_a_connection_lost_at_the_parting_does_not_change_the_answer(scripted: Scripted) -> None:
    server = Imap(b"Message-ID: " + WANTED.encode())
    server.hang_up_at = b"LOGOUT"
    assert folder(scripted(server)).holds(WANTED)


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(SystemUnavailable, match=r"IMAP 127\.0\.0\.1"):
        folder(free_port()).holds(WANTED)


def test_tls_is_the_default_and_its_certificate_is_verified(
    scripted: Scripted, server_tls: ssl.SSLContext, certificate: Path
) -> None:
    server = Imap(b"Message-ID: " + WANTED.encode())
    trusted = folder(scripted(server, server_tls), security=Security.TLS, ca_file=certificate)
    assert trusted.holds(WANTED)
    with pytest.raises(ConfigurationError, match="нет доверия"):
        folder(scripted(Imap(), server_tls), security=Security.TLS).holds(WANTED)
    assert ImapSettings("host", LOGIN, PASSWORD).security is Security.TLS


def test_starttls_that_is_not_offered_stops_before_the_password(scripted: Scripted) -> None:
    server = Imap()
    with pytest.raises(ConfigurationError, match="STARTTLS"):
        folder(scripted(server), security=Security.STARTTLS).holds(WANTED)
    assert not any(asked.startswith(b"LOGIN") for asked in server.asked)


def test_starttls_that_is_offered_encrypts_before_the_password(
    scripted: Scripted, server_tls: ssl.SSLContext, certificate: Path
) -> None:
    server = Imap(b"Message-ID: " + WANTED.encode())
    server.starttls = True
    port = scripted(server, later=server_tls)
    assert folder(port, security=Security.STARTTLS, ca_file=certificate).holds(WANTED)
    asked = [command.partition(b" ")[0] for command in server.asked]
    assert asked.index(b"STARTTLS") < asked.index(b"LOGIN")
