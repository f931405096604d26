"""Asterisk Manager Interface on the wire: lines `Name: value`, an empty line ends a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from provodka.foundation.errors import SystemUnavailable
from provodka.foundation.i18n import _

__all__ = ["LARGEST", "Message", "Messages", "written"]

Message = Mapping[str, str]
"""Names in lower case; of a name that repeats, the values one to a line."""
LARGEST = 1 << 20
GREETING = b"Asterisk Call Manager"


class Messages:
    """Cuts a stream into messages, whatever pieces it comes in."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Sequence[Message]:
        """The messages that these bytes complete.

        Raises `SystemUnavailable` for a message without an end: that is no Asterisk.
        """
        whole = (self._rest + data).replace(b"\r\n", b"\n")
        if whole.startswith(GREETING):
            greeting, ended, after = whole.partition(b"\n")
            whole = after if ended else greeting
        *complete, rest = whole.split(b"\n\n")
        self._rest = rest
        if len(self._rest) > LARGEST:
            raise SystemUnavailable(
                "AMI",
                found=_("сообщение длиннее мегабайта и не кончается"),
                expected=_("AMI Asterisk"),
                next_step=_("проверьте адрес и порт AMI: обычно 5038"),
                code="not_ami",
            )
        return [message for block in complete if (message := _read(block))]


def _read(block: bytes) -> Message:
    message: dict[str, str] = {}
    for line in block.decode("utf-8", errors="replace").split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            name, value = name.strip().lower(), value.strip()
            message[name] = f"{message[name]}\n{value}" if name in message else value
    return message


def written(action: str, fields: Mapping[str, str]) -> bytes:
    """A request. Raises `ValueError` for a value that would begin another line."""
    lines = {"Action": action, **fields}
    if any("\r" in part or "\n" in part for pair in lines.items() for part in pair):
        raise ValueError("a value with a line end would be another request")
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return (text + "\r\n").encode()
