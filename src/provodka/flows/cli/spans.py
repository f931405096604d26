"""Spans of time as people type them: `7d`, `12h`, `30m`, or `7д`, `12ч`, `30м`."""

from __future__ import annotations

import re
from datetime import timedelta

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["span"]

SAID = re.compile(r"(\d{1,5})\s*([dhmдчм])")
UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "д": timedelta(days=1),
    "ч": timedelta(hours=1),
    "м": timedelta(minutes=1),
}


def span(said: str, option: str) -> timedelta:
    """The span; a `ConfigurationError` that names the option if it cannot be read."""
    found = SAID.fullmatch(said.strip().lower())
    if found is None:
        raise ConfigurationError(
            option,
            found=f"«{said}»",
            expected=_("число и единица: 7d, 12h, 30m"),
            next_step=_("исправьте параметр"),
            code="usage",
        )
    return int(found[1]) * UNITS[found[2]]
