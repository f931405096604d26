"""Domains where anybody has an address: they tell nothing of a company."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

__all__ = ["is_free_mail"]


@lru_cache(maxsize=1)
def _domains() -> frozenset[str]:
    lines = Path(__file__).with_name("free_mail_domains.txt").read_text(encoding="utf-8").split()
    return frozenset(lines)


def is_free_mail(domain: str) -> bool:
    """Whether addresses of this domain (in lower case) belong to people of any company."""
    return domain in _domains()
