"""What MikoPBX says of its calls in `UserEvent: CdrConnector`."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping
from typing import Any

import msgspec

__all__ = ["MOST", "said"]

MOST = 1 << 20
"""Bytes that an event may unfold to; a real one takes a few hundred."""
PACKED = "GZ:"
GZIP = 16 + zlib.MAX_WBITS


def said(data: str) -> Mapping[str, str]:
    """The fields in `AgiData`: base64 of JSON, or `GZ:` and base64 of the JSON gzipped.

    Empty where it is neither, or unfolds to more than `MOST`: an event that cannot be read is
    no reason to stop listening.
    """
    try:
        raw = base64.b64decode(data.removeprefix(PACKED), validate=True)
        if data.startswith(PACKED):
            raw = _unpacked(raw)
        found: Any = msgspec.json.decode(raw)
    except (binascii.Error, zlib.error, msgspec.DecodeError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(name): str(value) for name, value in found.items() if isinstance(value, str | int)}


def _unpacked(raw: bytes) -> bytes:
    packed = zlib.decompressobj(GZIP)
    plain = packed.decompress(raw, MOST)
    if packed.unconsumed_tail:
        raise ValueError("too much")
    return plain
