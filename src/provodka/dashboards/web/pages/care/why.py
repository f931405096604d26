"""`/rules/why`: why rules acted on a document and why they did not, clause by clause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provodka.dashboards.insight.fields import value_word
from provodka.dashboards.insight.reach import owner_of, people_of
from provodka.dashboards.insight.titles import kind_title, stage_names
from provodka.dashboards.insight.wording import action_word, who
from provodka.dashboards.web.pages.answers import Answer, Shown
from provodka.dashboards.web.pages.care.discreet import Discreet
from provodka.dashboards.web.pages.care.links import document_href
from provodka.dashboards.web.pages.visit import Visit
from provodka.foundation.errors import DocumentError
from provodka.foundation.i18n import _
from provodka.trigger_rules.event_kinds import EVENTS

__all__ = ["show_why"]

LATEST = 40


def show_why(visit: Visit) -> Answer:
    """The answer for an effect (`effect`) or a document (`what`), of one `rule` or of all."""
    what = (visit.query.get("effect") or visit.query.get("what") or "").strip()
    rule = visit.query.get("rule", "").strip()
    context: dict[str, Any] = {"what": what, "rule": rule, "found": None, "occasions": []}
    view = visit.backdrop.views.get("explained")
    if what and view is not None:
        found = view(visit.connection, what, rule)
        _require_mine(visit, found)
        discreet, stages = Discreet.of(visit.visitor), stage_names(visit.connection)
        context |= {
            "found": found,
            "title": f"{kind_title(found.kind)} {discreet.words(found.title)}",
            "href": document_href(found.kind, found.document),
            "occasions": [
                _occasion(one, discreet, stages) for one in found.occasions[::-1][:LATEST]
            ],
            "left": len(found.occasions[:-LATEST]),
        }
    return Shown("care_why.html.jinja", context)


def _require_mine(visit: Visit, found: Any) -> None:
    staff = people_of(visit.connection, visit.visitor.departments)
    if staff is not None and owner_of(visit.connection, found.kind, found.document)[1] not in staff:
        raise DocumentError(
            _("Документ {document}").format(document=found.document),
            found=_("он не из ваших отделов"),
            next_step=_("доступ ко всей компании выдает инженер"),
            code="foreign_department",
        )


def _occasion(one: Any, discreet: Discreet, stages: Mapping[str, str]) -> Mapping[str, Any]:
    known = EVENTS.get(one.event)
    told = sorted(one.rules, key=lambda rule: (not rule.fired, not rule.near))
    return {
        "at": one.at,
        "event": _(known.title) if known else one.event,
        "of": _of(one.of, stages) if known and not known.clocked else "",
        "who": who(one.origin),
        "delta": one.delta,
        "rules": [_rule(rule, discreet) for rule in told],
    }


def _of(code: str, stages: Mapping[str, str]) -> str:
    return stages.get(code) or str(value_word("deal", "", "status", code)) if code else ""


def _rule(told: Any, discreet: Discreet) -> Mapping[str, Any]:
    return {
        "rule": told.rule,
        "title": told.title,
        "version": told.version,
        "tone": "good" if told.fired else "warn" if told.near else "soft",
        "verdict": _verdict(told),
        "clauses": [
            (clause.holds, clause.text, [(name, _value(discreet.payload(value, name)))
                                         for name, value in clause.values.items()])
            for clause in told.clauses
        ],
        "done": [action_word(one.action) for one in told.done],
        "trouble": discreet.words(told.trouble) if told.fired else "",
    }  # fmt: skip


def _verdict(told: Any) -> str:
    if told.fired:
        return _("сработало")
    if told.why_not:
        return _("нет, {why}").format(why=told.why_not)
    if told.near:
        return _("почти: неверна одна часть условия из {count}").format(count=len(told.clauses))
    return _("нет, условие неверно")


def _value(value: Any) -> str:
    if value is None:
        return _("пусто")
    if isinstance(value, bool):
        return _("да") if value else _("нет")
    if isinstance(value, dict):
        return str(value.get("name") or value.get("number") or value.get("id"))
    return str(value)
