"""The description of the reports' API by OpenAPI 3.1, made of the reports' own definitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provodka.dashboards.reports.definition import Report
from provodka.dashboards.web.pages.reports.asking import ASKED, LONGEST
from provodka.dashboards.web.pages.reports.choices import FIXED, word_of
from provodka.dashboards.web.pages.reports.periods import PERIODS
from provodka.dashboards.web.people import cookies
from provodka.foundation.i18n import _

__all__ = ["description"]

DAY = {"type": "string", "format": "date"}
TEXT = {"type": "string"}
DECIMAL = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}
INSTANT = {"type": "string", "format": "date-time"}


def description(known: Mapping[str, Report]) -> dict[str, Any]:
    """The document: a path for the list, and one for each report with its own filters."""
    paths = {f"/api/reports/{name}": {"get": _report(one)} for name, one in known.items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Provodka",
            "version": "1",
            "description": _(
                "Отчеты для программ. Суммы — текстом, точно до копейки; времена — с поясом."
                " Доступ — кукой сеанса, роли те же, что у страниц."
            ),
        },
        "paths": {"/api/reports": {"get": _list()}, **paths},
        "components": {
            "schemas": {"Error": ERROR, "Report": RESULT, "Reports": LISTED},
            "securitySchemes": {"session": SESSION},
        },
        "security": [{"session": []}],
    }


def _list() -> dict[str, Any]:
    return {
        "operationId": "reports",
        "summary": _("Какие есть отчеты и можно ли им доверять"),
        "responses": {"200": _json("Reports", _("Список")), **_refusals("401", "403")},
    }


def _report(report: Report) -> dict[str, Any]:
    filters = [_filter(name) for name in report.filters]
    return {
        "operationId": f"report_{report.name}",
        "summary": report.title,
        "description": report.answers,
        "parameters": [*_questions(report), *filters],
        "responses": {
            "200": _json("Report", report.title),
            **_refusals("401", "403", "422"),
        },
    }


def _questions(report: Report) -> list[dict[str, Any]]:
    told: dict[str, tuple[str, Mapping[str, Any]]] = {
        "period": (_("Период"), {"type": "string", "enum": list(PERIODS)}),
        "from": (_("Первый день, если период свой"), DAY),
        "to": (_("Последний день, если период свой"), DAY),
        "as_of": (_("День или момент, на который построить"), {"anyOf": [DAY, INSTANT]}),
        "by": (_("Разрез"), {"type": "string", "enum": list(report.breakdowns)}),
    }
    return [_parameter(name, *told[name]) for name in ASKED if name != "by" or report.breakdowns]


def _filter(name: str) -> dict[str, Any]:
    allowed: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": LONGEST}
    if name in FIXED:
        allowed = {"type": "string", "enum": [value for value, _said in FIXED[name]]}
    return _parameter(name, word_of(name), allowed)


def _parameter(name: str, said: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": said, "required": False, "schema": schema}


def _json(name: str, said: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
    return {"description": said, "content": content}


def _refusals(*codes: str) -> dict[str, Any]:
    words = {
        "401": _("Никто не вошел"),
        "403": _("Не для этой роли"),
        "422": _("Так спросить нельзя: сказано, что исправить"),
    }
    return {code: _json("Error", words[code]) for code in codes}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _several(of: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _or_none(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


SESSION = {"type": "apiKey", "in": "cookie", "name": cookies.SESSION}
ERROR = _object(code=TEXT, where=TEXT, found=TEXT, expected=TEXT, next_step=TEXT)
RATIO = _object(
    value=_or_none(DECIMAL),
    numerator={"anyOf": [{"type": "integer"}, DECIMAL]},
    denominator={"anyOf": [{"type": "integer"}, DECIMAL]},
)
CELL = {"anyOf": [TEXT, {"type": "integer"}, {"type": "null"}, RATIO]}
TABLE = _object(
    name=TEXT,
    title=TEXT,
    columns=_several(
        _object(
            key=TEXT,
            title=TEXT,
            kind={
                "type": "string",
                "enum": ["text", "count", "ratio", "money", "number", "instant", "day"],
            },
            meaning=TEXT,
            unit=TEXT,
        )
    ),
    rows=_several({"type": "object", "additionalProperties": CELL}),
    notes=_several(TEXT),
)
RESULT = _object(
    report=TEXT,
    title=TEXT,
    since=INSTANT,
    until=INSTANT,
    as_of=INSTANT,
    by=_or_none(TEXT),
    where={"type": "object", "additionalProperties": TEXT},
    horizon_days={"type": "integer"},
    trusted={"type": "boolean"},
    tables=_several(TABLE),
    checks=_several(_object(name=TEXT, ok={"type": "boolean"}, detail=TEXT)),
    notes=_several(TEXT),
)
LISTED = _object(
    reports=_several(
        _object(
            name=TEXT,
            title=TEXT,
            answers=TEXT,
            breakdowns=_several(TEXT),
            filters=_several(TEXT),
            complete_until=_or_none(INSTANT),
            trusted={"type": "boolean"},
            why_not=TEXT,
        )
    )
)
