"""Snapshots of a whole page, fast: the same JSON that `mappings.snapshot` compares.

Numbers stay numbers here, since comparing normalises them; instants are in UTC, as there.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from functools import lru_cache
from typing import Any

import msgspec

from provodka.connectors.crm_store.engine import dump_json
from provodka.mappings.compiled import Mapping
from provodka.mappings.reading import Reading

__all__ = ["snapshot_encoder"]

Columns = tuple[str, ...]


def snapshot_encoder(mapping: Mapping) -> Callable[[Reading], str]:
    """A function from a reading to the text of its snapshot."""
    instants = frozenset(pair.ours for pair in mapping.pairs if pair.how == "instant")
    parts = tuple((name, columns[1:]) for name, columns in mapping.part_columns.items())
    return _encoder(mapping.columns, parts, instants)


@lru_cache(maxsize=64)
def _encoder(
    columns: Columns, parts: tuple[tuple[str, Columns], ...], instants: frozenset[str]
) -> Callable[[Reading], str]:
    document = _struct(columns + tuple(name for name, _columns in parts))
    rows = [(name, _struct(names)) for name, names in parts]
    moments = [place for place, name in enumerate(columns) if name in instants]

    def encode(reading: Reading) -> str:
        values = list(reading.values)
        for place in moments:
            if values[place] is not None:
                values[place] = values[place].astimezone(UTC)
        lines = [
            {str(line): row(*cells) for line, *cells in reading.parts[name]} for name, row in rows
        ]
        return dump_json(document(*values, *lines))

    return encode


def _struct(names: Columns) -> Any:
    """A record that encodes as a JSON object; several times faster to make than a dict."""
    return msgspec.defstruct("Record", [(name, Any) for name in names], gc=False)
