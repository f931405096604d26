"""The way between a mapping and the format's object, both directions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from provodka.mappings import compiled
from provodka.mappings.enterprise_data.declaration import Shape
from provodka.mappings.enterprise_data.reading import KEYS, REFERENCE, RowReader, row_reader
from provodka.mappings.enterprise_data.writing import ObjectWriter, References
from provodka.mappings.writers import Sending, wire_of

__all__ = ["References", "Translation"]


@dataclass(frozen=True)
class Translation:
    """One mapping and the shape of its object; made by `load_translations`."""

    mapping: compiled.Mapping
    shape: Shape
    as_row: RowReader = field(init=False)
    _writers: dict[str, ObjectWriter] = field(init=False, default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "as_row", row_reader(self.mapping, self.shape))

    @property
    def object(self) -> str:
        """The format's object: `Документ.ЗаказКлиента`."""
        return self.shape.object

    @property
    def heard_of(self) -> bool:
        """Whether the base tells what was changed there."""
        return self.shape.sent_back

    @property
    def outgoing(self) -> compiled.Mapping:
        """The mapping without what has to be looked up in the base: the format cannot ask it.

        The base fills it by itself: the contract of an order without one, our bank account.
        """
        return replace(
            self.mapping,
            pairs=tuple(replace(pair, otherwise=None) for pair in self.mapping.pairs),
            constants=tuple(
                one for one in self.mapping.constants if not isinstance(one[1], compiled.Find)
            ),
        )

    def as_object(
        self, row: Mapping[str, Any], key: str, version: str, references: References
    ) -> dict[str, Any]:
        """The object that says what a row says, under its key; see `ObjectWriter.write`."""
        value = self._writer(version).write(row, references)
        value[KEYS] = {REFERENCE: key, **value.get(KEYS, {})}
        return value

    def key_properties(
        self,
        values: Mapping[str, Any],
        key: str,
        version: str,
        references: References,
        sending: Sending,
    ) -> dict[str, Any]:
        """What stands for a document of ours inside another object; `values` are ours by column."""
        row: dict[str, Any] = {}
        for pair in self.mapping.pairs:
            shape = self.shape.fields.get(pair.theirs)
            if shape is not None and any(path.startswith(f"{KEYS}/") for path in shape.paths):
                row |= wire_of(pair, values.get(pair.ours), sending)
        keys: dict[str, Any] = self.as_object(row, key, version, references)[KEYS]
        return keys

    def _writer(self, version: str) -> ObjectWriter:
        if version not in self._writers:
            self._writers[version] = ObjectWriter(self.mapping, self.shape, version)
        return self._writers[version]
