"""Every report by its name: what it answers, its columns, how to compute it.

A report is a module of this package that has a function `report() -> Report`; it is known by
the line that names the module in `MODULES`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib import import_module

from sqlalchemy import Connection, text

from provodka.dashboards.reports.definition import Report
from provodka.dashboards.results import Check, ReportQuery, ReportResult
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _, language

__all__ = ["MODULES", "Report", "compute", "distrust", "doubted", "reports", "run"]

MODULES = (
    "sales_funnel",
    "win_rate",
    "removed_deals",
    "my_sales",
    "stage_time",
    "lead_speed",
    "task_discipline",
    "plan_and_fact",
    "phone_calls",
    "invoice_life",
    "client_base",
    "abc_xyz",
    "lost_clients",
    "couriers",
    "goods_rendered",
    "orders_handled",
)
PACKAGE = __name__.rpartition(".")[0]


def reports() -> dict[str, Report]:
    """All reports by name, in the language of whoever asks."""
    return dict(_known(language()))


@cache
def _known(_language: str) -> dict[str, Report]:
    found: dict[str, Report] = {}
    for module in MODULES:
        one: Report = import_module(f"{PACKAGE}.{module}").report()
        found[one.name] = one
    return found


def run(connection: Connection, name: str, query: ReportQuery) -> ReportResult:
    """Compute a report; the same query with the same `as_of` gives an equal result.

    Reads only. An `as_of` later than the last refresh is brought back to it, and the result
    says which instant it shows; a dash in the name is an underscore. A check that failed at a
    refresh stands in the result too. Raises `ConfigurationError` for an unknown report, breakdown
    or filter, and when nothing was refreshed yet.
    """
    return doubted(connection, compute(connection, name, query))


def compute(connection: Connection, name: str, query: ReportQuery) -> ReportResult:
    """What `run` computes, by its own checks alone."""
    known, name = reports(), name.replace("-", "_")
    if name not in known:
        raise ConfigurationError(
            _("отчет «{name}»").format(name=name),
            found=_("такого отчета нет"),
            expected=_("один из: {names}").format(names=", ".join(known)),
            code="unknown_report",
        )
    return known[name].compute(connection, query)


def doubted(connection: Connection, result: ReportResult) -> ReportResult:
    """A result with what stands against its report, if anything."""
    against = distrust(connection, result.name)
    return replace(result, checks=(*result.checks, against)) if against else result


def distrust(connection: Connection, name: str) -> Check | None:
    """What stands in `report.catalog` against a report: a check that failed at a refresh."""
    known = text("SELECT why_not FROM report.catalog WHERE name = :name AND NOT trusted")
    why = connection.execute(known, {"name": name}).scalar()
    return Check(_("Проверка при обновлении"), False, why) if why else None
