"""What a check finds out about one area of the hub."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from provodka.foundation.errors import AccessDenied, ConfigurationError, Place, ProvodkaError

__all__ = ["Finding", "broken", "doubtful", "good", "tried"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found out about one area of the hub.

    `level` is good, warning or bad; `wrong` tells a bad setting, that a person mends, from a
    system that cannot be reached. `place` is in a file, where the mistake is in one.
    """

    area: str
    level: str
    text: str
    code: str = ""
    expected: str = ""
    next_step: str = ""
    place: Place | None = None
    wrong: bool = False


def good(area: str, text: str) -> Finding:
    """All is well."""
    return Finding(area, "good", text)


def broken(area: str, error: ProvodkaError) -> list[Finding]:
    """An error and those found in the same pass, as findings."""
    errors = [error, *getattr(error, "others", ())]
    return [
        Finding(
            area,
            "bad",
            f"{one.where}: {one.found}",
            one.code,
            one.expected,
            one.next_step,
            getattr(one, "place", None),
            wrong=isinstance(one, ConfigurationError | AccessDenied),
        )
        for one in errors
    ]


def doubtful(area: str, error: ConfigurationError) -> Finding:
    """What need not be wrong, but a person should look at it."""
    return Finding(
        area,
        "warning",
        f"{error.where}: {error.found}",
        error.code,
        error.expected,
        error.next_step,
        error.place,
    )


def tried(area: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """The findings of a look, an error that ends it being one of them."""
    try:
        yield from look()
    except ProvodkaError as error:
        yield from broken(area, error)
