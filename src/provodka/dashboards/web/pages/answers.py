"""What a page gives back: a filled template, a file, or another address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

__all__ = ["Answer", "Elsewhere", "Sent", "Shown"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A template of `templates/` and what it is filled with; `tell` are events for htmx."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    tell: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """A file to be kept by the reader, or data for a program (`name` is empty).

    What is `packed` travels as gzip to whoever can unpack it: only where nothing in it is what
    whoever asked has put there, for packing tells of one by the length of the other (BREACH).
    """

    body: bytes
    media: str
    name: str = ""
    status: int = 200
    packed: bool = False


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another page of ours, by its path: what a form answers with when it is done."""

    path: str


Answer: TypeAlias = Shown | Sent | Elsewhere
