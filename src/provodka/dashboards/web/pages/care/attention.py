"""`/attention`: everything that waits for a person, with its next step and the buttons for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from provodka.connectors.crm_store import audit
from provodka.connectors.crm_store.engine import dump_json
from provodka.dashboards.insight.aside import whole
from provodka.dashboards.insight.waiting import Waiting, waiting
from provodka.dashboards.insight.wording import stream_word
from provodka.dashboards.web.pages.answers import Answer, Elsewhere, Shown
from provodka.dashboards.web.pages.asked import waited_for
from provodka.dashboards.web.pages.care import own_sections as own
from provodka.dashboards.web.pages.care import waiting_sections as outside
from provodka.dashboards.web.pages.care.discreet import Discreet
from provodka.dashboards.web.pages.care.matters import Section, wrong
from provodka.dashboards.web.pages.declaring import Page
from provodka.dashboards.web.pages.visit import Visit
from provodka.dashboards.web.people.roles import Role
from provodka.foundation.i18n import _, marked

__all__ = ["DECIDERS", "pages", "wished"]

DECIDERS = frozenset({Role.ENGINEER, Role.HEAD, Role.ACCOUNTANT})
SECTIONS: Mapping[str, tuple[str, Callable[[Visit, Discreet], Section]]] = {
    "aside": (marked("Отложенные"), outside.aside),
    "conflicts": (marked("Конфликты"), outside.conflicts),
    "refused": (marked("Отказы"), own.refused),
    "parked": (marked("Ждут родителя"), outside.parked_ones),
    "reports": (marked("Отчеты"), own.reports),
    "rules": (marked("Правила"), own.rules),
    "duplicates": (marked("Похожие клиенты"), own.duplicates),
    "letters": (marked("Письма"), own.letters),
}
WISHES: Mapping[str, Mapping[str, type]] = {
    "quarantine_retry": {"stream": str, "code": str, "keys": list},
    "conflict_resolve": {"number": int, "take": str, "value": str},
    "errands_retry": {"numbers": list, "target": str, "code": str},
    "errands_drop": {"numbers": list, "why": str},
    "reports_check": {},
    "rule_enable": {"rule": str},
    "rule_approve": {"rule": str, "version": str},
    "rule_activate": {"rule": str, "version": str},
    "rule_retire": {"rule": str},
    "clients_join": {"first": str, "second": str},
    "clients_apart": {"first": str, "second": str, "reason": str},
    "letter_link": {"letter": str, "client": str},
}
"""What may be wished here, and the fields of the form that go with it."""


def pages() -> tuple[Page, ...]:
    """The page, and the page of one document that was set aside."""
    return (
        Page(
            "/attention", "attention", marked("Ждет человека"), DECIDERS, show, act,
            menu=marked("Ждет человека"), section="now", icon="attention",
        ),
        Page(
            "/attention/aside", "attention_aside", marked("Отложенный документ"), DECIDERS,
            show_whole, seen=audit.SAW,
        ),
    )  # fmt: skip


def show(visit: Visit) -> Answer:
    """One section; without a name, the first in which something waits."""
    counts = waiting(visit.connection)
    name = visit.query.get("section") or _first(counts)
    if name not in SECTIONS:
        raise wrong("section", name, ", ".join(SECTIONS))
    section = SECTIONS[name][1](visit, Discreet.of(visit.visitor))
    context = {
        "section": section,
        "name": name,
        "tabs": [(key, _(title), getattr(counts, key)) for key, (title, _way) in SECTIONS.items()],
        "address": visit.address,
        "chosen": dict(visit.query),
    }
    template = "care_matters.html.jinja" if visit.part else "care_attention.html.jinja"
    return Shown(template, context)


def act(visit: Visit) -> Answer:
    """Put the wish down; the page then shows what becomes of it."""
    asked = wished(visit)
    back = "/attention?section=" + (visit.form.get("section") or "aside")
    return (
        waited_for(asked) if visit.part else Elsewhere(back if _is_known(visit) else "/attention")
    )


def wished(visit: Visit) -> Any:
    """The request that a form stands for. Raises `DocumentError` for a form that is none."""
    kind = visit.form.get("deed", "")
    if kind not in WISHES:
        raise wrong("deed", kind, ", ".join(WISHES))
    given: dict[str, Any] = {}
    for name, sort in WISHES[kind].items():
        if name in visit.form:
            given[name] = _given(visit, name, sort)
    return visit.wish(kind, given, _number(visit))


def show_whole(visit: Visit) -> Answer:
    """A document as it came, and all that was ever wrong with it."""
    stream, key = visit.query.get("stream", ""), visit.query.get("key", "")
    reasons = [] if visit.visitor.departments else whole(visit.connection, stream, key)
    if not reasons:
        return Shown("missing.html.jinja", status=404)
    discreet = Discreet.of(visit.visitor)
    payload = json.loads(dump_json(discreet.payload(reasons[0].payload)))
    context = {
        "stream": stream,
        "key": key,
        "title": f"{stream_word(stream)} {key}",
        "reasons": reasons,
        "told": discreet.words,
        "veiled": not (discreet.personal and discreet.names),
        "payload": json.dumps(payload, ensure_ascii=False, indent=2),
    }
    template = "care_aside_part.html.jinja" if visit.part else "care_aside.html.jinja"
    return Shown(template, context)


def _first(counts: Waiting) -> str:
    return next((name for name in SECTIONS if getattr(counts, name)), "aside")


def _is_known(visit: Visit) -> bool:
    return (visit.form.get("section") or "aside") in SECTIONS


def _given(visit: Visit, name: str, sort: type) -> Any:
    said = str(visit.form.get(name, ""))
    if sort is list:
        values = [str(one) for one in visit.form.getlist(name) if one]
        return [_whole_number(name, one) for one in values] if name == "numbers" else values
    return _whole_number(name, said) if sort is int else said


def _whole_number(name: str, said: str) -> int:
    if not (said.isascii() and said.isdigit() and len(said) <= 18):
        raise wrong(name, said, _("номер"))
    return int(said)


def _number(visit: Visit) -> UUID | None:
    said = str(visit.form.get("wish", ""))
    try:
        return UUID(said) if said else None
    except ValueError:
        raise wrong("wish", said, _("ключ из формы")) from None
