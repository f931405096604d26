"""What the vendors' webhooks have in common: forms, tokens, keys of events."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from provodka.connectors.telephony.rows import storable
from provodka.connectors.telephony.source import HookAnswer, HookRequest, Verdict
from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _

__all__ = ["OK_JSON", "compared", "event_key", "fields", "misunderstood"]

OK_JSON: HookAnswer = (200, b"{}", "application/json")
LARGEST = 256


def fields(request: HookRequest) -> dict[str, str]:
    """The fields of an event, whether in its query, in a form or in JSON; never raises."""
    text = request.body.decode("utf-8", errors="replace")
    try:
        told = json.loads(text) if text.lstrip()[:1] == "{" else dict(_pairs(text))
    except (ValueError, RecursionError):
        told = {}
    return {**_flat(request.query), **_flat(told)}


def _pairs(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True, max_num_fields=LARGEST)


def _flat(told: Any) -> Mapping[str, str]:
    return {
        storable(str(name)): storable(value if isinstance(value, str) else json.dumps(value))
        for name, value in dict(told).items()
        if value is not None
    }


def compared(given: str, wanted: str) -> Verdict:
    """Whether a token or signature is the right one; takes the same time for every wrong one."""
    if not given:
        return Verdict.MISSING
    same = hmac.compare_digest(storable(given).encode(), wanted.encode())
    return Verdict.OK if same else Verdict.WRONG


def event_key(request: HookRequest, *parts: str) -> str:
    """A key that names the event by its own words, and by all that it says."""
    said = json.dumps(sorted(fields(request).items()), ensure_ascii=False)
    return ":".join([*parts, hashlib.blake2b(said.encode(), digest_size=12).hexdigest()])


def misunderstood(kind: str, reason: str) -> Misunderstood:
    """The error for an event that cannot be read."""
    return Misunderstood(
        _("Вебхук {kind}").format(kind=kind),
        found=reason,
        expected=_("событие о звонке, как его описывает поставщик"),
        next_step=_("посмотрите событие командой provodka inbox show"),
        code="bad_hook",
    )
