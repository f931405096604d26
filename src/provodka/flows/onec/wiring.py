"""From a document of ours to a request to the base, its look-ups answered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from provodka.connectors.crm_store import bindings, conflicts
from provodka.connectors.onec.odata.client import ODataBase
from provodka.connectors.onec.odata.filters import Field, Filter, all_of
from provodka.connectors.onec.odata.query import Query
from provodka.flows.hub import Hub
from provodka.flows.onec.deciding import decide
from provodka.flows.onec.documents import Paper
from provodka.flows.onec.queueing import SYSTEM
from provodka.foundation.errors import AmbiguousMatch
from provodka.foundation.i18n import _
from provodka.mappings.aligned import Aligned, Places
from provodka.mappings.books import BOOKS, read_book
from provodka.mappings.compiled import Part
from provodka.mappings.lookups import Lookup
from provodka.mappings.reading import as_dict, in_order, read_page, references
from provodka.mappings.snapshot import shape
from provodka.mappings.tombstones import was_deleted
from provodka.mappings.writing import WireDocument, lookups, write

__all__ = ["answer", "around", "changes"]

Books = dict[str, dict[str, str]]


def answer(hub: Hub, base: ODataBase, paper: Paper, books: Books) -> WireDocument:
    """The body that the base should hold; `books` is filled with what had to be read.

    Raises `MissingParent`, `Misunderstood`, `AmbiguousMatch`.
    """
    for name in paper.mapping.books - books.keys():
        book = BOOKS[name]
        query = Query(select=book.select, order=book.order)
        pages = base.read_pages(book.entity, query, at_once=True)
        books[name] = read_book(name, (row for page in pages for row in page.rows))
    creating = paper.binding is None
    wanted = lookups(
        paper.mapping, paper.document, paper.values, external=paper.external, creating=creating
    )
    return write(
        paper.mapping,
        paper.document,
        paper.values,
        paper.parts,
        external=paper.external,
        zone=hub.base_zone,
        books=books,
        found={one: _look_up(base, one) for one in wanted},
        creating=creating,
    )


def _look_up(base: ODataBase, lookup: Lookup) -> str | None:
    condition = all_of([Field(name) == value for name, value in lookup.where])
    query = Query(select=(lookup.take,), filter=condition, order=("Ref_Key",), top=2)
    rows = [row for page in base.read_pages(lookup.entity, query) for row in page.rows]
    if len(rows) > 1:
        raise AmbiguousMatch(
            lookup.entity,
            candidates=[str(row.get(lookup.take)) for row in rows],
            found=_("несколько элементов, где {where}").format(where=lookup.said),
            expected=_("один"),
            next_step=_("укажите нужный в документе CRM или закройте лишние в 1С"),
            code="ambiguous_lookup",
        )
    return str(rows[0][lookup.take]) if rows else None


def around(paper: Paper) -> Filter | None:
    """A day on both sides of the document's date: spares the base a scan by marker."""
    date = paper.values.get("date")
    if date is None or not paper.mapping.entity.startswith("Document_"):
        return None
    day = timedelta(days=1)
    return all_of([Field("Date") >= date - day, Field("Date") <= date + day])


def changes(
    connection: Connection,
    hub: Hub,
    paper: Paper,
    wire: WireDocument,
    row: dict[str, Any],
    books: Books,
) -> tuple[dict[str, Any], Aligned]:
    """Which wire fields to send so that 1C follows ours, and what was decided about each.

    What the accountant has changed meanwhile is left to the next pull, or to a person. A document
    that both had deleted and that is alive here again is so there too.
    """
    mapping = paper.mapping
    known = bindings.documents(connection, SYSTEM, references(mapping, [row]))
    page = read_page(mapping, [row], known, hub.base_zone, books)
    for misread in page.misunderstood:
        raise misread.error
    if not page.understood:
        return {}, Aligned()
    values, parts = as_dict(mapping, page.understood[0])
    columns = mapping.part_columns
    ours = shape(
        {name: paper.values[name] for name in mapping.columns},
        {
            part: [{n: one[n] for n in columns[part]} for one in rows]
            for part, rows in paper.parts.items()
        },
    )
    disputed = conflicts.open_fields(connection, [paper.document]).get(paper.document, set())
    sides = (paper.bound.snapshot, ours, shape(values, parts))
    about = (mapping, paper.document, sides, disputed)
    decided = decide(connection, SYSTEM, *about, taking=False)
    body = _body(paper, wire, row, decided)
    buried = row.get("DeletionMark") is True and was_deleted(paper.bound.snapshot)
    return (body if paper.deleted or not buried else body | {"DeletionMark": False}), decided


def _body(
    paper: Paper, wire: WireDocument, row: dict[str, Any], decided: Aligned
) -> dict[str, Any]:
    fields = decided.send.keys()
    wanted: set[str] = set()
    for pair in paper.mapping.pairs:
        if pair.writes and pair.ours in fields:
            wanted |= set(pair.theirs_names)
    body = {name: value for name, value in wire.body.items() if name in wanted}
    sent = {name.partition(".")[0] for name in fields} | decided.moved
    for part in paper.mapping.parts:
        if part.name in sent:
            section = part.sections[0]
            ours, theirs = wire.body[section.theirs], row.get(section.theirs) or []
            if len(part.sections) == 1:
                place = decided.places[part.name]
                sides = _placed(place, paper.parts[part.name], ours, theirs)
                ours = _rows(part, place.order, *sides, fields)
            body[section.theirs] = ours
    return body


Lines = dict[str, dict[str, Any]]


def _placed(
    place: Places,
    lines: Sequence[dict[str, Any]],
    ours: Sequence[dict[str, Any]],
    theirs: Sequence[dict[str, Any]],
) -> tuple[Lines, Lines]:
    """Both sections by the common numbers of their lines."""
    numbers = sorted(int(one["line"]) for one in lines)
    mine = {place.ours[str(own)]: one for own, one in zip(numbers, ours, strict=True)}
    there = enumerate(in_order(theirs), start=1)
    return mine, {place.theirs[str(own)]: one for own, one in there}


def _rows(
    part: Part, order: Sequence[str], ours: Lines, theirs: Lines, fields: Collection[str]
) -> list[dict[str, Any]]:
    """Their section with our decided changes made, since a section is always replaced whole.

    What is not to be sent stays as the accountant has it: what is in dispute, what he has changed.
    """
    pairs = [pair for pair in part.sections[0].pairs if pair.writes]
    found: list[dict[str, Any]] = []
    for place in order:
        mine, other = ours.get(place), theirs.get(place)
        if f"{part.name}.{place}" in fields:
            found += [mine] if mine else []
        elif mine and other:
            kept = [pair for pair in pairs if f"{part.name}.{place}.{pair.ours}" not in fields]
            names = [name for pair in kept for name in pair.theirs_names]
            found.append(mine | {name: other[name] for name in names if name in other})
        elif other:
            own = {name: value for name, value in other.items() if "@" not in name}
            found.append({name: value for name, value in own.items() if name != "Ref_Key"})
    return [one | {"LineNumber": str(number)} for number, one in enumerate(found, start=1)]
