"""A document of the store into the body of a request to the base."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from typing import Any
from uuid import UUID

from provodka.foundation.errors import MissingParent, Misunderstood
from provodka.foundation.i18n import _
from provodka.foundation.nearest import nearest
from provodka.mappings import compiled
from provodka.mappings.books import NO_BOOKS, Books
from provodka.mappings.converters import expected_of
from provodka.mappings.derived import DERIVED, Lines, Values
from provodka.mappings.lookups import Lookup, lookup_of
from provodka.mappings.marker import marked, marker_for
from provodka.mappings.writers import NoCounterpart, Sending, wire_of

__all__ = ["WireDocument", "lookups", "write"]

External = Callable[[str, UUID], str | None]
Found = Mapping[Lookup, str | None]


@dataclass(frozen=True, slots=True)
class WireDocument:
    """What to send: the set, the body (numbers as Decimal), and how to find it again.

    `marker` is text that begins the comment of the document in the base, None
    for a kind without one; `post` asks to post the document after it is written.
    """

    entity: str
    body: dict[str, Any]
    marker: str | None
    post: bool


def lookups(
    mapping: compiled.Mapping,
    document: UUID,
    values: Values,
    *,
    external: External,
    creating: bool = True,
) -> tuple[Lookup, ...]:
    """What must be looked up in the base before this document can be written.

    Ask the base for each, and give `write` the answers: the single key found, or
    None for nothing. An update needs less than a creation. Raises `MissingParent`
    like `write`.
    """
    known = _Document(mapping, document, values, external)
    wanted: list[object] = []
    if creating:
        wanted += [constant for _name, constant, _place in mapping.constants]
    wanted += [pair.otherwise for pair in mapping.pairs if values.get(pair.ours) is None]
    return tuple(known.lookup(one) for one in wanted if isinstance(one, compiled.Find))


def write(
    mapping: compiled.Mapping,
    document: UUID,
    values: Values,
    parts: Lines,
    *,
    external: External,
    zone: tzinfo,
    books: Books = NO_BOOKS,
    found: Found | None = None,
    creating: bool = True,
) -> WireDocument:
    """The whole document as the base should hold it.

    `values` and `parts` are ours by column; `external(kind, id)` answers the key in
    the base; `found` answers `lookups`. `creating` also sends the constants and the
    marker; an update sends only what is mapped, with the sections whole.

    Raises `MissingParent` while a document referred to is not in the base, and
    `Misunderstood` for a value that cannot be sent or lines that do not add up.
    """
    if mapping.balance:
        _check_balance(mapping, document, values, parts.get(mapping.balance, ()))
    sending = Sending(external, zone, books)
    known = _Document(mapping, document, values, external)
    body = _header(known, sending, found or {})
    for part in mapping.parts:
        rows = sorted(parts.get(part.name, ()), key=lambda row: int(row["line"]))
        section = part.sections[0]
        body[section.theirs] = [
            _row(known, section, number, row, sending) for number, row in enumerate(rows, 1)
        ]
    if creating:
        body |= _constants(known, parts, found or {})
    marker = marker_for(document) if mapping.marker else None
    if marker and mapping.marker and creating:
        body.setdefault(mapping.marker, marker)
    return WireDocument(mapping.entity, body, marker, mapping.post and bool(values.get("posted")))


@dataclass(frozen=True, slots=True)
class _Document:
    mapping: compiled.Mapping
    key: UUID
    values: Values
    external: External

    def lookup(self, find: compiled.Find) -> Lookup:
        try:
            return lookup_of(find, self.mapping, self.values, self.external)
        except NoCounterpart as missing:
            raise self.missing(missing, find.entity) from None

    def missing(self, error: NoCounterpart, at: str) -> MissingParent:
        return MissingParent(
            self.at(at),
            kind=error.kind,
            key=str(error.document),
            found=_("у документа «{kind}» {key} нет пары в 1С").format(
                kind=error.kind, key=error.document
            ),
            expected=_("сначала отправленный «{kind}»").format(kind=error.kind),
            next_step=_("отправка повторится, когда он появится в 1С"),
        )

    def wrong(self, at: str, found: str, expected: str, code: str) -> Misunderstood:
        return Misunderstood(
            self.at(at),
            found=found,
            expected=expected,
            next_step=_("исправьте документ в CRM и отправьте снова"),
            code=code,
        )

    def at(self, name: str) -> str:
        return f"{self.mapping.kind} {self.key} → {self.mapping.entity} {name}"


def _header(known: _Document, sending: Sending, found: Found) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for pair in known.mapping.pairs:
        if not pair.writes:
            continue
        value = known.values.get(pair.ours)
        if pair.how == "comment":
            body[pair.theirs] = marked(known.key, value) if known.mapping.marker else value or ""
        elif value is None and pair.otherwise is not None:
            body[pair.theirs] = _answer(known, pair.otherwise, found)
        else:
            body |= _field(known, pair, value, sending, pair.theirs)
    return body


def _field(
    known: _Document, pair: compiled.Pair, value: Any, sending: Sending, at: str
) -> dict[str, Any]:
    if (value is None or value == "") and pair.required_out:
        expected = _("заполненное поле «{name}»").format(name=pair.ours)
        raise known.wrong(at, _("пусто"), expected, "empty")
    if pair.only and value not in pair.only:
        raise known.wrong(at, _shown(value), ", ".join(sorted(map(str, pair.only))), "not_sent")
    try:
        return wire_of(pair, value, sending)
    except NoCounterpart as missing:
        raise known.missing(missing, at) from None
    except (TypeError, ValueError, KeyError, ArithmeticError, Misunderstood):
        codes = list(pair.theirs_of)
        expected = nearest(str(value), codes) if codes else expected_of(pair.how)
        raise known.wrong(at, _shown(value), expected, "bad_value") from None


def _row(
    known: _Document,
    section: compiled.Section,
    number: int,
    row: Mapping[str, Any],
    sending: Sending,
) -> dict[str, Any]:
    # 1C numbers rows 1..n and refuses gaps; integers travel as text, as it writes them.
    wire: dict[str, Any] = {"LineNumber": str(number)}
    for pair in section.pairs:
        if pair.writes:
            at = f"{section.theirs}[{number}].{pair.theirs}"
            wire |= _field(known, pair, row.get(pair.ours), sending, at)
    return wire


def _constants(known: _Document, parts: Lines, found: Found) -> dict[str, Any]:
    sent: dict[str, Any] = {}
    for name, constant, _place in known.mapping.constants:
        if isinstance(constant, compiled.Derive):
            sent[name] = DERIVED[constant.rule](known.values, parts)
        elif isinstance(constant, compiled.Find):
            answer = _answer(known, constant, found)
            if answer is not None:
                sent[name] = answer
        else:
            sent[name] = constant
    return sent


def _answer(known: _Document, find: compiled.Find, found: Found) -> str | None:
    lookup = known.lookup(find)
    answer = found.get(lookup)
    if answer is None and not find.optional:
        raise known.wrong(
            find.entity,
            _("в 1С нет элемента, где {where}").format(where=lookup.said),
            _("ровно один такой элемент {entity}").format(entity=find.entity),
            "not_found",
        )
    return answer


def _check_balance(
    mapping: compiled.Mapping, document: UUID, values: Values, lines: Sequence[Mapping[str, Any]]
) -> None:
    included = values.get("vat_included", True)
    columns = ("amount",) if included else ("amount", "vat_amount")
    added = sum((Decimal(line.get(one) or 0) for line in lines for one in columns), Decimal(0))
    if added != values.get("amount"):
        raise Misunderstood(
            f"{mapping.kind} {document}",
            found=_("сумма документа {amount}, сумма строк {added}").format(
                amount=values.get("amount"), added=added
            ),
            expected=_("равные суммы (НДС {how})").format(
                how=_("в сумме") if included else _("сверху")
            ),
            next_step=_("исправьте строки или сумму документа"),
            code="unbalanced",
        )


def _shown(value: Any) -> str:
    return type(value).__name__ if value is None or isinstance(value, str) else str(value)
