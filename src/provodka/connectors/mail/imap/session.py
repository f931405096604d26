"""A connection to a mailbox: logged in, capabilities known, folders opened for reading only."""

from __future__ import annotations

import imaplib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

from imap_tools.imap_utf7 import utf7_encode

from provodka.connectors.mail.imap.account import Account
from provodka.connectors.mail.imap.answers import Fetched, Listed, fetched, listed, uid_ranges
from provodka.connectors.mail.imap.failures import (
    denied,
    no_folder,
    no_starttls,
    refused,
    translated,
)
from provodka.connectors.mail.servers import Security, tls_context

__all__ = ["ImapSession", "Opened", "State"]


@dataclass(frozen=True, slots=True)
class State:
    """How far a folder is known: UIDVALIDITY, the largest UID read, HIGHESTMODSEQ (0: none)."""

    uid_validity: int
    last_uid: int = 0
    modseq: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder as it answered. `modseq` is 0 where it keeps none; `resumed` tells that
    `vanished` and `changed` are all that happened since the state that was given.
    """

    name: str
    uid_validity: int
    uid_next: int
    exists: int
    modseq: int = 0
    resumed: bool = False
    vanished: tuple[tuple[int, int], ...] = ()
    changed: tuple[Fetched, ...] = ()


class ImapSession:
    """Enter it to connect and log in. Not for several threads at once.

    Everything raises `SystemUnavailable` for a broken connection and `RetriableError` for a
    command that was answered NO.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        self.where = account.where
        self.capabilities: frozenset[str] = frozenset()

    def __enter__(self) -> Self:
        with translated(self.where):
            self.client = self._connect()
            try:
                self._log_in()
                self._learn()
            except BaseException:
                self._hang_up()
                raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # What was read is known by now; how the parting goes does not change it.
        if kind is None:
            with suppress(imaplib.IMAP4.error, OSError):
                self.client.logout()
        self._hang_up()

    def folders(self) -> list[Listed]:
        """Every folder that can hold letters."""
        with translated(self.where):
            answer = self._done("LIST", self.client.list())
        found = (listed(line) for line in answer if line)
        return [one for one in found if one is not None and one.selectable]

    def open(self, folder: str, known: State | None = None) -> Opened:
        """Open a folder for reading; with a known state, hear what has happened since.

        Raises `ConfigurationError` where there is no such folder.
        """
        with translated(self.where):
            self.client.untagged_responses = {}
            self.client.is_readonly = True
            kind, answer = self.client.xatom("EXAMINE", _quoted(folder), *self._asked(known))
            if kind != "OK":
                self._not_opened(folder, _text(answer))
            self.client.state = "SELECTED"
            opened = self._opened(folder, known)
        if opened.uid_next or not opened.exists:
            return opened
        # Some servers leave UIDNEXT out, although they must not (RFC 3501 §6.3.1).
        last = max((one.uid or 0 for one in self.fetch("*", "(UID)")), default=0)
        return replace(opened, uid_next=last + 1)

    def fetch(self, uids: str, items: str, *, since: int = 0) -> list[Fetched]:
        """FETCH by UID; with `since`, only what changed after that modseq (RFC 7162 §3.1.4)."""
        more = (f"(CHANGEDSINCE {since})",) if since else ()
        with translated(self.where):
            self.client.response("FETCH")
            answer = self._done("FETCH", self.client.uid("FETCH", uids, items, *more))
        return [one for one in fetched(answer) if one.uid is not None]

    def vanished(self) -> list[tuple[int, int]]:
        """Ranges of UIDs that the server said were gone since the last call."""
        return uid_ranges(self.client.response("VANISHED")[1])

    def _connect(self) -> imaplib.IMAP4:
        chosen = self.account
        if chosen.security is Security.TLS:
            context = tls_context(chosen.ca_file)
            return imaplib.IMAP4_SSL(
                chosen.host, chosen.port, ssl_context=context, timeout=chosen.timeout
            )
        return imaplib.IMAP4(chosen.host, chosen.port, timeout=chosen.timeout)

    def _log_in(self) -> None:
        chosen = self.account
        if chosen.security is Security.STARTTLS:
            if "STARTTLS" not in self.client.capabilities:
                raise no_starttls(self.where)
            self.client.starttls(tls_context(chosen.ca_file))
        token = chosen.token() if chosen.token else ""
        try:
            if token:
                self.client.authenticate("XOAUTH2", _bearer(chosen.login, token))
            elif chosen.login.isascii() and chosen.password.isascii():
                self.client.login(chosen.login, chosen.password)
            else:
                self.client.authenticate("PLAIN", _plain(chosen.login, chosen.password))
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise denied(self.where, _text(error.args) or str(error)) from error

    def _learn(self) -> None:
        """Ask for capabilities after the login: before it they are not complete."""
        answer = self._done("CAPABILITY", self.client.capability())
        self.capabilities = frozenset(_text(answer).upper().split())
        if {"ENABLE", "QRESYNC"} <= self.capabilities:
            kind, _answer = self.client.xatom("ENABLE", "QRESYNC")
            enabled = _text(self.client.response("ENABLED")[1]).upper().split()
            if kind != "OK" or "QRESYNC" not in enabled:
                self.capabilities -= {"QRESYNC"}
        else:
            self.capabilities -= {"QRESYNC"}

    def _asked(self, known: State | None) -> tuple[str, ...]:
        if "QRESYNC" in self.capabilities and known and known.modseq and known.last_uid:
            state = f"{known.uid_validity} {known.modseq} 1:{known.last_uid}"
            return (f"(QRESYNC ({state}))",)
        return ("(CONDSTORE)",) if "CONDSTORE" in self.capabilities else ()

    def _opened(self, folder: str, known: State | None) -> Opened:
        validity = self._said("UIDVALIDITY")
        resumed = bool(
            "QRESYNC" in self.capabilities
            and known
            and known.modseq
            and known.last_uid
            and known.uid_validity == validity
        )
        exists = self._said("EXISTS")
        changed = list(fetched(self.client.response("FETCH")[1])) if resumed else []
        return Opened(
            folder,
            validity,
            self._said("UIDNEXT"),
            exists,
            self._said("HIGHESTMODSEQ"),
            resumed,
            tuple(uid_ranges(self.client.response("VANISHED")[1])) if resumed else (),
            tuple(one for one in changed if one.uid is not None),
        )

    def _said(self, name: str) -> int:
        answers = [one for one in self.client.response(name)[1] if one]
        last = answers[-1].strip() if answers else b""
        return int(last) if last.isdigit() else 0

    def _not_opened(self, folder: str, answer: str) -> None:
        there = [one.name for one in self.folders()]
        if folder not in there and folder.upper() != "INBOX":
            raise no_folder(self.where, folder, ", ".join(there))
        raise refused(self.where, "EXAMINE", answer)

    def _done(self, command: str, answer: tuple[str, Any]) -> list[Any]:
        kind, said = answer
        if kind != "OK":
            raise refused(self.where, command, _text(said))
        return list(said)

    def _hang_up(self) -> None:
        with suppress(OSError):
            self.client.shutdown()


def _quoted(folder: str) -> str:
    name = utf7_encode(folder).decode("ascii")
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(answer: Sequence[Any]) -> str:
    return " ".join(one.decode("utf-8", "replace") for one in answer if isinstance(one, bytes))


def _plain(login: str, password: str) -> Callable[[bytes], bytes]:
    return lambda _challenge: f"\0{login}\0{password}".encode()


def _bearer(login: str, token: str) -> Callable[[bytes], bytes]:
    """XOAUTH2: the token first; to what the server has against it, an empty line."""
    answers = iter([f"user={login}\1auth=Bearer {token}\1\1".encode()])
    return lambda _challenge: next(answers, b"")
