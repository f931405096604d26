"""A mapping without the fields that a base no longer has, for reading."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from provodka.foundation.errors import ConfigurationError
from provodka.mappings.compiled import Mapping, Pair, Part, Section

__all__ = ["without"]

HARMLESS = frozenset({"no_enum_value"})
"""A member that is never met is no reason to leave a field out."""


def without(mapping: Mapping, misses: Iterable[ConfigurationError]) -> Mapping | None:
    """The mapping that reads all but what is missed; None where it cannot do without it.

    It cannot do without the set and its own fields, a filter, a section, or a column that must
    be filled. Columns left out keep the values they have. The version tells what is left out,
    so that everything is read again when it is back.
    """
    gone = {error.where for error in misses if error.code not in HARMLESS}
    if not gone:
        return mapping
    if str(mapping.place) in gone or any(str(place) in gone for _n, _v, place in mapping.only):
        return None
    pairs = _left(mapping.pairs, gone)
    parts = [_part(part, gone) for part in mapping.parts]
    if pairs is None or any(part is None for part in parts):
        return None
    columns = {pair.ours for pair in pairs}
    left_out = sorted(str(place) for place in gone)
    mark = hashlib.sha256("\n".join(left_out).encode()).hexdigest()[:6]
    return replace(
        mapping,
        version=f"{mapping.version}-{mark}",
        pairs=pairs,
        parts=tuple(part for part in parts if part is not None),
        match=tuple(step for step in mapping.match if columns.issuperset(step)),
        identity=tuple(name for name in mapping.identity if name in columns),
        constants=tuple(one for one in mapping.constants if str(one[2]) not in gone),
        marker=None if str(mapping.marker_place) in gone else mapping.marker,
    )


def _part(part: Part, gone: set[str]) -> Part | None:
    sections: list[Section] = []
    for section in part.sections:
        pairs = _left(section.pairs, gone)
        if pairs is None or str(section.place) in gone:
            return None
        sections.append(replace(section, pairs=pairs))
    read = [pair.ours for one in sections for pair in one.pairs if pair.reads]
    return replace(part, columns=tuple(dict.fromkeys(read)), sections=tuple(sections))


def _left(pairs: tuple[Pair, ...], gone: set[str]) -> tuple[Pair, ...] | None:
    left = []
    for pair in pairs:
        if str(pair.place) not in gone:
            left.append(pair)
        elif pair.reads and pair.required_in:
            return None
    return tuple(left)
