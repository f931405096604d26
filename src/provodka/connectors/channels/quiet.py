"""Errors of a system whose address or answers hold secrets: told again without them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from provodka.foundation.errors import ProvodkaError

__all__ = ["told_as"]


@contextmanager
def told_as(where: str, secret: str) -> Iterator[None]:
    """Name the system `where` in an error of ours that would tell the secret, and hide it.

    What caused the error is not told further: libraries put the whole address into theirs.
    """
    try:
        yield
    except ProvodkaError as error:
        if secret not in str(error):
            raise
        error.where = where
        error.found = error.found.replace(secret, "***")
        error.args = (where, error.found, error.expected, error.next_step)
        error.__cause__ = None
        error.__suppress_context__ = True
        raise
