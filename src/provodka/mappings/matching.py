"""Which record on the other side is the same one, when no GUID says so.

The steps and their order are those of the accounting base's own exchange rules
(БП 3.0, search fields of its object conversion rules). More than one candidate
is a question for a person, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any
from uuid import UUID

from provodka.foundation.errors import AmbiguousMatch, Misunderstood
from provodka.foundation.i18n import _
from provodka.mappings import compiled
from provodka.mappings.books import NO_BOOKS, Books
from provodka.mappings.snapshot import canonical
from provodka.mappings.tax_numbers import inn_is_valid, kpp_is_valid
from provodka.mappings.writers import NoCounterpart, Sending, wire_of
from provodka.mappings.writing import External

__all__ = ["Ambiguous", "Match", "Matched", "Unmatched", "candidates", "normalised", "searches"]

Values = Mapping[str, Any]

_QUOTES = str.maketrans(dict.fromkeys("«»\"'`„“”‘’", " ") | dict.fromkeys("‐‑–—", "-") | {"ё": "е"})
_FORMS = {
    "общество с ограниченной ответственностью": "ооо",
    "публичное акционерное общество": "пао",
    "непубличное акционерное общество": "нао",
    "закрытое акционерное общество": "зао",
    "открытое акционерное общество": "оао",
    "акционерное общество": "ао",
    "индивидуальный предприниматель": "ип",
}
_SHORT_FORMS = frozenset({*_FORMS.values(), "нко", "ано", "тсж", "снт", "гуп", "муп", "фгуп"})
_SPACES = re.compile(r"\s+")
# A counterpart is looked for by these only when they are what they claim to be.
_MUST_BE_VALID = {"inn": inn_is_valid, "kpp": kpp_is_valid}
# A person has an ИНН and no КПП.
_MAY_BE_EMPTY = frozenset({"kpp"})


@dataclass(frozen=True, slots=True)
class Matched:
    """Exactly one record fits; `rule` are the columns that said so."""

    external_key: str
    rule: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several records fit the same rule: a person chooses among `candidates`."""

    candidates: tuple[str, ...]
    rule: tuple[str, ...]

    def error(self, mapping: compiled.Mapping, key: str) -> AmbiguousMatch:
        """The error that sets the document `key` aside, naming rule and candidates."""
        return AmbiguousMatch(
            f"{mapping.kind} {key}",
            candidates=self.candidates,
            found=_("{count} похожих по полям {rule}: {keys}").format(
                count=len(self.candidates),
                rule=", ".join(self.rule),
                keys=", ".join(self.candidates),
            ),
            expected=_("одна запись"),
            next_step=_("выберите нужную запись или объедините дубли"),
        )


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Nobody fits."""


Match = Matched | Ambiguous | Unmatched


def candidates(
    mapping: compiled.Mapping, document_values: Values, pool: Mapping[str, Values]
) -> Match:
    """Walk the steps of `mapping.match` until one finds somebody.

    `pool` are the records of the other side by their keys, in our columns. A step
    whose main value is empty, or is an ИНН or КПП that cannot be one, is passed
    over. Records whose `identity` columns are filled and different never fit.
    """
    possible = {
        key: values
        for key, values in pool.items()
        if not _contradicts(mapping.identity, document_values, values)
    }
    for step in mapping.match:
        wanted = _keys(step, document_values)
        if wanted is None:
            continue
        found = sorted(key for key, values in possible.items() if _keys(step, values) == wanted)
        if len(found) == 1:
            return Matched(found[0], step)
        if found:
            return Ambiguous(tuple(found), step)
    return Unmatched()


def searches(
    mapping: compiled.Mapping,
    values: Values,
    *,
    external: External,
    zone: tzinfo,
    books: Books = NO_BOOKS,
) -> list[dict[str, Any]]:
    """For each usable step, the wire fields that must equal these values to fit.

    A reference is a UUID, so that a filter can write it as one; a step that refers
    to a document without counterpart is left out. The base compares letters as
    they are, so what it returns is narrowed by `candidates`, not the other way.
    """
    sending = Sending(external, zone, books)
    found = []
    for step in mapping.match:
        if _keys(step, values) is None:
            continue
        pairs = [pair for column in step if (pair := mapping.pair_of(column)) is not None]
        try:
            wire = [(pair, wire_of(pair, values.get(pair.ours), sending)) for pair in pairs]
        except (NoCounterpart, TypeError, ValueError, KeyError, Misunderstood):
            continue
        found.append({name: _typed(pair, one) for pair, w in wire for name, one in w.items()})
    return found


def _typed(pair: compiled.Pair, value: Any) -> Any:
    return UUID(value) if pair.how in ("reference", "book") else value


def _contradicts(identity: tuple[str, ...], one: Values, other: Values) -> bool:
    for column in identity:
        mine, theirs = _key(column, one.get(column)), _key(column, other.get(column))
        if mine is not None and theirs is not None and mine != theirs:
            return True
    return False


def _keys(step: tuple[str, ...], values: Values) -> tuple[str | None, ...] | None:
    keys = tuple(_key(column, values.get(column)) for column in step)
    for column, key in zip(step, keys, strict=True):
        if key is None and (column not in _MAY_BE_EMPTY or len(step) == 1):
            return None
        if key is None and values.get(column):
            return None
    return keys


def _key(column: str, value: Any) -> str | None:
    if isinstance(value, str):
        text = value.strip()
        valid = _MUST_BE_VALID.get(column)
        if valid is not None:
            return text if valid(text) else None
        return normalised(text) or None
    return None if value is None else str(canonical(value))


def normalised(text: str) -> str:
    """A name as people compare it: case, spaces, quotes, ё and the legal form's place aside.

    «Общество с ограниченной ответственностью "Ромашка"», `ООО «РОМАШКА»` and
    `Ромашка, ООО` give the same text.
    """
    plain = _SPACES.sub(" ", text.casefold().translate(_QUOTES).replace(",", " ")).strip()
    for long, short in _FORMS.items():
        plain = plain.replace(long, short)
    words = plain.split(" ")
    if len(words) > 1 and words[-1] in _SHORT_FORMS:
        words = [words[-1], *words[:-1]]
    return " ".join(words)
