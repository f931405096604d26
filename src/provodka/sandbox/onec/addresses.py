"""Addresses of entries, relative to the service's root."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provodka.sandbox.onec.schema import Entity


def entry_address(entity: Entity, record: Mapping[str, Any]) -> str:
    """`Document_X(guid'…')` or the key of a register record."""
    if entity.key == ("Ref_Key",):
        return f"{entity.name}(guid'{record['Ref_Key']}')"
    parts = [f"{name}={_literal(entity, name, record[name])}" for name in entity.key]
    return f"{entity.name}({', '.join(parts)})"


def key_address(entity: Entity, key: str) -> str:
    """The address of an entry that is known by its joined key only."""
    return entry_address(entity, dict(zip(entity.key, key.split("|"), strict=True)))


def _literal(entity: Entity, name: str, value: object) -> str:
    match entity.fields[name].kind:
        case "guid":
            return f"guid'{value}'"
        case "date":
            return f"datetime'{value}'"
        case "int":
            return str(value)
    return f"'{value}'"
