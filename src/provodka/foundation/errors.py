"""Every error of the hub, grouped by what the caller does next.

::

    ProvodkaError
    ├── ConfigurationError      stop: a person edits a file or a setting (exit code 2)
    ├── RetriableError          try again later; nothing was changed
    │   └── SystemUnavailable   the other side is down, slow, or answers nonsense
    ├── UnknownOutcome          a write may have happened: look it up before repeating
    ├── AccessDenied            stop this system's streams; the rest of the hub goes on
    ├── MissingParent           park the document until its parent arrives
    └── DocumentError           set this one document aside; the rest goes on
        ├── Misunderstood       the payload does not fit the mapping
        ├── AmbiguousMatch      several counterparts fit: a person chooses
        ├── Refused             the other side's business rules said no
        └── ReadBackMismatch    what was stored differs from what was sent
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

__all__ = [
    "AccessDenied",
    "AmbiguousMatch",
    "ConfigurationError",
    "Difference",
    "DocumentError",
    "MissingParent",
    "Misunderstood",
    "Place",
    "ProvodkaError",
    "ReadBackMismatch",
    "Refused",
    "RetriableError",
    "SystemUnavailable",
    "UnknownOutcome",
]


class ProvodkaError(Exception):
    """The root: where it happened, what was found, what was expected, what to do next.

    All four are text for a person, in the person's language; `code` is a short
    stable English slug for machines (quarantine is keyed by it).
    """

    def __init__(
        self,
        where: str,
        *,
        found: str,
        expected: str = "",
        next_step: str = "",
        code: str = "",
    ) -> None:
        self.where = where
        self.found = found
        self.expected = expected
        self.next_step = next_step
        self.code = code or type(self).__name__
        super().__init__(where, found, expected, next_step)

    def __reduce__(self) -> tuple[Any, ...]:
        """What another process needs to make the same error: keyword-only words included."""
        return _revived, (type(self), self.args, self.__dict__)

    def __str__(self) -> str:
        from provodka.foundation.i18n import _

        parts = [f"{self.where}: {self.found}"]
        if self.expected:
            parts.append(_("Ожидалось: {expected}").format(expected=self.expected))
        if self.next_step:
            parts.append(_("Что делать: {step}").format(step=self.next_step))
        return ". ".join(part.rstrip(".") for part in parts) + "."


def _revived(kind: type[ProvodkaError], args: tuple[Any, ...], state: dict[str, Any]) -> Any:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


@dataclass(frozen=True, slots=True)
class Place:
    """A spot in a file that a person edits; line and column count from 1."""

    path: Path
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class ConfigurationError(ProvodkaError):
    """A setting, mapping or rule is wrong. `place` names file, line and column if known.

    `others` holds further errors found in the same pass, so that a person mends
    them all at once.
    """

    def __init__(
        self,
        where: str | Place,
        *,
        found: str,
        expected: str = "",
        next_step: str = "",
        code: str = "",
        others: Sequence[ConfigurationError] = (),
    ) -> None:
        super().__init__(str(where), found=found, expected=expected, next_step=next_step, code=code)
        self.place = where if isinstance(where, Place) else None
        self.others = tuple(others)


class RetriableError(ProvodkaError):
    """Nothing was changed; trying again later may succeed.

    `retry_after` is the least wait the other side asked for, if it did.
    """

    def __init__(self, where: str, *, retry_after: timedelta | None = None, **said: Any) -> None:
        super().__init__(where, **said)
        self.retry_after = retry_after


class SystemUnavailable(RetriableError):
    """The other side cannot be reached, timed out, or answered something senseless."""


class UnknownOutcome(ProvodkaError):
    """A write was sent and its answer lost: it may or may not have been done."""


class AccessDenied(ProvodkaError):
    """The login, the password or the rights do not suffice; repeating does not help."""


class MissingParent(ProvodkaError):
    """The document refers to one that is not here yet.

    `kind` and `key` name the parent as the other system knows it.
    """

    def __init__(self, where: str, *, kind: str, key: str, **said: Any) -> None:
        super().__init__(where, **said)
        self.kind = kind
        self.key = key


class DocumentError(ProvodkaError):
    """One document cannot be handled; the others can."""


class Misunderstood(DocumentError):
    """A payload does not have the shape that its mapping declares."""


class AmbiguousMatch(DocumentError):
    """More than one counterpart fits; `candidates` are their external keys or ids."""

    def __init__(self, where: str, *, candidates: Sequence[str], **said: Any) -> None:
        super().__init__(where, **said)
        self.candidates = tuple(candidates)


class Refused(DocumentError):
    """The other side understood and declined; `found` carries its own words."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field whose stored value is not the value that was sent."""

    field: str
    sent: Any
    stored: Any


class ReadBackMismatch(DocumentError):
    """A write was accepted but stored differently; `differences` has both values."""

    def __init__(self, where: str, *, differences: Sequence[Difference], **said: Any) -> None:
        super().__init__(where, **said)
        self.differences = tuple(differences)
