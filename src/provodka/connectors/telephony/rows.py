"""Reading one row of a vendor's report: fields with their checks, times in the PBX's zone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from provodka.connectors.telephony.legs import BadRow, Leg
from provodka.foundation.i18n import _

__all__ = ["NotACallRecord", "Row", "aware", "digest", "read_rows", "storable"]

SECONDS_IN = (1, 60, 3600)


class NotACallRecord(ValueError):
    """A row cannot be understood as a call's; the text says why, for people."""


class Row:
    """The fields of one row; `zone` is the zone that its times are written in."""

    def __init__(self, fields: Any, zone: ZoneInfo) -> None:
        if not isinstance(fields, Mapping):
            raise NotACallRecord(_("не запись с полями"))
        self.fields: Mapping[str, Any] = fields
        self.zone = zone

    def text(self, name: str) -> str:
        """The field as text, empty where there is none."""
        value = self.fields.get(name)
        return "" if value is None else storable(str(value)).strip()

    def key(self, name: str) -> str:
        """A field that must be there."""
        found = self.text(name)
        if not found:
            raise NotACallRecord(_("поле {name} пусто").format(name=name))
        return found

    def seconds(self, name: str) -> int:
        """Whole seconds, also of `0:01:23`; zero where the field is empty."""
        found = self.text(name)
        try:
            parts = [float(part) for part in reversed((found or "0").split(":"))]
            total = sum(a * b for a, b in zip(parts, SECONDS_IN, strict=False))
            return max(0, round(total))
        except (ValueError, OverflowError):
            raise self._misread(name, found, _("секунды")) from None

    def moment(self, name: str, pattern: str = "", *, near: datetime | None = None) -> datetime:
        """An aware time in UTC: ISO, or by a pattern of `strptime`; without offset, in the zone.

        An hour that is there twice is the one nearer to `near`, by default the first.
        """
        found = self.key(name)
        try:
            told = datetime.strptime(found, pattern) if pattern else datetime.fromisoformat(found)  # noqa: DTZ007
            return aware(told, self.zone, near)
        except (ValueError, OverflowError):
            raise self._misread(name, found, _("дата и время")) from None

    def epoch(self, name: str) -> datetime | None:
        """Seconds since 1970 as a time; None for zero and for nothing."""
        found = self.text(name)
        try:
            return datetime.fromtimestamp(float(found), UTC) if float(found or "0") else None
        except (ValueError, OverflowError, OSError):
            raise self._misread(name, found, _("секунды с 1970 года")) from None

    def true(self, name: str) -> bool:
        """Whether the field says yes, in any of the vendors' ways."""
        return self.text(name).lower() in {"1", "true", "yes", "да"}

    def _misread(self, name: str, found: str, expected: str) -> NotACallRecord:
        told = _("поле {name}: «{text}», ожидалось: {expected}")
        return NotACallRecord(told.format(name=name, text=found[:40], expected=expected))


def aware(moment: datetime, zone: ZoneInfo, near: datetime | None = None) -> datetime:
    """A PBX's time in UTC. An hour that is there twice is the one nearer to `near`."""
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    first = moment.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = moment.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if near is None or second <= first:
        return first
    return min(first, second, key=lambda one: abs(one - near))


def storable(text: str) -> str:
    """Text without what no database keeps: zero characters and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def digest(text: str) -> str:
    """A short key for what has none of its own."""
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def read_rows(
    rows: Iterable[Any], read: Callable[[Any], Iterable[Leg]], report: str
) -> tuple[list[Leg], list[BadRow]]:
    """Legs of rows; those that cannot be read are told with what they hold."""
    legs: list[Leg] = []
    bad: list[BadRow] = []
    for row in rows:
        try:
            legs += read(row)
        except NotACallRecord as error:
            raw = row if isinstance(row, str) else json.dumps(row, ensure_ascii=False, default=str)
            raw = storable(raw)
            bad.append(BadRow(report, int(digest(raw)[:12], 16), raw, str(error)))
    return legs, bad
