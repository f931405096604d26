"""Objects that a document names and that have not come themselves: made of their key properties.

So does the standard subsystems library with ours (SSL 3.1, «Обмен данными», key properties): what
is mentioned and not found is created, and filled once it comes. The base does not register, say,
the contract that it made for an order of ours, so that one never comes at all.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from provodka.connectors.crm_store import bindings
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.onec.taking import Taking, take
from provodka.mappings.enterprise_data.reading import KEYS, REFERENCE
from provodka.mappings.enterprise_data.translation import Translation
from provodka.mappings.reading import references

__all__ = ["take_mentioned"]

Key = tuple[str, str]
Rows = Sequence[dict[str, Any]]
Values = Sequence[Mapping[str, Any]]
NEVER_SENT = "invoice"


def take_mentioned(
    connection: Connection,
    taking: Taking,
    known: Mapping[str, Translation],
    translation: Translation,
    rows: Rows,
    values: Values,
) -> Counter[str]:
    """Take in what the rows refer to and the store lacks; counts `new` and the like, as `take`.

    `known` are the translations by kind of our documents, `values` the objects that the rows were
    made of.
    """
    return _Mentions(connection, taking, known).take(translation, rows, values)


@dataclass(frozen=True, slots=True)
class _Mentions:
    connection: Connection
    taking: Taking
    known: Mapping[str, Translation]

    def take(self, translation: Translation, rows: Rows, values: Values) -> Counter[str]:
        absent = self._absent(translation, rows)
        if not absent:
            return Counter()
        counts: Counter[str] = Counter()
        for kind, found in self._found(absent, values).items():
            mentioned = self.known[kind]
            made = [{KEYS: keys} for keys in found.values()]
            new = [mentioned.as_row(one) for one in made]
            counts += self.take(mentioned, new, made)
            counts += take(self.connection, self.taking, mentioned.mapping, new)
        del counts["read"]
        return counts

    def _absent(self, translation: Translation, rows: Rows) -> set[Key]:
        kinds, known = self.known.keys() - {NEVER_SENT}, self.taking.known
        said = references(translation.mapping, rows)
        named = {one for one in said if one[0] in kinds and one not in known}
        here = bindings.documents(self.connection, SYSTEM, named)
        self.taking.known.update(here)
        return named - here.keys()

    def _found(self, absent: set[Key], values: Values) -> dict[str, dict[str, Any]]:
        """Key properties of the absent, by kind and key, kinds in the order of the translations."""
        kinds = {key: kind for kind, key in absent}
        found: dict[str, dict[str, Any]] = defaultdict(dict)
        for keys in _named(values):
            key = keys[REFERENCE].lower()
            if key in kinds:
                found[kinds[key]].setdefault(key, keys)
        return {kind: found[kind] for kind in self.known if kind in found}


def _named(values: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    """Every element that has a reference, however deep."""
    for value in values:
        if isinstance(value, list):
            yield from _named(value)
        elif isinstance(value, dict):
            if REFERENCE in value:
                yield value
            yield from _named(value.values())
