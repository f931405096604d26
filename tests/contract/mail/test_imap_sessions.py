"""Sessions with servers that misbehave, each told in the hub's words."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provodka.connectors.mail.imap.account import Account
from provodka.connectors.mail.imap.fetching import bring
from provodka.connectors.mail.imap.folder import New, new_letters
from provodka.connectors.mail.imap.session import ImapSession, Opened, State
from provodka.connectors.mail.servers import Security
from provodka.foundation.errors import (
    AccessDenied,
    ConfigurationError,
    RetriableError,
    SystemUnavailable,
)

Serve = Callable[..., int]
GREETING = b"* OK [CAPABILITY IMAP4rev1] ready\r\n"
FOLDER = [b"* 6 EXISTS", b"* OK [UIDVALIDITY 9] ok", b"* OK [UIDNEXT 7] ok"]


def talk(*turns: tuple[str, list[bytes], str], capability: bytes = b"IMAP4rev1") -> Any:
    """A server's script: after the login, for each command the lines, then its verdict.

    A verdict of `cut` hangs up after the lines.
    """

    def script(stream: Any) -> None:
        stream.write(GREETING)
        wanted = [
            ("CAPABILITY", [b"* CAPABILITY IMAP4rev1"], "OK"),
            ("LOGIN", [], "OK"),
            ("CAPABILITY", [b"* CAPABILITY " + capability], "OK"),
            *turns,
        ]
        for command, lines, verdict in wanted:
            line = stream.readline()
            tag, _space, rest = line.partition(b" ")
            assert rest.upper().startswith(command.encode()), line
            stream.write(b"".join(one + b"\r\n" for one in lines))
            if verdict == "cut":
                return
            stream.write(tag + b" " + verdict.encode() + b" done\r\n")

    return script


def account(port: int, **options: Any) -> Account:
    options = {"login": "sales", "password": "secret", "security": Security.PLAIN} | options
    return Account("127.0.0.1", port=port, timeout=5, **options)


def bring_one(port: int, spool: Path, size: int) -> None:
    """Open the folder and bring a letter of so many bytes."""
    with ImapSession(account(port)) as session:
        session.open("INBOX")
        list(bring(session, [New(7, (), size)], spool, 9_000_000))


def test_what_lies_below_the_cursor_is_dropped(scripted: Serve) -> None:
    # RFC 3501 §6.4.8: `7:*` beyond the end is answered with the last letter, UID 6.
    told = [b"* 6 FETCH (UID 6 FLAGS (\\Seen) RFC822.SIZE 10 BODY[HEADER.FIELDS (X)] {0}", b")"]
    port = scripted(
        talk(("EXAMINE", [*FOLDER[:2], b"* OK [UIDNEXT 9] ok"], "OK"), ("UID FETCH", told, "OK"))
    )
    with ImapSession(account(port)) as session:
        opened = session.open("INBOX")
        assert list(new_letters(session, opened, 6)) == [(8, [])]


def test_a_server_that_does_not_tell_uidnext_is_asked_for_its_last_letter(scripted: Serve) -> None:
    last = [b"* 6 FETCH (UID 41)"]
    port = scripted(talk(("EXAMINE", FOLDER[:2], "OK"), ("UID FETCH *", last, "OK")))
    with ImapSession(account(port)) as session:
        assert session.open("INBOX").uid_next == 42


def test_a_connection_cut_in_the_middle_of_a_letter_is_trouble_of_life(
    scripted: Serve, tmp_path: Path
) -> None:
    half = [b"* 1 FETCH (UID 7 BODY[] {500}", b"Subject: half of"]
    port = scripted(talk(("EXAMINE", FOLDER, "OK"), ("UID FETCH", half, "cut")))
    with pytest.raises(SystemUnavailable) as caught:
        bring_one(port, tmp_path, 500)
    assert caught.value.code == "imap_cut"


def test_a_large_letter_cut_between_pieces_leaves_no_file(scripted: Serve, tmp_path: Path) -> None:
    piece = b"x" * 1024 * 1024
    told = [b"* 1 FETCH (UID 7 BODY[]<0> {%d}" % len(piece), piece + b")"]
    cut = ("UID FETCH", [b"* BYE shutting down"], "cut")
    port = scripted(talk(("EXAMINE", FOLDER, "OK"), ("UID FETCH", told, "OK"), cut))
    with pytest.raises(SystemUnavailable):
        bring_one(port, tmp_path, 5_000_000)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("lines", "verdict", "error", "code"),
    [
        ([b"* BYE overloaded"], "cut", SystemUnavailable, "imap_cut"),
        ([], "BAD", SystemUnavailable, "imap_bad"),
        ([], "cut", SystemUnavailable, "imap_cut"),
        ([], "NO [UNAVAILABLE]", RetriableError, "imap_no"),
    ],
)
def test_a_command_that_fails_is_told_by_what_to_do_next(
    scripted: Serve, tmp_path: Path, lines: list[bytes], verdict: str, error: type[Exception],
    code: str,
) -> None:  # fmt: skip
    port = scripted(talk(("EXAMINE", FOLDER, "OK"), ("UID FETCH", lines, verdict)))
    with pytest.raises(error) as caught:
        bring_one(port, tmp_path, 500)
    assert getattr(caught.value, "code", "") == code


def test_a_folder_that_is_not_there_is_a_setting_to_mend(scripted: Serve) -> None:
    there = [b'* LIST (\\HasNoChildren) "/" "INBOX"', b'* LIST () "/" "&BCEEPwQwBDw-"']
    port = scripted(talk(("EXAMINE", [], "NO"), ("LIST", there, "OK")))
    with pytest.raises(ConfigurationError) as caught, ImapSession(account(port)) as session:
        session.open("Заказы")
    assert "INBOX, Спам" in caught.value.found


def test_a_wrong_password_is_told_without_the_password(scripted: Serve) -> None:
    def script(stream: Any) -> None:
        stream.write(GREETING)
        for answer in (
            b"* CAPABILITY IMAP4rev1\r\n%s OK x\r\n",
            b"%s NO [AUTHENTICATIONFAILED]\r\n",
        ):
            tag = stream.readline().partition(b" ")[0]
            stream.write(answer % tag)

    with pytest.raises(AccessDenied) as caught, ImapSession(account(scripted(script))):
        pass
    assert caught.value.code == "imap_login"
    assert "secret" not in str(caught.value)


def test_a_token_is_given_as_xoauth2_says(scripted: Serve) -> None:
    heard: list[bytes] = []

    def script(stream: Any) -> None:
        stream.write(GREETING)
        stream.write(b"* CAPABILITY IMAP4rev1\r\n%s OK x\r\n" % stream.readline().split()[0])
        tag = stream.readline().split()[0]
        stream.write(b"+ \r\n")
        heard.append(base64.b64decode(stream.readline()))
        stream.write(b"+ " + base64.b64encode(b'{"status":"401"}') + b"\r\n")
        heard.append(stream.readline().strip())
        stream.write(tag + b" NO SASL authentication failed\r\n")

    chosen = account(scripted(script), password="", token=lambda: "a-token")
    with pytest.raises(AccessDenied), ImapSession(chosen):
        pass
    assert heard == [b"user=sales\x01auth=Bearer a-token\x01\x01", b""]


def test_a_server_that_ignores_a_known_state_is_not_taken_at_its_word(scripted: Serve) -> None:
    answer = [b"* 2 EXISTS", b"* OK [UIDVALIDITY 10] new", b"* OK [UIDNEXT 3] ok"]
    port = scripted(
        talk(("ENABLE", [b"* ENABLED QRESYNC"], "OK"), ("EXAMINE", answer, "OK"),
             capability=b"IMAP4rev1 ENABLE QRESYNC CONDSTORE")
    )  # fmt: skip
    with ImapSession(account(port)) as session:
        opened = session.open("INBOX", State(9, 6, 50))
    assert opened == Opened("INBOX", 10, 3, 2)


def test_what_vanished_and_changed_is_heard_on_opening(scripted: Serve) -> None:
    answer = [
        b"* 2 EXISTS", b"* OK [UIDVALIDITY 9] same", b"* OK [UIDNEXT 7] ok",
        b"* OK [HIGHESTMODSEQ 61] ok", b"* VANISHED (EARLIER) 1:2,4",
        b"* 1 FETCH (UID 3 MODSEQ (60) FLAGS (\\Seen))",
    ]  # fmt: skip
    port = scripted(
        talk(("ENABLE", [b"* ENABLED QRESYNC"], "OK"), ("EXAMINE", answer, "OK"),
             capability=b"IMAP4rev1 ENABLE QRESYNC CONDSTORE")
    )  # fmt: skip
    with ImapSession(account(port)) as session:
        opened = session.open("INBOX", State(9, 6, 50))
    assert (opened.resumed, opened.modseq, opened.vanished) == (True, 61, ((1, 2), (4, 4)))
    assert [(one.uid, one.flags) for one in opened.changed] == [(3, ("\\Seen",))]
