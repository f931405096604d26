"""`provodka report list` and `rebuild`: what reports there are, and their tables built anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.exits import ExitCode
from provodka.flows.cli.group import leave
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from sqlalchemy import Engine

__all__ = ["rebuild", "tell_reports"]


def tell_reports(desk: Desk) -> None:
    """List the reports: name, title, what each answers, and whether it may be trusted."""
    from provodka.dashboards.reports.catalog import reports

    with desk.store() as engine:
        against = _against(engine)
    known = reports().values()
    told = [
        {
            "name": one.name,
            "title": one.title,
            "answers": one.answers,
            "definition": list(one.definition),
            "breakdowns": list(one.breakdowns),
            "why_not": against.get(one.name),
        }
        for one in known
    ]
    desk.screen.document(told)
    if desk.options.json:
        return
    rows: list[list[Any]] = [
        [one.name, one.title, ", ".join(one.breakdowns), against.get(one.name) or ""]
        for one in known
    ]
    desk.screen.table((_("отчет"), _("название"), _("разрезы"), _("почему не доверять")), rows)


def _against(engine: Engine) -> dict[str, str]:
    from sqlalchemy import text

    query = text("SELECT name, why_not FROM report.catalog WHERE NOT trusted")
    with engine.connect() as connection:
        return {row.name: row.why_not or "" for row in connection.execute(query)}


def rebuild(desk: Desk, *, check: bool) -> None:
    """Build the report tables anew, or only compare; exits with 1 if the rows differ."""
    from provodka.flows.reports import check_reports, rebuild_reports

    with desk.hub() as hub:
        compared = rebuild_reports(hub.engine, keep=not check)
        if not check:
            check_reports(hub.engine, hub.clock(), at_once=True)
    differing = sum(compared.differing.values())
    desk.screen.document({"same": compared.same, **_plain(compared.rows, compared.differing)})
    if not desk.options.json:
        rows = [[table, count, compared.differing[table]] for table, count in compared.rows.items()]
        desk.screen.table((_("таблица"), _("строк"), _("отличаются")), rows)
        said = (
            _("перестройка дала те же строки")
            if compared.same
            else _("перестройка дала другие строки: {count}").format(count=differing)
        )
        desk.screen.line(said, mark="✓" if compared.same else "✗")
    leave(ExitCode.DONE if compared.same else ExitCode.FAILED)


def _plain(rows: Any, differing: Any) -> dict[str, dict[str, int]]:
    return {"rows": dict(rows), "differing": dict(differing)}
