"""Access tokens for XOAUTH2, got with a refresh token (RFC 6749 §6)."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from provodka.connectors.http import HttpAnswer, HttpClient
from provodka.foundation.errors import AccessDenied, SystemUnavailable
from provodka.foundation.i18n import _

__all__ = ["TokenSource"]

EARLY = 60.0
USUAL = 3600.0


@dataclass
class TokenSource:
    """Call it for a token that is good for a minute at least; safe for threads.

    Raises `AccessDenied` where the service refuses the refresh token or the application,
    `SystemUnavailable` where it cannot be reached or answers nonsense.
    """

    url: str
    client_id: str
    refresh_token: str = field(repr=False)
    client_secret: str = field(default="", repr=False)
    scope: str = ""
    ca_file: Path | None = None
    clock: Callable[[], float] = time.monotonic
    _token: str = field(default="", repr=False)
    _good_until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __call__(self) -> str:
        """The access token, got anew when the last one is about to expire."""
        with self._lock:
            if not self._token or self.clock() >= self._good_until:
                self._renew()
            return self._token

    @property
    def where(self) -> str:
        """For messages: the service's host."""
        return f"OAuth2 {urlsplit(self.url).netloc}"

    def _renew(self) -> None:
        place = urlsplit(self.url)
        with HttpClient(
            f"{place.scheme}://{place.netloc}", timeout=30, ca_file=self.ca_file, max_body=65_536
        ) as client:
            answer = client.request(
                "POST",
                place.path,
                query=place.query,
                content=urlencode(self._asked()).encode(),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                idempotent=True,
            )
        said = self._understood(answer)
        self._token = said["access_token"]
        lasts = said.get("expires_in")
        self._good_until = self.clock() + _seconds(lasts) - EARLY
        # A service may replace the refresh token; the new one holds while this process lives.
        renewed = said.get("refresh_token")
        self.refresh_token = renewed if isinstance(renewed, str) and renewed else self.refresh_token

    def _asked(self) -> dict[str, str]:
        asked = {
            "grant_type": "refresh_token",
            "refresh_token": self.refresh_token,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "scope": self.scope,
        }
        return {name: value for name, value in asked.items() if value}

    def _understood(self, answer: HttpAnswer) -> dict[str, Any]:
        said = _object(answer.body)
        if answer.status == 200 and isinstance(said.get("access_token"), str):
            return said
        if answer.status in (400, 401, 403):
            raise AccessDenied(
                self.where,
                found=_("токен не выдан: {reason}").format(reason=_reason(said, answer.status)),
                expected=_("действующий refresh-токен этого приложения"),
                next_step=_("выдайте доступ снова и замените refresh-токен"),
                code="oauth_refused",
            )
        raise SystemUnavailable(
            self.where,
            found=_("вместо токена ответ {status}").format(status=answer.status),
            expected=_("JSON с access_token"),
            next_step=_("проверьте token_url"),
            code="oauth_answer",
        )


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _reason(said: dict[str, Any], status: int) -> str:
    """The error's code (RFC 6749 §5.2); its description may hold more than should be told."""
    code = said.get("error")
    return code if isinstance(code, str) and len(code) < 60 else str(status)


def _seconds(lasts: Any) -> float:
    try:
        return float(lasts)
    except (TypeError, ValueError):
        return USUAL
