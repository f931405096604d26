"""The entries of a message by who takes them: each mapping its rows, parents before children."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from provodka.connectors.onec.odata.atom import Changed, Item, Unreadable
from provodka.mappings.compiled import Mapping

__all__ = ["Part", "in_order", "sorted_part"]

GUID_LENGTH = 36


@dataclass
class Part:
    """Entries of a message by set: `rows` to take, keys that are `gone`; `odd` make no sense.

    `foreign` counts the entries of sets that no mapping reads.
    """

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    gone: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    odd: list[Unreadable] = field(default_factory=list)
    foreign: Counter[str] = field(default_factory=Counter)


def sorted_part(items: Iterable[Item], known: AnyMapping[str, object]) -> Part:
    """Entries by what is to be done with them; `known` are the sets that mappings read.

    Of an object that a message names twice the last entry holds.
    """
    part = Part()
    for item in _last_of_each(items):
        if item.set_name not in known and not _is_nameless(item):
            part.foreign[item.set_name] += 1
        elif isinstance(item, Unreadable):
            part.odd.append(item)
        elif isinstance(item, Changed):
            _sort_row(part, item)
        elif len(item.key) == GUID_LENGTH:
            part.gone[item.set_name].append(item.key)
        else:
            part.odd.append(Unreadable(item.set_name, item.key, "the tombstone has no GUID"))
    return part


def _last_of_each(items: Iterable[Item]) -> Iterable[Item]:
    last: dict[Any, Item] = {}
    for number, item in enumerate(items):
        key = item.row.get("Ref_Key") if isinstance(item, Changed) else item.key
        place = (item.set_name, key) if isinstance(key, str) and key else number
        last.pop(place, None)
        last[place] = item
    return last.values()


def _is_nameless(item: Item) -> bool:
    return isinstance(item, Unreadable) and not item.set_name


def _sort_row(part: Part, item: Changed) -> None:
    key = item.row.get("Ref_Key")
    if isinstance(key, str) and len(key) == GUID_LENGTH:
        part.rows[item.set_name].append(item.row)
    else:
        part.odd.append(Unreadable(item.set_name, "", "the entry has no Ref_Key"))


def in_order(mappings: Iterable[Mapping]) -> Sequence[Mapping]:
    """Mappings so that what others refer to comes first; in a circle, as they were given."""
    known = {one.name: one for one in mappings}
    graph = {one.name: [other.name for other in _parents(one, known)] for one in known.values()}
    try:
        return [known[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError:
        return list(known.values())


def _parents(mapping: Mapping, known: AnyMapping[str, Mapping]) -> Iterable[Mapping]:
    kinds = {pair.argument for pair in mapping.all_pairs() if "reference" in pair.how}
    return (one for one in known.values() if one.kind in kinds - {mapping.kind})
