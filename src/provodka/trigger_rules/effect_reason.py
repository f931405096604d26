"""Why an effect is made, and the key that makes a second time harmless."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import NAMESPACE_OID, UUID, uuid5

__all__ = ["Reason"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an effect is made: rule, its version, the document, which occurrence, which action.

    `cause` is the delta that woke the rule, `depth` how long the chain of consequences is.
    """

    rule: str
    version: str
    kind: str
    document: UUID
    occurrence: str
    index: int
    cause: int | None = None
    depth: int = 0
    part: str = ""

    @property
    def key(self) -> str:
        """`rule|version|document|occurrence|action`: the effect happens once per key."""
        action = f"{self.index}.{self.part}" if self.part else str(self.index)
        return f"{self.rule}|{self.version}|{self.document}|{self.occurrence}|{action}"

    @property
    def new_id(self) -> UUID:
        """The key of the document that this effect makes: always the same for the same reason."""
        return uuid5(NAMESPACE_OID, self.key)
