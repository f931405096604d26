"""`/api/reports`: the same reports for programs; `/api/openapi.json` describes them."""

from __future__ import annotations

import json
from typing import Any

from provodka.connectors.crm_store import audit
from provodka.dashboards.reports.catalog import reports
from provodka.dashboards.web.pages.answers import Answer, Sent
from provodka.dashboards.web.pages.declaring import EVERYONE, Page
from provodka.dashboards.web.pages.programs import JSON, refused, told
from provodka.dashboards.web.pages.reports.asking import asked_of, computed
from provodka.dashboards.web.pages.reports.overview import Listed, listed
from provodka.dashboards.web.pages.reports.shelf import READERS, shelved
from provodka.dashboards.web.pages.visit import Visit
from provodka.foundation.errors import ProvodkaError
from provodka.foundation.i18n import _, marked

__all__ = ["pages"]


def pages() -> tuple[Page, ...]:
    """The list, each report, and their description."""
    title = marked("Отчеты для программ")
    return (
        Page("/api/reports", "api_reports", title, READERS, show_list),
        Page("/api/reports/{name}", "api_report", title, READERS, show, seen=audit.EXPORTED),
        Page("/api/openapi.json", "api_description", title, EVERYONE, describe),
    )


def show_list(visit: Visit) -> Answer:
    """What there is to ask, and how far it may be trusted."""
    return told({"reports": [_told(one) for one in listed(visit)]})


def show(visit: Visit) -> Answer:
    """One report: `rendering.json_file` says how; decimals are text."""
    from provodka.dashboards.rendering.json_file import render_json

    one = shelved(visit.path["name"])
    if one is None:
        return refused(_no_such(visit.path["name"]), 404)
    if not visit.visitor.may(*one.roles):
        said = ProvodkaError(_("Доступ"), found=_("этот отчет не для вашей роли"), code="forbidden")
        return refused(said, 403)
    result = computed(visit, asked_of(visit, one, strict=True), whole=True)
    return Sent(render_json(result).encode(), JSON)


def describe(_visit: Visit) -> Answer:
    """The description by OpenAPI 3.1."""
    from provodka.dashboards.web.pages.reports.openapi import description

    return Sent(json.dumps(description(reports()), ensure_ascii=False).encode(), JSON)


def _told(one: Listed) -> dict[str, Any]:
    return {
        "name": one.shelved.name,
        "title": one.title,
        "answers": one.answers,
        "breakdowns": list(one.breakdowns),
        "filters": list(one.filters),
        "complete_until": one.complete_until.isoformat() if one.complete_until else None,
        "trusted": one.trusted,
        "why_not": one.why_not,
    }


def _no_such(name: str) -> ProvodkaError:
    return ProvodkaError(
        _("отчет «{name}»").format(name=name),
        found=_("такого отчета нет"),
        expected=_("один из: {names}").format(names=", ".join(reports())),
        next_step=_("список — /api/reports"),
        code="unknown_report",
    )
