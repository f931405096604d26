"""What a hub imports and reads in its first second, for a process that others are forked from.

A life that is to last a quarter of a second would spend most of it on that. The files that come
with the hub do not change while tests run.
"""

from __future__ import annotations

import encodings.idna
import encodings.unicode_escape
import encodings.utf_8_sig
from functools import lru_cache

import dateutil.easter
import h2.connection
import holidays.countries
import httpcore

from provodka.flows import hub
from provodka.mappings.catalog import load_mappings

__all__ = ["IMPORTED"]

IMPORTED = (encodings, dateutil, h2, holidays, httpcore)
hub.load_mappings = lru_cache(load_mappings)  # type: ignore[attr-defined]
