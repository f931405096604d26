"""`/documents/<kind>/<key>`: a document, its history, its causes and consequences, its letters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import text

from provodka.connectors.crm_store import audit
from provodka.dashboards.insight.documents import (
    Document,
    bindings_of,
    letters_and_calls,
    read_document,
)
from provodka.dashboards.insight.earlier import told as told_earlier
from provodka.dashboards.insight.fields import value_word
from provodka.dashboards.insight.life_words import LifeWords, stands
from provodka.dashboards.insight.reach import owner_of, people_of
from provodka.dashboards.insight.titles import kind_title, stage_names
from provodka.dashboards.insight.trace import trace_of
from provodka.dashboards.insight.values import Values
from provodka.dashboards.insight.version_words import row_title, why_text
from provodka.dashboards.insight.versions import Version, history_of
from provodka.dashboards.insight.wording import system_word, who
from provodka.dashboards.web.pages.answers import Answer, Sent, Shown
from provodka.dashboards.web.pages.care.cells import (
    Reader,
    fields_of,
    lines_of,
    number_of,
    veil_of,
)
from provodka.dashboards.web.pages.care.discreet import Discreet
from provodka.dashboards.web.pages.care.letters import talks
from provodka.dashboards.web.pages.care.life import beside, leaves
from provodka.dashboards.web.pages.care.matters import wrong
from provodka.dashboards.web.pages.declaring import EVERYONE, Page
from provodka.dashboards.web.pages.visit import Visit
from provodka.dashboards.web.people.masking import SEES_NAMES
from provodka.dashboards.web.people.roles import Role
from provodka.foundation.i18n import _, marked

__all__ = ["pages"]

READERS = EVERYONE - {Role.COURIER}
CONSEQUENCES = 500
VERSIONS = 100
FILE = text("""
    SELECT name, left_out FROM hub.message_file
    WHERE message_id = :letter AND sha256 = :sha256 ORDER BY number LIMIT 1
""")
Seen = tuple[Visit, Document, Discreet, dict[str, str]]


def pages() -> tuple[Page, ...]:
    """The page of any document, and the files of letters."""
    return (
        Page(
            "/documents/{kind}/{document:uuid}", "document", marked("Документ"), READERS, show,
            seen=audit.SAW,
        ),
        Page(
            "/documents/files/{document:uuid}/{sha256}", "document_file", marked("Вложение"),
            frozenset(SEES_NAMES - {Role.COURIER}), send, seen=audit.EXPORTED,
        ),
    )  # fmt: skip


def show(visit: Visit) -> Answer:
    """One side of the document: as it is, its history, its life, or its letters and calls."""
    kind, key = visit.path["kind"], visit.path["document"]
    document = read_document(visit.connection, kind, key)
    if document is None or not _is_mine(visit, kind):
        return Shown("missing.html.jinja", status=404)
    side = visit.query.get("show", "now")
    if side not in SIDES:
        raise wrong("show", side, ", ".join(SIDES))
    discreet = Discreet.of(visit.visitor)
    names = discreet.titles(visit.connection, {**document.names, str(key): document.title})
    context = {
        "kind": kind_title(kind),
        "title": names[str(key)] or str(key),
        "document": document,
        "side": side,
        "sides": [(name, _(title)) for name, (title, _way) in SIDES.items()],
        "path": visit.address.partition("?")[0],
    }
    shown = SIDES[side][1]((visit, document, discreet, names))
    return Shown(f"care_document_{side}.html.jinja", {**context, **shown})


def send(visit: Visit) -> Answer:
    """A file of a letter that the visitor may see; its name is told, never made a path."""
    given = {"letter": visit.path["document"], "sha256": visit.path["sha256"]}
    row = visit.connection.execute(FILE, given).one_or_none()
    view = visit.backdrop.views.get("file_content")
    if row is None or row.left_out or view is None or not _is_mine(visit, "message"):
        return Shown("missing.html.jinja", status=404)
    content = view(visit.connection, given["sha256"])
    return Sent(content, "application/octet-stream", row.name or _("вложение"))


def _is_mine(visit: Visit, kind: str) -> bool:
    staff = people_of(visit.connection, visit.visitor.departments)
    if staff is None:
        return True
    owned, owner = owner_of(visit.connection, kind, visit.path["document"])
    return not owned or owner in staff


def _now(seen: Seen) -> Mapping[str, Any]:
    visit, document, discreet, names = seen
    stages = stage_names(visit.connection) if document.kind == "deal" else {}
    reader = Reader(names, stages, veil_of(discreet, document), visit.backdrop.zone)
    return {
        "fields": fields_of(document, reader),
        "parts": list(lines_of(document, reader)),
        "bindings": bindings_of(visit.connection, document.kind, document.id),
        "system_word": system_word,
        "letters": talks(visit, discreet, [document.id]) if document.kind == "message" else (),
    }


def _history(seen: Seen) -> Mapping[str, Any]:
    visit, document, discreet, _names = seen
    found = history_of(visit.connection, (document.kind, document.id))
    names = discreet.titles(visit.connection, found.names)
    zone, veil = visit.backdrop.zone, veil_of(discreet, document)
    stages = stage_names(visit.connection) if document.kind == "deal" else {}
    values = Values(names, stages, zone, veil, number=number_of)

    def rows(version: Version) -> list[tuple[str, str, str]]:
        return [
            (
                row_title(document.kind, entry, one.field),
                values.text((document.kind, entry.part, one.field), one.before),
                values.text((document.kind, entry.part, one.field), one.after),
            )
            for entry in version.entries
            for one in entry.fields
        ]

    latest = found.versions[::-1]
    return {
        "versions": [
            (one, who(one.origin), why_text(one.why, names), rows(one)) for one in latest[:VERSIONS]
        ],
        "left": len(latest[VERSIONS:]),
        "earlier": told_earlier(found.earlier),
    }


def _life(seen: Seen) -> Mapping[str, Any]:
    visit, document, discreet, _names = seen
    key = document.kind, document.id
    found = trace_of(visit.connection, key, at_most=CONSEQUENCES)
    names = discreet.titles(visit.connection, found.names)
    veil = veil_of(discreet, document)
    values = Values(names, found.stages, visit.backdrop.zone, veil, number=number_of)
    words = LifeWords(found, values)
    return {
        "leaves": leaves(found, words),
        "origin": who(found.came_from) if found.came_from else "",
        "standing": stands(found.standing, number_of) if found.standing else "",
        "papers": [words.paper(one) for one in found.standing.papers] if found.standing else [],
        "beside": list(beside(found, words)),
        "complete": found.complete,
        "earlier": told_earlier(found.earlier),
        "sees_rules": visit.visitor.may(Role.ENGINEER, Role.HEAD),
    }


def _talk(seen: Seen) -> Mapping[str, Any]:
    visit, document, discreet, _names = seen
    letters, calls = letters_and_calls(visit.connection, document.kind, document.id)
    return {
        "letters": talks(visit, discreet, [row.id for row in letters]),
        "calls": [
            {
                "id": row.id,
                "at": row.started_at,
                "direction": value_word("call", "", "direction", row.direction),
                "outcome": value_word("call", "", "outcome", row.outcome),
                "number": discreet.veil(("call", "", "client_number"), row.client_number),
                "talk": row.talk_seconds,
            }
            for row in calls
        ],
    }


SIDES: Mapping[str, tuple[str, Callable[[Seen], Mapping[str, Any]]]] = {
    "now": (marked("Сейчас"), _now),
    "history": (marked("История"), _history),
    "life": (marked("Причины и следствия"), _life),
    "talk": (marked("Письма и звонки"), _talk),
}
