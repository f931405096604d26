"""Values that a base really holds against those that a mapping knows.

`$metadata` calls enumerations plain strings, and of a composite reference it lists no types:
what documents hold is the one sure source.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from provodka.foundation.errors import ConfigurationError, Place
from provodka.foundation.i18n import _
from provodka.foundation.nearest import nearest
from provodka.mappings import compiled
from provodka.mappings.misses import miss
from provodka.mappings.vat import OURS_BY_ENUM

__all__ = ["odd_values", "telling_fields"]

UNAVAILABLE = "UnavailableEntities."
UNDEFINED = "StandardODATA.Undefined"
Rows = Sequence[Mapping[str, Any]]


def telling_fields(mapping: compiled.Mapping) -> tuple[str, ...]:
    """What to select to see them: header fields, and whole sections that hold such fields."""
    found = [name for name, _allowed, _place in mapping.only]
    found += [name for pair in mapping.reading_pairs for name in _telling(pair)]
    for part in mapping.parts:
        found += [one.theirs for one in part.sections if any(map(_telling, one.pairs))]
    return tuple(dict.fromkeys(found))


def _telling(pair: compiled.Pair) -> tuple[str, ...]:
    if pair.how in ("enum", "vat_rate"):
        return (pair.theirs,)
    return (f"{pair.theirs}_Type",) if pair.how == "composite reference" else ()


def odd_values(mapping: compiled.Mapping, rows: Rows) -> list[ConfigurationError]:
    """What the rows hold and the mapping does not know, one for each value; none stops anything.

    Rows that `only` leaves out are not looked into; when it leaves all of them out, that is odd.
    """
    kept = [row for row in rows if _concerns(mapping, row)]
    if rows and not kept:
        return list(_nothing_kept(mapping, rows))
    found = list(_odd(mapping, mapping.reading_pairs, "", kept))
    for part in mapping.parts:
        for section in part.sections:
            lines = [line for row in kept for line in row.get(section.theirs) or ()]
            found += _odd(mapping, section.pairs, section.theirs, lines)
    return found


def _concerns(mapping: compiled.Mapping, row: Mapping[str, Any]) -> bool:
    return all(row.get(name) in allowed for name, allowed, _place in mapping.only)


def _nothing_kept(mapping: compiled.Mapping, rows: Rows) -> Iterator[ConfigurationError]:
    for name, allowed, place in mapping.only:
        seen = Counter(str(row.get(name)) for row in rows)
        if not any(row.get(name) in allowed for row in rows):
            yield miss(
                place,
                _("у {count} последних документов {where} нет ни одного такого значения").format(
                    count=len(rows), where=f"{mapping.entity}.{name}"
                ),
                _("по данным базы бывает: {values}").format(values=", ".join(sorted(seen))),
                _("исправьте only, если хаб должен читать эти документы"),
                "nothing_concerns",
            )


def _odd(
    mapping: compiled.Mapping, pairs: Iterable[compiled.Pair], section: str, rows: Rows
) -> Iterator[ConfigurationError]:
    for pair in pairs:
        for name in _telling(pair) if pair.reads else ():
            where = ".".join(part for part in (mapping.entity, section, name) if part)
            for value, count in _strange(pair, Counter(_told(row, name) for row in rows)):
                yield _odd_value(pair, where, value, count)


def _told(row: Mapping[str, Any], name: str) -> Any:
    value = row.get(name)
    return value if isinstance(value, str | bool | int) else None


def _strange(pair: compiled.Pair, seen: Mapping[Any, int]) -> Iterator[tuple[str, int]]:
    known: set[Any] = {"", None, UNDEFINED}
    if pair.how == "enum":
        known |= set(pair.ours_of)
    elif pair.how == "vat_rate":
        known |= set(OURS_BY_ENUM)
    else:
        known.add(pair.wire_type)
    for value, count in seen.items():
        if value not in known and not (pair.foreign and not str(value).startswith(UNAVAILABLE)):
            yield str(value), count


def _odd_value(pair: compiled.Pair, where: str, value: str, count: int) -> ConfigurationError:
    if value.startswith(UNAVAILABLE):
        fate = _("ссылка останется пустой") if pair.foreign else _("их документы будут отложены")
        return miss(
            pair.place,
            _("{where}: {count} значений из неопубликованного набора").format(
                where=where, count=count
            ),
            pair.target,
            _("опубликуйте набор, на который указывает поле; иначе {fate}").format(fate=fate),
            "unavailable_target",
        )
    place: Place = pair.values_place if pair.how == "enum" else pair.place
    known = list(map(str, pair.ours_of)) or list(OURS_BY_ENUM)
    return miss(
        place,
        _("{where}: в данных базы есть «{value}» ({count} раз)").format(
            where=where, value=value, count=count
        ),
        pair.target or nearest(value, known),
        _("добавьте значение в соответствие; иначе такие документы будут отложены"),
        "odd_value",
    )
