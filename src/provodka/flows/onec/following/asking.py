"""Objects asked for by their keys: what a base has of them, and what it has no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from provodka.connectors.onec.odata.filters import Field
from provodka.connectors.onec.odata.query import Query
from provodka.connectors.onec.odata.url_budget import split_or
from provodka.flows.hub import Hub
from provodka.mappings.compiled import Mapping

__all__ = ["constants", "has_double", "references_of", "rows_of", "unknown"]

REFS_BUDGET = 900


def references_of(keys: Iterable[Any]) -> list[UUID]:
    """Those of the keys that are references at all."""
    return [ref for key in keys if (ref := _guid(key)) is not None]


def rows_of(
    hub: Hub, mapping: Mapping, refs: Sequence[UUID], select: tuple[str, ...]
) -> Iterator[list[dict[str, Any]]]:
    """The objects of the mapping's set with these references, as many as fit into an address."""
    base = hub.require_base()
    conditions = [Field("Ref_Key") == ref for ref in refs]
    for chain in split_or(conditions, hub.base_zone, REFS_BUDGET):
        rows: list[dict[str, Any]] = []
        query = Query(select=select, filter=chain, order=mapping.order)
        for page in base.read_pages(mapping.entity, query):
            rows += page.rows
        yield rows


def unknown(hub: Hub, mapping: Mapping, keys: Iterable[str]) -> list[str]:
    """Those of the keys under which no set of the mapping's kind has an object."""
    refs = references_of(keys)
    known: set[str] = set()
    for other in hub.mappings.values():
        if other.kind == mapping.kind and other.reads:
            for rows in rows_of(hub, other, refs, ("Ref_Key",)):
                known |= {str(row.get("Ref_Key")) for row in rows}
    return [str(ref) for ref in refs if str(ref) not in known]


def has_double(hub: Hub, mapping: Mapping) -> bool:
    """Whether another set feeds the same documents, so that theirs cannot be told apart."""
    own = constants(mapping)
    return any(
        other.kind == mapping.kind
        and other.entity != mapping.entity
        and other.reads
        and constants(other) == own
        for other in hub.mappings.values()
    )


def constants(mapping: Mapping) -> dict[str, object]:
    """Columns that the mapping gives one and the same value: by them its documents are known."""
    return {pair.ours: pair.value for pair in mapping.pairs if pair.how == "constant"}


def _guid(key: Any) -> UUID | None:
    try:
        return UUID(key) if isinstance(key, str) else None
    except ValueError:
        return None
