"""What a base can do, found out by asking: every finding in words for a person."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from provodka.connectors.http import HttpAnswer
from provodka.connectors.onec.odata.errors import Call, unreadable
from provodka.connectors.onec.odata.pages import rows_of
from provodka.connectors.onec.odata.query import Query
from provodka.connectors.onec.odata.transport import Transport, json_of
from provodka.foundation.errors import AccessDenied, ProvodkaError
from provodka.foundation.i18n import _

__all__ = ["CONFIGURATIONS", "Finding", "Level", "Probe", "probe"]

SLOW = 5.0
CONFIGURATIONS = (
    ("Document_СчетНаОплатуПокупателю", "Бухгалтерия предприятия 3.0"),
    ("Document_ЗаказКлиента", "УТ 11 / КА 2 / ERP 2"),
    ("Document_ЗаказПокупателя", "УНФ"),
    ("Document_CRM_Интерес", "1С:CRM 3"),
)
"""Sets that tell one configuration from another."""


class Level(StrEnum):
    """How much a finding matters."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found out: a slug for machines, a text and a next step for a person."""

    level: Level
    code: str
    text: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """The state of a base as seen from here.

    `latency` is seconds of the first answer; `published` are all sets listed,
    `missing` those asked for and not listed; `unreadable` those listed whose rows
    this login may not read. `sessions` and `if_match` are None where it was
    not tried: `If-Match` cannot be tried without writing (see `if_match`).
    """

    reachable: bool
    findings: tuple[Finding, ...]
    latency: float | None = None
    server: str = ""
    configuration: str = ""
    published: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    sessions: bool | None = None
    if_match: bool | None = None

    @property
    def ready(self) -> bool:
        """Whether nothing stands in the way."""
        return all(finding.level is not Level.BAD for finding in self.findings)


@dataclass(slots=True)
class _Notes:
    findings: list[Finding] = field(default_factory=list)

    def add(self, level: Level, code: str, text: str, step: str = "") -> None:
        self.findings.append(Finding(level, code, text, step))


def probe(transport: Transport, wanted: Iterable[str] = ()) -> Probe:
    """Ask the base what it publishes and whether the wanted sets can be read.

    Never raises for what a base can do wrong: that is a finding. Costs one
    request and one more per wanted set of objects.
    """
    notes = _Notes()
    started = time.monotonic()
    try:
        published, server = transport.read(
            "", "$format=json", lambda answer: (_service_list(transport, answer), _server(answer))
        )
    except ProvodkaError as error:
        notes.add(Level.BAD, error.code, str(error), error.next_step)
        return Probe(False, tuple(notes.findings))
    latency = time.monotonic() - started
    asked = tuple(dict.fromkeys(wanted))
    missing = tuple(name for name in asked if name not in published)
    _note_basics(notes, latency, published, missing)
    closed = _closed(transport, [name for name in asked if name in published], notes)
    sessions = transport.session.supported if transport.settings.sessions else None
    if sessions is False:
        notes.add(Level.WARNING, "no_sessions", _("база не держит сеансы: каждый запрос — новый"))
    return Probe(
        True,
        tuple(notes.findings),
        latency=latency,
        server=server,
        configuration=_configuration(published),
        published=published,
        missing=missing,
        unreadable=closed,
        sessions=sessions,
        if_match=transport.if_match,
    )


def _note_basics(
    notes: _Notes, latency: float, published: frozenset[str], missing: tuple[str, ...]
) -> None:
    notes.add(
        Level.WARNING if latency > SLOW else Level.GOOD,
        "reachable",
        _("база отвечает, первый ответ за {seconds:.1f} с").format(seconds=latency),
    )
    publish = _(
        "Администрирование → Синхронизация данных → Настройка автоматического REST-сервиса → "
        "Состав: отметьте объект и запишите"
    )
    if not published:
        notes.add(
            Level.BAD, "nothing_published", _("в OData не опубликован ни один объект"), publish
        )
        return
    name = _configuration(published)
    known = _("похоже на «{name}»").format(name=name) if name else _("конфигурация не узнана")
    count = _("опубликовано наборов: {count}; {known}").format(count=len(published), known=known)
    notes.add(Level.GOOD, "published", count)
    for absent in missing:
        notes.add(
            Level.BAD, "not_published", _("не опубликован {name}").format(name=absent), publish
        )


def _closed(transport: Transport, names: list[str], notes: _Notes) -> tuple[str, ...]:
    """Sets whose rows cannot be read with this login; only sets of objects are tried."""
    closed = []
    for name in names:
        if not name.startswith(("Catalog_", "Document_")):
            continue
        query = Query(select=("Ref_Key",), top=1).encode(transport.settings.timezone)
        try:
            rows_of(transport.read_json(name, query), Call(transport.where(name)))
        except AccessDenied as error:
            closed.append(name)
            text = _("нет прав на чтение {name}: {why}").format(name=name, why=error.found)
            notes.add(Level.BAD, "no_rights", text, error.next_step)
        except ProvodkaError as error:
            closed.append(name)
            notes.add(Level.BAD, error.code, str(error), error.next_step)
    return tuple(closed)


def _configuration(published: frozenset[str]) -> str:
    return next((name for mark, name in CONFIGURATIONS if mark in published), "")


def _server(answer: HttpAnswer) -> str:
    return answer.headers.get("server", "")


def _service_list(transport: Transport, answer: HttpAnswer) -> frozenset[str]:
    """Names of the published sets, from JSON or from the Atom service document."""
    call = Call(transport.where(""))
    if not answer.body.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<"):
        rows = rows_of(json_of(answer, call), call)
        return frozenset(str(row.get("name") or row.get("url") or "") for row in rows) - {""}
    try:
        root = fromstring(answer.body)
    except (ParseError, DefusedXmlException) as error:
        raise unreadable(call, _("вместо списка наборов пришло нечто другое")) from error
    collections = (one for one in root.iter() if one.tag.rpartition("}")[2] == "collection")
    return frozenset(one.get("href", "") for one in collections) - {""}
