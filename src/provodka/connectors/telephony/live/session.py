"""One connection to a manager interface: logged in, asked, listened to."""

from __future__ import annotations

import hashlib
import itertools
import socket
import ssl
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from provodka.connectors.telephony.live.wire import Message, Messages, written
from provodka.foundation.errors import (
    AccessDenied,
    ConfigurationError,
    SystemUnavailable,
    UnknownOutcome,
)
from provodka.foundation.i18n import _

__all__ = ["AmiSettings", "Session", "connected"]

PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class AmiSettings:
    """Where, and as whom. `timeout` is in seconds, for each answer.

    With `tls` the certificate and the name of the host are verified; `ca_file` adds an authority.
    """

    host: str
    port: int
    login: str
    password: str = field(repr=False)
    timeout: float = 10.0
    tls: bool = False
    ca_file: Path | None = None

    @property
    def where(self) -> str:
        """For messages: ``AMI pbx.example.ru:5038``."""
        return f"AMI {self.host}:{self.port}"


class Session:
    """A connection that has logged in. Not for threads."""

    def __init__(self, stream: socket.socket, settings: AmiSettings) -> None:
        self._stream = stream
        self._settings = settings
        self._messages = Messages()
        self._waiting: deque[Message] = deque()
        self._numbers = itertools.count(1)

    def ask(self, action: str, **fields: str) -> Message:
        """Ask, and wait for the answer; events that come meanwhile are kept for `next_event`.

        Raises `SystemUnavailable` where nothing was sent, `UnknownOutcome` where no answer came.
        """
        number = f"provodka-{next(self._numbers)}"
        self._send(written(action, {"ActionID": number, **fields}))
        until = time.monotonic() + self._settings.timeout
        answer: Message | None = None
        try:
            while answer is None and (left := until - time.monotonic()) > 0:
                for message in self._received(left):
                    if "event" in message:
                        self._waiting.append(message)
                    elif message.get("actionid") == number:
                        answer = message
        except SystemUnavailable as error:
            raise self._unknown(action, error.found) from error
        if answer is None:
            raise self._unknown(action, _("нет ответа"))
        return answer

    def next_event(self, wait: float) -> Message | None:
        """The next event, None if none came in `wait` seconds.

        Raises `SystemUnavailable` when the connection is gone.
        """
        if not self._waiting:
            self._waiting.extend(one for one in self._received(wait) if "event" in one)
        return self._waiting.popleft() if self._waiting else None

    def login(self) -> None:
        """Prove the password without sending it. Raises `AccessDenied`."""
        challenge = self.ask("Challenge", AuthType="MD5").get("challenge", "")
        secret = challenge + self._settings.password
        key = hashlib.md5(secret.encode(), usedforsecurity=False).hexdigest()
        answer = self.ask(
            "Login", AuthType="MD5", Username=self._settings.login, Key=key, Events="call,user"
        )
        if answer["response"].lower() != "success":
            raise AccessDenied(
                self._settings.where,
                found=_("Asterisk не принял пользователя «{login}»").format(
                    login=self._settings.login
                ),
                expected=_("пользователь и пароль из manager.conf, permit с адреса хаба"),
                next_step=_("проверьте telephony[].ami и раздел пользователя в manager.conf"),
                code="ami_login",
            )

    def _send(self, data: bytes) -> None:
        try:
            self._stream.sendall(data)
        except OSError as error:
            raise _gone(self._settings, error) from error

    def _received(self, wait: float) -> Sequence[Message]:
        self._stream.settimeout(max(0.001, wait))
        try:
            data = self._stream.recv(PIECE)
        except TimeoutError:
            return ()
        except OSError as error:
            raise _gone(self._settings, error) from error
        if not data:
            raise _gone(self._settings, None)
        return self._messages.feed(data)

    def _unknown(self, action: str, found: str) -> UnknownOutcome:
        return UnknownOutcome(
            self._settings.where,
            found=_("{action}: {found}").format(action=action, found=found),
            expected=_("ответ Asterisk"),
            next_step=_("проверьте соединение с АТС"),
            code="ami_no_answer",
        )


@contextmanager
def connected(settings: AmiSettings) -> Iterator[Session]:
    """A session that has logged in, closed after the block.

    Raises `SystemUnavailable`, `AccessDenied`, and `ConfigurationError` for a certificate that is
    not trusted.
    """
    try:
        stream = _opened(settings)
    except ssl.SSLCertVerificationError as error:
        raise _untrusted(settings, error.verify_message) from error
    except OSError as error:
        raise _gone(settings, error) from error
    with stream:
        session = Session(stream, settings)
        try:
            session.login()
        except UnknownOutcome as error:
            raise _gone(settings, error) from error
        yield session


def _opened(settings: AmiSettings) -> socket.socket:
    place = settings.host, settings.port
    context = ssl.create_default_context(cafile=settings.ca_file) if settings.tls else None
    stream = socket.create_connection(place, settings.timeout)
    try:
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return context.wrap_socket(stream, server_hostname=settings.host) if context else stream
    except BaseException:
        stream.close()
        raise


def _untrusted(settings: AmiSettings, said: str) -> ConfigurationError:
    return ConfigurationError(
        settings.where,
        found=_("сертификату АТС нет доверия: {reason}").format(reason=said),
        expected=_("действующий сертификат на имя этого сервера"),
        next_step=_("проверьте host или укажите ca_file своего удостоверяющего центра"),
        code="untrusted_certificate",
    )


def _gone(settings: AmiSettings, error: Exception | None) -> SystemUnavailable:
    if isinstance(error, UnknownOutcome):
        reason = error.found
    elif isinstance(error, OSError):
        reason = error.strerror or type(error).__name__
    else:
        reason = _("соединение закрыто")
    return SystemUnavailable(
        settings.where,
        found=reason,
        expected=_("AMI Asterisk: раздел [general] manager.conf, enabled = yes"),
        next_step=_("проверьте адрес, порт и что АТС работает"),
        code="ami_unavailable",
    )
