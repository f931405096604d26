"""A base's metadata as it is kept and compared: sets, fields and types, nothing else."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping

from provodka.connectors.onec.odata.metadata import Metadata, Property
from provodka.mappings.drift import Shape

__all__ = ["digest_of", "packed", "shape_of", "unpacked"]


def shape_of(metadata: Metadata) -> Shape:
    """The sets of a base with their sections; sets of the rows of a section are left out."""
    return {
        name: {
            "": _types(one.properties),
            **{part: _types(rows) for part, rows in one.sections.items()},
        }
        for name, one in sorted(metadata.sets.items())
        if not one.section
    }


def _types(properties: Mapping[str, Property]) -> dict[str, str]:
    return {name: _type(one) for name, one in sorted(properties.items())}


def _type(one: Property) -> str:
    return one.type if one.max_length is None else f"{one.type}({one.max_length})"


def packed(shape: Shape) -> bytes:
    """The shape as compressed JSON; equal shapes give equal bytes."""
    told = json.dumps(shape, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return zlib.compress(told.encode(), 6)


def unpacked(data: bytes) -> Shape:
    """What `packed` made."""
    shape: Shape = json.loads(zlib.decompress(data))
    return shape


def digest_of(shape: Shape) -> str:
    """A digest of the content, whatever the order and the layout of the document was."""
    told = json.dumps(shape, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()
