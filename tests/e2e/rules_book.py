"""The shipped scenarios, read once by the server that the lives of a test are forked from."""

from __future__ import annotations

from tests.e2e.rules_days import everything

__all__ = ["BOOK"]

BOOK = everything()
