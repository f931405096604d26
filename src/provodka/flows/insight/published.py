"""What the 1C connector knows of a base, in the shape that mappings are checked against."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from provodka.connectors.onec.odata.metadata import Metadata, Property
from provodka.mappings.published import FieldInfo

__all__ = ["PublishedBase"]


@dataclass(frozen=True, slots=True)
class PublishedBase:
    """The metadata of a live base, as `mappings.published.Published`."""

    metadata: Metadata

    def entities(self) -> Collection[str]:
        """The names of all published sets."""
        return self.metadata.sets.keys()

    def fields(self, entity: str) -> Mapping[str, FieldInfo] | None:
        """The fields of a set; `None` when it is not published."""
        found = self.metadata.sets.get(entity)
        return None if found is None else _fields(found.properties)

    def sections(self, entity: str) -> Mapping[str, Mapping[str, FieldInfo]]:
        """The tabular sections of a set and their fields."""
        found = self.metadata.sets.get(entity)
        return (
            {} if found is None else {name: _fields(rows) for name, rows in found.sections.items()}
        )

    def enum_values(self, type: str) -> Collection[str] | None:
        """The members of an enumeration; `None` when the type is not one."""
        return self.metadata.enums.get(type, self.metadata.enums.get(type.rpartition(".")[2]))

    def target(self, entity: str, section: str, field: str) -> str | None:
        """The set that a reference leads to, where the document says so."""
        found = self.metadata.sets.get(entity)
        return None if found is None else found.targets.get(f"{section}/{field}".lstrip("/"))


def _fields(properties: Mapping[str, Property]) -> dict[str, FieldInfo]:
    return {
        name: FieldInfo(one.type, one.nullable, one.max_length) for name, one in properties.items()
    }
