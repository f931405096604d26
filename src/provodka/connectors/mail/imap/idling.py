"""Waiting for something to happen in a folder, on the open connection (RFC 2177)."""

from __future__ import annotations

import select
import ssl
from collections.abc import Callable

from provodka.connectors.mail.imap.failures import refused, translated
from provodka.connectors.mail.imap.session import ImapSession

__all__ = ["wait_for_news"]

STEP = 1.0
NEWS = (b"EXISTS", b"EXPUNGE", b"VANISHED", b"FETCH")


def wait_for_news(session: ImapSession, seconds: float, stopped: Callable[[], bool]) -> bool:
    """Wait in the folder that is open; whether the server told of a change.

    Ends after `seconds` (servers hang up after 29 minutes) or soon after `stopped()` is true.
    Raises `SystemUnavailable` when the connection breaks or the server says BYE.
    """
    client = session.client
    with translated(session.where):
        tag = client._new_tag()
        client.send(tag + b" IDLE\r\n")
        line = client.readline()
        while line.startswith(b"* "):
            line = client.readline()
        if not line.startswith(b"+"):
            raise refused(session.where, "IDLE", line.decode("utf-8", "replace").strip())
        heard = _listen(session, seconds, stopped)
        client.send(b"DONE\r\n")
        while not (line := _line(session)).startswith(tag):
            heard = heard or _is_news(line)
    return heard


def _listen(session: ImapSession, seconds: float, stopped: Callable[[], bool]) -> bool:
    for _step in range(max(1, round(seconds / STEP))):
        if stopped():
            return False
        if _readable(session) and _is_news(_line(session)):
            return True
    return False


def _readable(session: ImapSession) -> bool:
    socket = session.client.socket()
    if isinstance(socket, ssl.SSLSocket) and socket.pending():
        return True
    return bool(select.select([socket], [], [], STEP)[0])


def _line(session: ImapSession) -> bytes:
    line = session.client.readline()
    if not line or line.startswith(b"* BYE"):
        raise session.client.abort("connection closed while waiting")
    return line


def _is_news(line: bytes) -> bool:
    return line.startswith(b"* ") and any(word in line.upper() for word in NEWS)
