"""What a base publishes, in the shape that mappings are checked against."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

__all__ = ["FieldInfo", "Fields", "Published"]


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A published field: its EDM type, whether it may be null, its length in characters."""

    type: str
    nullable: bool = True
    max_length: int | None = None


Fields = Mapping[str, FieldInfo]


class Published(Protocol):
    """What the base's metadata tells; the flows adapt the connector's to it."""

    def entities(self) -> Collection[str]:
        """The names of all published sets."""
        ...

    def fields(self, entity: str) -> Fields | None:
        """The fields of a set, without its sections; None when it is not published."""
        ...

    def sections(self, entity: str) -> Mapping[str, Fields]:
        """The tabular sections of a set and their fields."""
        ...

    def enum_values(self, type: str) -> Collection[str] | None:
        """The members of an enumeration type; None when the type is not one."""
        ...

    def target(self, entity: str, section: str, field: str) -> str | None:
        """The published set that a `…_Key` field leads to; None when `$metadata` does not say."""
        ...
