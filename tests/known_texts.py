"""Texts that have been parsed before are not parsed again: most hubs of tests read the same files.

Files are read each time; their rules and mappings would take a tenth of a second to parse.
"""

from __future__ import annotations

from functools import lru_cache

import pytest

from provodka.foundation import located_yaml
from provodka.trigger_rules import guarding

__all__ = ["remember_texts"]

MOST = 256


def remember_texts(patch: pytest.MonkeyPatch) -> None:
    """Keep what was made of texts, for as long as the patch lasts."""
    patch.setattr(located_yaml, "parse_yaml", lru_cache(MOST)(located_yaml.parse_yaml))
    patch.setattr(guarding, "_look", lru_cache(MOST)(guarding._look))
