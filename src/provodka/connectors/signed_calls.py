"""Calls to an address of somebody else's, signed so that they know who calls.

A call is a `POST` of JSON. `Provodka-Signature: t=<Unix time>,v1=<hex>` is HMAC-SHA256 of
`<time>.<body>` under a shared key; `Idempotency-Key` is the same whenever a call is repeated,
so that the other side does it once.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from provodka.connectors.http import HttpAnswer, HttpClient
from provodka.foundation.errors import AccessDenied, ProvodkaError, Refused, SystemUnavailable
from provodka.foundation.i18n import _

__all__ = ["SIGNATURE", "SignedCalls", "signature"]

SIGNATURE, IDEMPOTENCY = "Provodka-Signature", "Idempotency-Key"
LARGEST_ANSWER = 1024 * 1024
TRY_LATER = frozenset({408, 423, 425, 429})
LOCKED_OUT = frozenset({401, 403, 407})


def signature(key: bytes, body: bytes, at: datetime) -> str:
    """The signature's header for a body sent at a moment."""
    moment = str(int(at.timestamp()))
    digest = hmac.new(key, moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


class SignedCalls:
    """One address and the key that calls to it are signed with; `name` is its name for people."""

    def __init__(
        self, name: str, url: str, key: bytes, *, timeout: float = 20, ca_file: Path | None = None
    ) -> None:
        parts = urlsplit(url)
        self.name = name
        self._key = key
        self._path, self._query = parts.path, parts.query
        self._base = f"{parts.scheme}://{parts.netloc}"
        self._timeout, self._ca_file = timeout, ca_file

    def post(self, payload: Mapping[str, Any], *, key: str, at: datetime) -> int:
        """Call once; the status of an answer that accepts it.

        Exact numbers travel as text. Raises `UnknownOutcome` for a lost answer, `Refused` for
        a payload that is not wanted, `AccessDenied`, `SystemUnavailable`.
        """
        body = json.dumps(payload, ensure_ascii=False, default=str).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            SIGNATURE: signature(self._key, body, at),
            IDEMPOTENCY: key,
        }
        with HttpClient(
            self._base, timeout=self._timeout, ca_file=self._ca_file, max_body=LARGEST_ANSWER
        ) as http:
            answer = http.request(
                "POST", self._path, query=self._query, content=body, headers=headers
            )
        return self._accepted(answer)

    def _accepted(self, answer: HttpAnswer) -> int:
        if answer.status // 100 == 2:
            return answer.status
        raise self._error(answer)

    def _error(self, answer: HttpAnswer) -> ProvodkaError:
        found = _("адрес «{name}» ответил {status}").format(name=self.name, status=answer.status)
        if answer.status in LOCKED_OUT:
            return AccessDenied(
                self.name,
                found=found,
                expected=_("подпись, которую там признают"),
                next_step=_("сверьте ключ подписи с владельцем адреса"),
                code="call_denied",
            )
        if answer.status in TRY_LATER or answer.status // 100 == 5:
            return SystemUnavailable(
                self.name,
                found=found,
                next_step=_("вызов повторится сам"),
                code="unavailable",
                retry_after=answer.retry_after(),
            )
        return Refused(
            self.name,
            found=found,
            expected=_("ответ 2xx"),
            next_step=_("узнайте у владельца адреса, что ему не подошло"),
            code="call_refused",
        )
