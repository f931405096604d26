"""Where a mailbox is, and who enters it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from provodka.connectors.mail.servers import Security

__all__ = ["Account"]


@dataclass(frozen=True, slots=True)
class Account:
    """One login. `token` gives an OAuth2 access token, and then there is no `password`.

    `timeout` is the longest silence in seconds while an answer is awaited.
    """

    host: str
    login: str = field(repr=False)
    password: str = field(default="", repr=False)
    token: Callable[[], str] | None = field(default=None, repr=False)
    port: int = 993
    security: Security = Security.TLS
    timeout: float = 60.0
    ca_file: Path | None = None

    @property
    def where(self) -> str:
        """For messages: ``IMAP mail.example.ru:993``."""
        return f"IMAP {self.host}:{self.port}"
