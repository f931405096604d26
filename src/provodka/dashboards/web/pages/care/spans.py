"""Spans of time in their greatest units, as people say them."""

from __future__ import annotations

from datetime import timedelta

from provodka.foundation.i18n import _

__all__ = ["span_text"]


def span_text(span: timedelta) -> str:
    """7 с, 5 мин, 3 ч 20 мин, 2 д 4 ч; nothing is less than nothing."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return _("{seconds} с").format(seconds=seconds)
    minutes = seconds // 60
    if minutes < 60:
        return _("{minutes} мин").format(minutes=minutes)
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return _("{hours} ч {minutes} мин").format(hours=hours, minutes=minutes)
    days, hours = divmod(hours, 24)
    return _("{days} д {hours} ч").format(days=days, hours=hours)
