"""Fields of a document in words, with a link where a field refers to another document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from provodka.connectors.crm_store.engine import dump_json
from provodka.dashboards.insight.documents import Document
from provodka.dashboards.insight.fields import field_title, value_word
from provodka.dashboards.insight.values import Field, Veil
from provodka.dashboards.rendering.formatting import day_text, instant_text, number_text
from provodka.dashboards.web.pages.care.discreet import Discreet
from provodka.dashboards.web.pages.care.links import document_href
from provodka.foundation.i18n import _
from provodka.foundation.money import kopecks

__all__ = ["Cell", "Lines", "Reader", "fields_of", "lines_of", "number_of", "veil_of"]

MONEY = ("amount", "revenue", "debt", "price", "deposit")
BODIES = frozenset({"text", "html", "reply_text"})
"""What a letter says is shown as a letter."""


@dataclass(frozen=True, slots=True)
class Reader:
    """What one reader is told: titles of documents, names of stages, what is hidden, the clock."""

    names: Mapping[str, str]
    stages: Mapping[str, str]
    veil: Veil
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Cell:
    """A field: what it is called, its value in words, the page of what it refers to."""

    title: str
    text: str
    href: str = ""
    number: bool = False


@dataclass(frozen=True, slots=True)
class Lines:
    """A tabular section: its columns and its rows."""

    name: str
    titles: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def veil_of(discreet: Discreet, document: Document) -> Veil:
    """What may be seen of this document: a company's name is nobody's secret."""
    company = document.kind == "client" and document.fields.get("kind") == "legal_entity"

    def veil(of: Field, value: Any) -> Any:
        if company and of in (("client", "", "name"), ("client", "", "full_name")):
            return value
        return discreet.veil(of, value)

    return veil


def fields_of(document: Document, reader: Reader) -> list[Cell]:
    """The document's own fields, those that are empty and bodies of letters left out."""
    own = ((name, one) for name, one in document.fields.items() if name not in BODIES)
    return [_cell(document, "", name, one, reader) for name, one in own]


def lines_of(document: Document, reader: Reader) -> Iterator[Lines]:
    """The document's sections, columns that are empty everywhere left out."""
    for part, rows in document.parts.items():
        used = [name for name in rows[0] if any(row[name] not in (None, "") for row in rows)]
        cells = [[_cell(document, part, name, row[name], reader) for name in used] for row in rows]
        titles = [
            _("№") if name == "line" else field_title(document.kind, part, name) for name in used
        ]
        yield Lines(part, titles, cells)


def number_of(column: str, value: Decimal) -> str:
    """A number as people write it; a sum of money with its kopecks."""
    places = max(0, -int(value.normalize().as_tuple().exponent))
    if column.endswith(MONEY) and places <= 2:
        return number_text(kopecks(value), 2)
    return number_text(value, places)


def _cell(
    document: Document,
    part: str,
    name: str,
    value: Any,
    reader: Reader,
) -> Cell:
    of = (document.kind, part, name)
    title = field_title(*of)
    target = document.refers(part, name)
    if target and value is not None:
        return Cell(title, reader.names.get(str(value), str(value)), document_href(target, value))
    if of == ("deal", "", "stage"):
        return Cell(title, reader.stages.get(str(value), str(value)))
    number = isinstance(value, Decimal | int) and not isinstance(value, bool)
    return Cell(title, _text(of, reader.veil(of, value), reader.zone), number=number)


def _text(of: Field, value: Any, zone: ZoneInfo) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return _("да") if value else _("нет")
    if isinstance(value, Decimal):
        return number_of(of[2], value)
    if isinstance(value, datetime):
        return instant_text(value, zone)
    if isinstance(value, date):
        return day_text(value)
    if isinstance(value, dict | list):
        return dump_json(value)
    return str(value_word(*of, value))
