"""What a composite value looks like when its type is not published.

The value stays, its type becomes `UnavailableEntities.UnavailableEntity_<guid>`, as in the
recorded feeds of a live base.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from provodka.sandbox.onec.values import Record

_TYPE = re.compile(rb'_Type":"StandardODATA\.([^"]+)"')
_PREFIX = "StandardODATA."


def unavailable(set_name: str) -> str:
    """The type name in place of an unpublished set's; the same set always gets the same one."""
    guid = uuid5(NAMESPACE_URL, f"provodka-sandbox/unavailable/{set_name}")
    return f"UnavailableEntities.UnavailableEntity_{guid}"


@dataclass(frozen=True, slots=True)
class Visibility:
    """Hides the types that are not among the published sets; None publishes everything."""

    published: frozenset[str] | None = None

    def shows(self, set_name: str) -> bool:
        """Whether a set is published (or is no set, as `Undefined`)."""
        return self.published is None or set_name in self.published or "_" not in set_name

    def text(self, text: bytes) -> bytes:
        """JSON of an object with hidden types replaced."""
        return _TYPE.sub(self._replaced, text) if self.published is not None else text

    def _replaced(self, match: re.Match[bytes]) -> bytes:
        name = match.group(1).decode()
        if self.shows(name):
            return match.group(0)
        return f'_Type":"{unavailable(name)}"'.encode()

    def record(self, record: Record) -> Record:
        """A record with hidden types replaced, in its tabular sections too."""
        if self.published is None:
            return record
        return {name: self._value(name, value) for name, value in record.items()}

    def _value(self, name: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self.record(row) if isinstance(row, dict) else row for row in value]
        if isinstance(value, dict):
            return self.record(value)
        if name.endswith("_Type") and isinstance(value, str) and value.startswith(_PREFIX):
            set_name = value.removeprefix(_PREFIX)
            return value if self.shows(set_name) else unavailable(set_name)
        return value
