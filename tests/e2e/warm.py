"""What a hub imports and reads in its first second, for a process that others are forked from.

A life that is to last a quarter of a second would spend most of it on that.
"""

from __future__ import annotations

import encodings.idna
import encodings.unicode_escape
import encodings.utf_8_sig

import dateutil.easter
import h2.connection
import holidays.countries
import httpcore
import pytest
from tests.known_texts import remember_texts

from provodka.flows.hub import BUILT_IN
from provodka.mappings.catalog import load_mappings
from provodka.trigger_rules.book import TEMPLATES, RuleBook

__all__ = ["BOOK", "IMPORTED", "MAPPINGS"]

IMPORTED = (encodings, dateutil, h2, holidays, httpcore)
remember_texts(pytest.MonkeyPatch())
MAPPINGS = load_mappings()
BOOK = RuleBook.load([BUILT_IN / "trigger_rules" / "rules" / "romashka.yaml"], [TEMPLATES])
