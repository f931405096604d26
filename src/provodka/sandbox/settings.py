"""How a sandbox is to be started, and where it then is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
ABOUT = "sandbox.json"
LOGIN = "Интеграция"
PASSWORD = "sandbox"  # noqa: S105
TIMEZONE = "Asia/Yekaterinburg"
CONFIGURATION = "bp30"
MAIL_LOGIN = "robot"


@dataclass(frozen=True, slots=True)
class Settings:
    """Command line of one sandbox; a port of 0 means the one used last time, if it is free.

    `seed` and `configuration` count when the base is founded and never after.
    """

    state: Path
    seed: int = 1
    onec_port: int = 0
    smtp_port: int = 0
    imap_port: int = 0
    login: str = LOGIN
    password: str = PASSWORD
    pbx: bool = True
    calls_per_minute: float = 0.0
    timezone: str = TIMEZONE
    configuration: str = CONFIGURATION

    @property
    def mail_login(self) -> str:
        """The mailbox's login: many mail clients send nothing but ASCII."""
        return self.login if self.login.isascii() else MAIL_LOGIN

    @property
    def about_path(self) -> Path:
        """The file that tells where the sandbox listens."""
        return self.state / ABOUT


def remembered(settings: Settings) -> dict[str, Any]:
    """What the sandbox wrote about itself the last time, or nothing."""
    try:
        found = json.loads(settings.about_path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
