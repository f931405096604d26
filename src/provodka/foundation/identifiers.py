"""UUID version 7 (RFC 9562): keys that sort by the time they were made."""

from __future__ import annotations

import os
import time
from uuid import UUID

__all__ = ["uuid7", "uuid7s"]


def uuid7() -> UUID:
    """A new key: 48 bits of Unix milliseconds, version and variant bits, 74 random bits."""
    return uuid7s(1)[0]


def uuid7s(count: int) -> list[UUID]:
    """So many new keys at once; their order among themselves means nothing."""
    milliseconds = time.time_ns() // 1_000_000
    frame = (milliseconds & (2**48 - 1)) << 80 | 0x7 << 76 | 0b10 << 62
    random = os.urandom(10 * count)
    keys = []
    for start in range(0, 10 * count, 10):
        bits = int.from_bytes(random[start : start + 10], "big")
        keys.append(UUID(int=frame | (bits >> 68) << 64 | bits & (2**62 - 1)))
    return keys
