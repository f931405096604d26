"""`/rules`: rules in words, their state and what they did; one rule with its versions and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from provodka.dashboards.insight.firings import Firing, fired_by_day, firings
from provodka.dashboards.insight.reach import owner_of, people_of
from provodka.dashboards.insight.rule_words import (
    condition_words,
    differences,
    do_words,
    when_words,
)
from provodka.dashboards.insight.titles import kind_title, titles
from provodka.dashboards.insight.wording import action_word, skipped_word
from provodka.dashboards.web.pages.answers import Answer, Elsewhere, Shown
from provodka.dashboards.web.pages.asked import waited_for
from provodka.dashboards.web.pages.care.attention import wished
from provodka.dashboards.web.pages.care.discreet import Discreet
from provodka.dashboards.web.pages.care.links import document_href
from provodka.dashboards.web.pages.care.matters import Button, wrong
from provodka.dashboards.web.pages.care.why import show_why
from provodka.dashboards.web.pages.declaring import Page
from provodka.dashboards.web.pages.visit import Visit
from provodka.dashboards.web.people.roles import Role
from provodka.foundation.i18n import _, marked
from provodka.trigger_rules.rule import Rule
from provodka.trigger_rules.versions import Release

__all__ = ["pages"]

OWNERS = frozenset({Role.ENGINEER, Role.HEAD})
DAYS = 7
PAGE = 50
FILES = "files"
"""Who answers for a version that came into force from its file, with no person's word."""
ROLES = {"rule": marked("правило"), "robot": marked("робот"), "trigger": marked("триггер")}
STATES = {
    "draft": (marked("черновик"), "warn"),
    "approved": (marked("утверждена"), "warn"),
    "active": (marked("действует"), "good"),
    "retired": (marked("снята"), "soft"),
    "disabled": (marked("выключено"), "bad"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A rule in words, how it stands, and how often it acted on each of the last days."""

    name: str
    title: str
    role: str
    whens: Sequence[str]
    condition: str
    does: Sequence[str]
    version: str
    state: str
    trouble: str
    waiting: str
    fired: Sequence[int]


def pages() -> tuple[Page, ...]:
    """All rules, one rule, and why rules acted on a document or did not."""
    return (
        Page(
            "/rules", "rules", marked("Правила"), OWNERS, show, act,
            menu=marked("Правила"), section="hub", icon="rules",
        ),
        Page("/rules/why", "rules_why", marked("Почему"), OWNERS, show_why),
        Page("/rules/{rule}", "rule", marked("Правило"), OWNERS, show_one),
    )  # fmt: skip


def show(visit: Visit) -> Answer:
    """Scenarios with their stages, and every rule of the files or in force."""
    known = _known(visit)
    if known is None:
        return Shown("missing.html.jinja", status=404)
    rules = {**known.files.named, **known.book.named}
    fired = _fired(visit, list(rules))
    told = [_told(visit, known, rule, fired) for rule in rules.values()]
    by_scenario: dict[str, list[Told]] = {}
    for rule, one in zip(rules.values(), told, strict=True):
        by_scenario.setdefault(rule.scenario.code if rule.scenario else "", []).append(one)
    scenarios = [
        (
            known.book.scenarios[code].text.name if code in known.book.scenarios else "",
            [stage.name for stage in known.book.scenarios[code].text.stages]
            if code in known.book.scenarios
            else [],
            rows,
        )
        for code, rows in by_scenario.items()
    ]
    context = {
        "scenarios": scenarios,
        "approval": known.approval,
        "trouble": known.trouble,
        "days": _days(visit),
        "states": {name: (_(word), tone) for name, (word, tone) in STATES.items()},
    }
    return Shown("care_rules.html.jinja", context)


def show_one(visit: Visit) -> Answer:
    """One rule: its words, its versions with who answers for them, its latest effects."""
    known, name = _known(visit), visit.path["rule"]
    versions = [one for one in known.releases if one.rule == name] if known else []
    rule = known.book.named.get(name) or known.files.named.get(name) if known else None
    if known is None or (rule is None and not versions):
        return Shown("missing.html.jinja", status=404)
    rows = list(firings(visit.connection, name, PAGE + 1, _after(visit)))
    more = ""
    if rows[PAGE:]:
        last = rows[PAGE - 1]
        more = f"/rules/{name}?" + _query(last)
    fired = _fired(visit, [name])
    context = {
        "rule": name,
        "told": _told(visit, known, rule, fired) if rule else None,
        "versions": [_version(one, versions) for one in versions[::-1]],
        "buttons": _buttons(known, name, versions),
        "approval": known.approval,
        "effects": _effects(visit, rows[:PAGE]),
        "more": more,
        "states": {key: (_(word), tone) for key, (word, tone) in STATES.items()},
        "days": _days(visit),
        "by_files": FILES,
    }
    return Shown("care_rule.html.jinja", context)


def act(visit: Visit) -> Answer:
    """Approve, activate, retire or switch on: put down as a wish under the person's name."""
    asked = wished(visit)
    return waited_for(asked) if visit.part else Elsewhere("/rules")


def _known(visit: Visit) -> Any:
    view = visit.backdrop.views.get("rules")
    return view(visit.connection) if view else None


def _fired(visit: Visit, names: Sequence[str]) -> Mapping[str, Mapping[date, int]]:
    return fired_by_day(visit.connection, names, _days(visit), visit.backdrop.zone)


def _days(visit: Visit) -> list[date]:
    today = visit.now.astimezone(visit.backdrop.zone).date()
    return [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]


def _told(visit: Visit, known: Any, rule: Rule, fired: Mapping[str, Mapping[date, int]]) -> Told:
    versions = [one for one in known.releases if one.rule == rule.name]
    active = next((one for one in versions if one.state == "active"), None)
    newest = next((one.state for one in versions[::-1] if one.version == rule.version), "draft")
    state = "active" if active else newest
    health = known.health.get(rule.name)
    if health and active and health.disables(active.version):
        state = "disabled"
    waiting = [one.state for one in versions if one.state in ("draft", "approved")]
    by_day = fired.get(rule.name, {})
    said = health.trouble.get("found", "") if health and state == "disabled" else ""
    return Told(
        rule.name,
        rule.text.title,
        _(ROLES[rule.role]),
        when_words(rule),
        condition_words(rule),
        do_words(rule),
        active.version if active else rule.version,
        state,
        Discreet.of(visit.visitor).words(said),
        _(STATES[waiting[-1]][0]) if waiting and active and known.approval else "",
        [by_day.get(day, 0) for day in _days(visit)],
    )


def _version(one: Release, versions: Sequence[Release]) -> Mapping[str, Any]:
    active = next((other for other in versions if other.state == "active"), None)
    before = active.source if active and active is not one else ""
    return {
        "release": one,
        "against": active.version if before and active else "",
        "differences": differences(before, one.source) if before else [],
    }


def _buttons(known: Any, rule: str, versions: Sequence[Release]) -> list[Button]:
    health = known.health.get(rule)
    found: list[Button] = []
    if health and health.disabled_at:
        found.append(Button("rule_enable", _("Включить"), {"rule": rule}, main=True))
    if not known.approval:
        return found
    words = {
        "draft": ("rule_approve", _("Утвердить {version}")),
        "approved": ("rule_activate", _("Ввести в действие {version}")),
        "retired": ("rule_activate", _("Вернуть {version}")),
    }
    for one in versions[::-1]:
        if one.state == "active":
            found.append(Button("rule_retire", _("Снять правило"), {"rule": rule}))
        elif one.state != "retired" or one.approved_by:
            kind, word = words[one.state]
            given = {"rule": rule, "version": one.version}
            main = one.state != "retired"
            found.append(Button(kind, word.format(version=one.version), given, main=main))
    return found


def _effects(visit: Visit, rows: Sequence[Firing]) -> list[Mapping[str, Any]]:
    staff = people_of(visit.connection, visit.visitor.departments)
    if staff is not None:
        rows = [
            one for one in rows if owner_of(visit.connection, one.kind, one.document)[1] in staff
        ]
    named = titles(visit.connection, [(one.kind, one.document) for one in rows])
    words = {str(key): title for (_kind, key), title in named.items()}
    shown = Discreet.of(visit.visitor).titles(visit.connection, words)
    return [
        {
            "at": one.at,
            "action": action_word(one.action),
            "skipped": skipped_word(one.made["skipped"])
            if isinstance(one.made, dict) and one.made.get("skipped")
            else "",
            "document": f"{kind_title(one.kind)} {shown.get(str(one.document), one.document)}",
            "href": document_href(one.kind, one.document),
            "version": one.rule_version,
            "key": one.key,
        }
        for one in rows
    ]


def _query(last: Firing) -> str:
    from urllib.parse import urlencode

    return urlencode({"after": last.at.isoformat(), "key": last.key})


def _after(visit: Visit) -> tuple[datetime, str] | None:
    said = visit.query.get("after", "")
    if not said:
        return None
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise wrong("after", said, _("адрес из ссылки «дальше»"))
    return at, visit.query.get("key", "")
