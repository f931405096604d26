"""Calls of other programs, signed as the hub signs its own (`connectors/signed_calls.py`)."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from provodka.connectors.signed_calls import SIGNATURE, signature
from provodka.connectors.telephony.source import HookAnswer, HookRequest, Verdict

__all__ = ["SignedCallHook"]

HEADER = SIGNATURE.lower()
SHAPE = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")
FRESH = timedelta(minutes=5)
IDEMPOTENCY = "idempotency-key"


class SignedCallHook:
    """`Provodka-Signature: t=<Unix time>,v1=<hex>` over `<time>.<body>`, not older than minutes."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock

    def verify(self, request: HookRequest, secret: str) -> Verdict:
        """Whether the body was signed with the key, and lately."""
        given = request.headers.get(HEADER, "")
        if not given:
            return Verdict.MISSING
        shape = SHAPE.fullmatch(given)
        if shape is None or not self._fresh(int(shape[1])):
            return Verdict.WRONG
        right = signature(secret.encode(), request.body, datetime.fromtimestamp(int(shape[1]), UTC))
        return Verdict.OK if hmac.compare_digest(given, right) else Verdict.WRONG

    def _fresh(self, at: int) -> bool:
        return abs(self._clock().timestamp() - at) <= FRESH.total_seconds()

    def identity(self, request: HookRequest) -> str:
        """The call's own key, else its body."""
        given = request.headers.get(IDEMPOTENCY, "")
        return given or hashlib.sha256(request.body).hexdigest()

    def answer(self, _request: HookRequest) -> HookAnswer:
        """Nothing more than that it was taken."""
        return 202, b'{"accepted": true}', "application/json"
