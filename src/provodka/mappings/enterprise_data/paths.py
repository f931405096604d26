"""Paths into the format's objects: what stands at one, and whether a version has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from provodka.connectors.onec.enterprise_data.message import supported_versions
from provodka.connectors.onec.enterprise_data.schema import ObjectType, Property, Schema, schema_of

__all__ = ["Getter", "alternatives", "getter", "property_at", "put", "with_path"]

Getter = Callable[[Any], Any]


def getter(paths: tuple[str, ...]) -> Getter:
    """A function from an object to what stands at the first of the paths; None for nothing."""
    found = [_one(tuple(path.split("/"))) for path in paths]
    if len(found) == 1:
        return found[0]
    first, second, *others = found

    def get(value: Any) -> Any:
        at = first(value)
        if at is None:
            at = second(value)
        for other in others:
            at = other(value) if at is None else at
        return at

    return get


def _one(steps: tuple[str, ...]) -> Getter:
    """Written out for the depths there are: this runs some fifty times a document."""
    if len(steps) == 1:
        (name,) = steps
        return lambda value: value.get(name)
    if len(steps) == 2:
        outer, inner = steps

        def two(value: Any) -> Any:
            at = value.get(outer)
            return None if at is None else at.get(inner)

        return two
    outer, rest = steps[0], _one(steps[1:])

    def more(value: Any) -> Any:
        at = value.get(outer)
        return None if at is None else rest(at)

    return more


def put(target: dict[str, Any], path: str, value: Any) -> None:
    """Set what stands at a path, making the elements on the way."""
    *steps, last = path.split("/")
    for step in steps:
        target = target.setdefault(step, {})
    target[last] = value


def property_at(schema: Schema, type_name: str, path: str) -> Property | None:
    """The element at a path of a type; None if the version has none there."""
    found: Property | None = None
    for step in path.split("/"):
        kind = schema.types.get(type_name)
        if not isinstance(kind, ObjectType):
            return None
        found = next((one for one in kind.properties if one.name == step), None)
        if found is None:
            return None
        type_name = found.type
    return found


def with_path(type_name: str, path: str) -> tuple[str, ...]:
    """The versions whose type of this name has the path."""
    return tuple(
        version
        for version in supported_versions()
        if property_at(schema_of(version), type_name, path) is not None
    )


def alternatives(schema: Schema, type_name: str, paths: tuple[str, ...]) -> Mapping[str, Property]:
    """Those of the paths that a version has, in their order, with the elements there."""
    found = ((path, property_at(schema, type_name, path)) for path in paths)
    return {path: one for path, one in found if one is not None}
