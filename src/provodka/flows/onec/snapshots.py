"""Snapshots of a whole page, fast: the same JSON that `mappings.snapshot` compares.

Numbers stay numbers here, since comparing normalises them; instants are in UTC, as there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from functools import lru_cache
from typing import Any

import msgspec

from provodka.connectors.crm_store.engine import dump_json_each
from provodka.mappings.compiled import Mapping
from provodka.mappings.reading import Reading

__all__ = ["snapshots"]

Columns = tuple[str, ...]
LINES = tuple(map(str, range(1000)))


def snapshots(mapping: Mapping, readings: Sequence[Reading]) -> list[str]:
    """The text of each reading's snapshot."""
    parts = tuple((name, columns[1:]) for name, columns in mapping.part_columns.items())
    document, rows = _records(mapping.columns, parts)
    instants = {pair.ours for pair in mapping.pairs if pair.how == "instant"}
    moments = [place for place, name in enumerate(mapping.columns) if name in instants]
    documents = []
    for reading in readings:
        values = list(reading.values)
        for place in moments:
            if values[place] is not None:
                values[place] = values[place].astimezone(UTC)
        for name, row in rows:
            lines = reading.parts[name]
            values.append({_line(cells[0]): row(*cells[1:]) for cells in lines})
        documents.append(document(*values))
    return dump_json_each(documents)


def _line(number: int) -> str:
    return LINES[number] if number < len(LINES) else str(number)


@lru_cache(maxsize=64)
def _records(
    columns: Columns, parts: tuple[tuple[str, Columns], ...]
) -> tuple[Any, list[tuple[str, Any]]]:
    """The record of a document, and those of the rows of its parts."""
    document = _struct(columns + tuple(name for name, _columns in parts))
    return document, [(name, _struct(names)) for name, names in parts]


def _struct(names: Columns) -> Any:
    """A record that encodes as a JSON object; several times faster to make than a dict."""
    return msgspec.defstruct("Record", [(name, Any) for name in names], gc=False)
