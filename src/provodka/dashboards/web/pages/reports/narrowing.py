"""Whose rows a visitor may see: those of their departments and of all below (R83).

The narrowing is a part of the question itself, so that no number of anybody else is ever counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.dashboards.reports.definition import Report
from provodka.dashboards.results import ReportResult
from provodka.dashboards.web.people.visitor import Visitor
from provodka.foundation.errors import ProvodkaError
from provodka.foundation.i18n import _

__all__ = ["Narrowed", "kept_of", "narrowing_of"]

UNDER = text("""
    WITH RECURSIVE under (id, name) AS (
      SELECT id, name FROM crm.department WHERE id = ANY (CAST(:tops AS uuid[]))
      UNION SELECT d.id, d.name FROM crm.department d JOIN under u ON d.parent_id = u.id)
    SELECT id::text, name FROM under ORDER BY id
""")
STAFF = text("""
    SELECT id::text, name FROM crm.employee
    WHERE department_id = ANY (CAST(:departments AS uuid[])) ORDER BY id
""")
BY_DEPARTMENT = "department"
BY_PERSON = ("courier", "operator")
WHOLE = {
    "funnel": {"balance"},
    "calls": {"hours"},
    "invoices": {"differences"},
}
"""Tables that take no filter: they tell of the whole company."""
NOBODY = str(UUID(int=0))


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Departments and the people in them, names by their keys."""

    departments: Mapping[str, str]
    staff: Mapping[str, str]

    def asked(self, report: Report, where: Mapping[str, str]) -> dict[str, str]:
        """The filters of a question with the narrowing in them.

        Raises `ProvodkaError` for a report that cannot be parted by departments, and for a
        department or a person that is not the visitor's.
        """
        for name, known in self._ways():
            if name in report.filters:
                return {**where, name: _among(name, known, where.get(name))}
        raise ProvodkaError(
            report.title,
            found=_("этот отчет не делится по отделам, а ваш доступ — только к своим"),
            next_step=_("доступ ко всей компании выдает инженер командой provodka users"),
            code="whole_company",
        )

    def fits(self, report: Report) -> bool:
        """Whether the report can be parted so."""
        return any(name in report.filters for name, _known in self._ways())

    def hides(self, report: Report, table: str) -> bool:
        """Whether a table tells of the whole company."""
        return table in WHOLE.get(report.name, ())

    def _ways(self) -> tuple[tuple[str, Mapping[str, str]], ...]:
        return (BY_DEPARTMENT, self.departments), *((one, self.staff) for one in BY_PERSON)


def narrowing_of(connection: Connection, visitor: Visitor) -> Narrowed | None:
    """What the visitor's departments leave to see; `None` if that is everything."""
    if not visitor.departments:
        return None
    tops = [str(one) for one in visitor.departments]
    departments = {row[0]: row[1] for row in connection.execute(UNDER, {"tops": tops})}
    found = connection.execute(STAFF, {"departments": list(departments)})
    return Narrowed(departments, {row[0]: row[1] for row in found})


def kept_of(result: ReportResult) -> ReportResult:
    """The result without what tells of the whole company: some tables, sums of checks."""
    tables = tuple(one for one in result.tables if one.name not in WHOLE.get(result.name, ()))
    checks = tuple(replace(check, detail="") if check.ok else check for check in result.checks)
    return replace(result, tables=tables, checks=checks)


def _among(name: str, known: Mapping[str, str], wanted: str | None) -> str:
    if not wanted:
        return ",".join(known) or NOBODY
    same = [key for key, called in known.items() if wanted.strip().lower() == called.lower()]
    keys = [key for key in wanted.split(",") if key in known] or same
    if not keys:
        raise ProvodkaError(
            _("Отбор {name}").format(name=name),
            found=_("«{wanted}» не из ваших отделов").format(wanted=wanted),
            expected=", ".join(known.values()) or "—",
            next_step=_("выберите из списка"),
            code="foreign_department",
        )
    return ",".join(keys)
