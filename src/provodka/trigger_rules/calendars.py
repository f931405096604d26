"""Named working calendars of rule files: the company's own, and those that employees carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from provodka.trigger_rules.calendar import WorkingCalendar
from provodka.trigger_rules.language import CalendarText, CalendarVersion

__all__ = ["COMPANY", "Calendars"]

COMPANY = "company"
WEEKDAYS = {name: n for n, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}


@dataclass(frozen=True)
class Calendars:
    """The company's calendar, and the calendars that rule files describe, by code."""

    company: WorkingCalendar
    named: Mapping[str, WorkingCalendar] = field(default_factory=dict)

    @classmethod
    def of(cls, company: WorkingCalendar, texts: Mapping[str, CalendarText]) -> Calendars:
        """Calendars described by texts; one called `company` follows on the company's own."""
        named = {code: _calendar(text, company) for code, text in texts.items()}
        own = named.get(COMPANY)
        return cls(replace(company, versions=own.versions) if own else company, named)

    def of_person(self, person: Mapping[str, Any] | None) -> WorkingCalendar:
        """By which calendar an employee works."""
        code = person.get("calendar") if person else None
        return self.named.get(code or "", self.company)

    def called(self, name: str | None, facts: Mapping[str, Any]) -> WorkingCalendar:
        """A calendar by its code, or by the role of the employee who works by it."""
        if name in ("responsible", "head"):
            return self.of_person(facts.get(name))
        return self.named.get(name or "", self.company)


def _calendar(text: CalendarText, company: WorkingCalendar) -> WorkingCalendar:
    zone = ZoneInfo(text.zone) if text.zone else company.zone
    versions = sorted(text.versions, key=lambda one: one.since)
    made = tuple((one.since, _version(one, zone, company)) for one in versions)
    return replace(made[0][1], versions=made)


def _version(text: CalendarVersion, zone: ZoneInfo, company: WorkingCalendar) -> WorkingCalendar:
    return WorkingCalendar(
        zone=zone,
        day_start=text.day_start,
        day_end=text.day_end,
        weekdays=frozenset(WEEKDAYS[name] for name in text.weekdays),
        due=company.due,
        shorter_by=timedelta(hours=text.shorter_by_hours),
        days_off=frozenset(text.days_off),
        working_days=frozenset(text.working_days),
        short_days=frozenset(text.short_days),
        public_holidays=text.public_holidays,
    )
