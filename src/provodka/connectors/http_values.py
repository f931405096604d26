"""What goes into and comes out of an HTTP exchange, whichever library makes it."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import quote, urlsplit

from provodka.foundation.errors import (
    ConfigurationError,
    ProvodkaError,
    RetriableError,
    SystemUnavailable,
    UnknownOutcome,
)
from provodka.foundation.i18n import _

__all__ = [
    "AnswerTooLarge",
    "BasicAuth",
    "HttpAnswer",
    "Retries",
    "checked_url",
    "encode_path",
    "gateway_trouble",
    "masked",
    "unknown_outcome",
]

KEY = re.compile(r"\([^)]*\)")
LONG_NUMBER = re.compile(r"\d{7,}")


class AnswerTooLarge(SystemUnavailable):
    """The body passed the limit and was dropped; asking for less may help, asking again not."""


@dataclass(frozen=True, slots=True)
class BasicAuth:
    """A login and a password, sent as UTF-8 (RFC 7617), which 1C expects."""

    login: str
    password: str = field(repr=False)

    def header(self) -> str:
        """The value of the `Authorization` header."""
        pair = f"{self.login}:{self.password}".encode()
        return "Basic " + b64encode(pair).decode("ascii")


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a read is repeated and how long it waits in between, in seconds.

    A wait that the other side asks for is obeyed up to `patience`; a longer one
    is passed on to the caller in the error's `retry_after`.
    """

    attempts: int = 4
    first_wait: float = 0.5
    longest_wait: float = 10.0
    patience: timedelta = timedelta(seconds=30)

    def backoff(self, error: RetriableError) -> bool | timedelta:
        """Whether to repeat after this error, or after what wait."""
        if isinstance(error, AnswerTooLarge):
            return False
        if error.retry_after is None:
            return True
        return error.retry_after if error.retry_after <= self.patience else False


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """One answer: status, headers (names in lower case), the whole body, seconds it took."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    def retry_after(self) -> timedelta | None:
        """The wait that the other side asked for, when it said so in seconds."""
        asked = self.headers.get("retry-after", "")
        return timedelta(seconds=int(asked)) if asked.isdigit() else None


def encode_path(path: str) -> str:
    """Percent-encode a path once: what is encoded already stays as it is."""
    return quote(path, safe="/()'=,$:;@!*~%")


def masked(path: str) -> str:
    """A path for logs and messages: no keys, no digits that could be a phone."""
    return LONG_NUMBER.sub("…", KEY.sub("(…)", path))


def checked_url(base_url: str) -> str:
    """The address encoded, without a slash at its end; `ConfigurationError` if it cannot work."""
    parts = urlsplit(base_url)
    wrong = ""
    if parts.username or parts.password:
        wrong = _("в адресе записаны логин или пароль")
    elif parts.scheme not in {"http", "https"} or not parts.hostname:
        wrong = _("«{url}» не похоже на адрес").format(url=base_url)
    elif parts.query or parts.fragment:
        wrong = _("в адресе есть «?» или «#»")
    if wrong:
        raise ConfigurationError(
            _("Адрес системы"),
            found=wrong,
            expected="http(s)://host/path",
            next_step=_("исправьте адрес; логин и пароль задаются отдельно"),
            code="bad_url",
        )
    return encode_path(base_url.rstrip("/"))


def gateway_trouble(answer: HttpAnswer, where: str, *, sent_once: bool) -> ProvodkaError:
    """The error for a 502, 503 or 504: a write may have been done behind the web server."""
    found = _("веб-сервер ответил {status}").format(status=answer.status)
    if sent_once:
        return unknown_outcome(where, found)
    return SystemUnavailable(
        where,
        found=found,
        next_step=_("подождите или проверьте систему за веб-сервером"),
        code="unavailable",
        retry_after=answer.retry_after(),
    )


def unknown_outcome(where: str, found: str) -> UnknownOutcome:
    """The error for a write of which nobody knows whether it was done."""
    return UnknownOutcome(
        where,
        found=found,
        next_step=_("прежде чем повторять запись, проверьте, не выполнена ли она"),
        code="unknown_outcome",
    )
