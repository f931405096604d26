"""A question to a report as an address writes it, and addresses made of a question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from provodka.dashboards.reports.answers import answered
from provodka.dashboards.reports.catalog import reports
from provodka.dashboards.reports.definition import Report
from provodka.dashboards.results import ReportQuery, ReportResult
from provodka.dashboards.web.pages.reports.narrowing import Narrowed, kept_of, narrowing_of
from provodka.dashboards.web.pages.reports.periods import (
    OWN,
    days_of,
    instant_of,
    midnight,
)
from provodka.dashboards.web.pages.reports.personal import masked
from provodka.dashboards.web.pages.reports.shelf import Shelved
from provodka.dashboards.web.pages.visit import Visit
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["ASKED", "LONGEST", "Asked", "asked_of", "computed"]

ASKED = ("period", "from", "to", "as_of", "by")
"""What every report may be asked besides its own filters."""
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the words it was written in.

    `given` are the words of the address; `first` and `last` the days of the period, both in it.
    `query` has the visitor's narrowing in it, `given` has not.
    """

    shelved: Shelved
    report: Report
    given: Mapping[str, str]
    period: str
    first: date
    last: date
    query: ReportQuery
    narrowed: Narrowed | None

    def link(self, path: str = "", /, **changed: str) -> str:
        """The address of the same question, with some words changed; an empty one is left out."""
        words = {name: value for name, value in {**self.given, **changed}.items() if value}
        if words.get("period", OWN) != OWN:
            words.pop("from", None)
            words.pop("to", None)
        return self.shelved.path + path + (f"?{urlencode(words)}" if words else "")


def asked_of(visit: Visit, shelved: Shelved, *, strict: bool = False) -> Asked:
    """Read the question of a page's address; words that are none of the report's are passed over.

    Raises `ConfigurationError` for a value that cannot be read, and if `strict` for an unknown
    word; `ProvodkaError` for what the visitor's departments do not allow.
    """
    report = reports()[shelved.name]
    known = {*ASKED, *report.filters}
    given = _words(visit, known, strict=strict)
    zone = visit.backdrop.zone
    period, first, last = days_of(given, visit.now.astimezone(zone).date())
    narrowed = narrowing_of(visit.connection, visit.visitor)
    where = {name: given[name] for name in report.filters if name in given}
    query = ReportQuery(
        midnight(first, zone),
        midnight(last + timedelta(days=1), zone),
        as_of=instant_of(given.get("as_of"), zone),
        by=given.get("by"),
        where=narrowed.asked(report, where) if narrowed else where,
        zone=zone,
        calendars=visit.backdrop.calendars(visit.connection) if report.working else None,
    )
    return Asked(shelved, report, given, period, first, last, query, narrowed)


def computed(visit: Visit, asked: Asked, *, whole: bool = False) -> ReportResult:
    """The answer, as far as this visitor may see it; first rows alone unless `whole`."""
    result = answered(visit.connection, asked.report.name, asked.query, whole=whole)
    if asked.narrowed:
        result = kept_of(result)
    where = {name: asked.given[name] for name in asked.report.filters if name in asked.given}
    told = replace(result, query=replace(result.query, where=where))
    return masked(visit.connection, visit.visitor, told)


def _words(visit: Visit, known: set[str], *, strict: bool) -> dict[str, str]:
    given = {name: value.strip() for name, value in visit.query.items()}
    unknown = sorted(set(given) - known) if strict else []
    if unknown:
        raise ConfigurationError(
            _("Отбор"),
            found=_("неизвестны: {names}").format(names=", ".join(map(repr, unknown))),
            expected=", ".join(sorted(known)),
            next_step=_("уберите лишнее из адреса"),
            code="unknown_value",
        )
    kept = {name: value for name, value in given.items() if name in known and value}
    for name, value in kept.items():
        if len(value) > LONGEST or not value.isprintable():
            raise ConfigurationError(
                _("Отбор {name}").format(name=name),
                found=_("значение слишком длинное или с непечатными знаками"),
                expected=_("не больше {most} знаков").format(most=LONGEST),
                next_step=_("исправьте отбор"),
                code="unknown_value",
            )
    return kept
