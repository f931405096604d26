"""Periods that people name: today, this week, a month, a quarter, a year, days of their own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _, marked

__all__ = ["OWN", "PERIODS", "USUAL", "days_of", "instant_of", "midnight"]

OWN = "own"
USUAL = "month"
PERIODS: Mapping[str, str] = {
    "today": marked("Сегодня"),
    "week": marked("Эта неделя"),
    "month": marked("Этот месяц"),
    "last_month": marked("Прошлый месяц"),
    "quarter": marked("Этот квартал"),
    "year": marked("Этот год"),
    OWN: marked("Свои дни"),
}
EARLIEST, LATEST = date(1990, 1, 1), date(2100, 12, 31)
ONE_DAY = timedelta(days=1)


def days_of(given: Mapping[str, str], today: date) -> tuple[str, date, date]:
    """The period's name, its first and its last day, as an address gives them.

    Days given without a name are days of one's own. Raises `ConfigurationError` for an unknown
    name, a day that is none, or a last day before the first.
    """
    named = given.get("period") or (OWN if given.get("from") or given.get("to") else USUAL)
    if named not in PERIODS:
        allowed = ", ".join(PERIODS)
        raise _wrong("period", named, _("одно из: {allowed}").format(allowed=allowed))
    if named != OWN:
        return (named, *_named(named, today))
    first = _day("from", given.get("from")) or today.replace(day=1)
    last = _day("to", given.get("to")) or max(today, first)
    if last < first:
        raise _wrong("to", str(last), _("день не раньше {first}").format(first=first))
    return named, first, last


def instant_of(written: str | None, zone: ZoneInfo) -> datetime | None:
    """The moment that `as_of` names; of a day, its end. `None` if nothing was written.

    Raises `ConfigurationError` for what is no moment.
    """
    if not written:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise _wrong("as_of", written, _("день или момент вида 2026-10-31T18:00")) from None
    if not EARLIEST <= moment.date() <= LATEST:
        raise _wrong("as_of", written, _within())
    if len(written) == len("2026-10-31"):
        moment += ONE_DAY
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins."""
    return datetime.combine(day, time(tzinfo=zone))


def _named(name: str, today: date) -> tuple[date, date]:
    month = today.replace(day=1)
    before = month - ONE_DAY
    begins = {
        "today": today,
        "week": today - today.weekday() * ONE_DAY,
        "month": month,
        "last_month": before.replace(day=1),
        "quarter": today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1),
        "year": today.replace(month=1, day=1),
    }
    return begins[name], before if name == "last_month" else today


def _day(name: str, written: str | None) -> date | None:
    if not written:
        return None
    try:
        found = date.fromisoformat(written)
    except ValueError:
        raise _wrong(name, written, _("день вида 2026-10-31")) from None
    if not EARLIEST <= found <= LATEST:
        raise _wrong(name, written, _within())
    return found


def _within() -> str:
    return _("день между {first} и {last}").format(first=EARLIEST, last=LATEST)


def _wrong(name: str, found: str, expected: str) -> ConfigurationError:
    return ConfigurationError(
        _("Отбор {name}").format(name=name),
        found=f"«{found}»",
        expected=expected,
        next_step=_("исправьте отбор"),
        code="unknown_value",
    )
