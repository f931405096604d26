"""Questions to the base whose answers a document needs before it can be written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from provodka.mappings import compiled
from provodka.mappings.writers import NoCounterpart

__all__ = ["Lookup", "lookup_of"]


@dataclass(frozen=True, slots=True)
class Lookup:
    """`take` of the single item of `entity` whose fields equal `where`.

    A value of `where` is a UUID for a reference, else text, a flag or a whole number.
    """

    entity: str
    where: tuple[tuple[str, UUID | str | bool | int], ...]
    take: str

    @property
    def said(self) -> str:
        """The condition for a person: `Owner_Key = …, ВидДоговора = СПокупателем`."""
        return ", ".join(f"{name} = {value}" for name, value in self.where)


def lookup_of(
    find: compiled.Find,
    mapping: compiled.Mapping,
    values: Mapping[str, Any],
    external: Callable[[str, UUID], str | None],
) -> Lookup:
    """The question of a declaration for one document; raises `NoCounterpart`."""
    where: list[tuple[str, UUID | str | bool | int]] = []
    for name, value in find.where:
        if not isinstance(value, compiled.Ours):
            where.append((name, value))
            continue
        pair = mapping.pair_of(value.column)
        ours = values.get(value.column)
        if pair is not None and isinstance(ours, UUID):
            key = external(pair.argument, ours)
            if key is None:
                raise NoCounterpart(pair.argument, ours)
            where.append((name, UUID(key)))
        else:
            where.append((name, "" if ours is None else ours))
    return Lookup(find.entity, tuple(where), find.take)
