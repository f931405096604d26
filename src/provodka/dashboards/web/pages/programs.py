"""Answers for programs: refusals as JSON, at the addresses under `/api/`."""

from __future__ import annotations

import json
from typing import Any

from provodka.dashboards.web.pages.answers import Sent
from provodka.foundation.errors import ProvodkaError
from provodka.foundation.i18n import _

__all__ = ["JSON", "ROOT", "is_for_programs", "refused", "told", "unknown_visitor"]

ROOT = "/api/"
JSON = "application/json"


def is_for_programs(path: str) -> bool:
    """Whether a program asks: it gets JSON and no page, whatever happens."""
    return path.startswith(ROOT)


def told(document: Any, status: int = 200) -> Sent:
    """A document as JSON."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return Sent(body.encode(), JSON, status=status)


def refused(error: ProvodkaError, status: int = 422) -> Sent:
    """What is wrong, in the words that a person would be shown."""
    return told(
        {
            "code": error.code,
            "where": error.where,
            "found": error.found,
            "expected": error.expected,
            "next_step": error.next_step,
        },
        status,
    )


def unknown_visitor() -> Sent:
    """Nobody has signed in."""
    said = ProvodkaError(
        _("Вход"),
        found=_("никто не вошел"),
        expected=_("куки открытого сеанса"),
        next_step=_("войдите на странице /sign-in"),
        code="not_signed_in",
    )
    return refused(said, 401)
