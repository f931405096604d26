"""Sending over SMTP, with an honest answer to «was it sent?».

The dialogue is led step by step, because the outcome depends on the step: before the
letter's content was sent nothing has happened; after it, only the server's answer tells.
(All errors of smtplib are OSErrors.)
"""

from __future__ import annotations

import copy
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

from provodka.connectors.mail.servers import Security, masked, tls_context, untrusted
from provodka.connectors.mail.smtp_errors import (
    no_login,
    no_starttls,
    replied,
    text_of,
    too_large,
    unavailable,
    unknown,
)
from provodka.connectors.mail.wire import POLICY

__all__ = ["Rejection", "Sent", "SmtpReach", "SmtpSender", "SmtpSettings"]


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where and how to send. `timeout` is in seconds, for each step of the dialogue."""

    host: str
    port: int = 587
    security: Security = Security.STARTTLS
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = 30.0
    ca_file: Path | None = None
    helo_name: str | None = None

    @property
    def where(self) -> str:
        """For messages: ``SMTP mail.example.ru:587``."""
        return f"SMTP {self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Rejection:
    """One recipient that the server did not take, with its code and words.

    Codes 400–499 may be tried again; 500–599 are final.
    """

    address: str = field(repr=False)
    code: int
    said: str

    @property
    def final(self) -> bool:
        """Whether trying again is useless."""
        return self.code >= 500


@dataclass(frozen=True, slots=True)
class Sent:
    """The server took the letter for `accepted`; `rejected` did not get it."""

    message_id: str
    accepted: tuple[str, ...] = field(repr=False)
    rejected: tuple[Rejection, ...] = ()


@dataclass(frozen=True, slots=True)
class SmtpReach:
    """What a probe found: `size_limit` in bytes, None where the server names none."""

    encrypted: bool
    authenticated: bool
    size_limit: int | None


class SmtpSender:
    """Sends letters, one connection each."""

    def __init__(self, settings: SmtpSettings) -> None:
        self.settings = settings

    def send(self, letter: EmailMessage, *, before: Callable[[], None] = lambda: None) -> Sent:
        """Send to all of To, Cc and Bcc; the Bcc header itself is not sent.

        `before` is called when only the content is still to be sent; what it raises is raised.
        Returns when at least one recipient was accepted. Raises `SystemUnavailable` (no
        connection), `RetriableError` (4xx), `Refused` (5xx for the letter or for all
        recipients), `AccessDenied` (login), `ConfigurationError` (no TLS, certificate),
        `UnknownOutcome` when the connection was lost after the content was sent: look
        for the Message-ID in the Sent folder before repeating.
        """
        sender, recipients = _envelope(letter)
        wire = copy.copy(letter)
        del wire["Bcc"]
        content = wire.as_bytes(policy=POLICY)
        with self._connected() as smtp:
            self._check_size(smtp, len(content))
            with self._nothing_sent():
                self._answered(*smtp.mail(sender, self._mail_options(smtp, len(content))))
                rejected = self._rejected(smtp, recipients)
                self._answered(*smtp.docmd("DATA"), expected=354)
            with _hung_up(smtp):
                before()
            self._deliver(smtp, content)
        refused = {one.address for one in rejected}
        accepted = tuple(one for one in recipients if one not in refused)
        return Sent(str(letter["Message-ID"] or ""), accepted, tuple(rejected))

    def probe(self) -> SmtpReach:
        """Connect, encrypt and log in, send nothing. Raises what `send` would."""
        with self._connected() as smtp:
            return SmtpReach(
                encrypted=isinstance(smtp.sock, ssl.SSLSocket),
                authenticated=self.settings.login is not None,
                size_limit=_size_limit(smtp),
            )

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        with self._nothing_sent():
            smtp = self._connect()
        try:
            with self._nothing_sent():
                self._greet(smtp)
            yield smtp
        finally:
            # The outcome is known by now; how the parting goes does not change it.
            with suppress(OSError):
                smtp.quit()
            smtp.close()

    def _connect(self) -> smtplib.SMTP:
        chosen = self.settings
        if chosen.security is Security.TLS:
            return smtplib.SMTP_SSL(
                chosen.host,
                chosen.port,
                chosen.helo_name,
                timeout=chosen.timeout,
                context=tls_context(chosen.ca_file),
            )
        return smtplib.SMTP(chosen.host, chosen.port, chosen.helo_name, timeout=chosen.timeout)

    def _greet(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo_or_helo_if_needed()
        if self.settings.security is Security.STARTTLS:
            if not smtp.has_extn("starttls"):
                raise no_starttls(self.settings.where)
            smtp.starttls(context=tls_context(self.settings.ca_file))
            smtp.ehlo_or_helo_if_needed()
        if self.settings.login is not None:
            smtp.login(self.settings.login, self.settings.password or "")

    @contextmanager
    def _nothing_sent(self) -> Iterator[None]:
        """Translate what goes wrong while it is certain that the letter was not taken."""
        try:
            yield
        except ssl.SSLCertVerificationError as error:
            raise untrusted(self.settings.where, error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise no_login(self.settings.where, str(error)) from error
        except smtplib.SMTPResponseException as error:
            raise replied(self.settings.where, error.smtp_code, error.smtp_error) from error
        except OSError as error:
            raise unavailable(self.settings.where, error) from error

    def _rejected(self, smtp: smtplib.SMTP, recipients: Sequence[str]) -> list[Rejection]:
        """Offer every recipient; raises if none is taken."""
        rejected = []
        for address in recipients:
            code, words = smtp.rcpt(address)
            if code == 421:
                raise replied(self.settings.where, code, words)
            if code not in (250, 251, 252):
                rejected.append(Rejection(address, code, masked(text_of(words))))
        if len(rejected) == len(recipients):
            # One that may be tried again keeps the letter alive.
            worst = min(rejected, key=lambda one: one.final)
            raise replied(self.settings.where, worst.code, worst.said)
        return rejected

    def _deliver(self, smtp: smtplib.SMTP, content: bytes) -> None:
        """Send the content and hear the verdict; without one the outcome is unknown."""
        try:
            smtp.send(_stuffed(content))
            code, words = smtp.getreply()
        except OSError as error:
            raise unknown(self.settings.where, error) from error
        if 400 <= code < 600:
            raise replied(self.settings.where, code, words)
        if not 200 <= code < 300:
            raise unknown(self.settings.where, None)

    def _answered(self, code: int, words: bytes, *, expected: int = 250) -> None:
        if code != expected:
            raise replied(self.settings.where, code, words)

    def _mail_options(self, smtp: smtplib.SMTP, size: int) -> list[str]:
        return [f"SIZE={size}"] if smtp.has_extn("size") else []

    def _check_size(self, smtp: smtplib.SMTP, size: int) -> None:
        limit = _size_limit(smtp)
        if limit and size > limit:
            raise too_large(self.settings.where, size, limit)


def _envelope(letter: EmailMessage) -> tuple[str, list[str]]:
    headers = (letter.get_all(name, []) for name in ("To", "Cc", "Bcc"))
    found = (box.addr_spec for values in headers for value in values for box in value.addresses)
    sender = letter["From"].addresses[0].addr_spec
    return sender, list(dict.fromkeys(found))


@contextmanager
def _hung_up(smtp: smtplib.SMTP) -> Iterator[None]:
    """After DATA a QUIT would be content: whoever gives up then does so without a word."""
    try:
        yield
    except BaseException:
        smtp.close()
        raise


def _size_limit(smtp: smtplib.SMTP) -> int | None:
    named = smtp.esmtp_features.get("size", "")
    return int(named) or None if named.isdecimal() else None


def _stuffed(content: bytes) -> bytes:
    """Dots at line starts doubled and the end marked (RFC 5321 §4.5.2); lines end in CR LF."""
    ended = content if content.endswith(b"\r\n") else content + b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", ended) + b".\r\n"
