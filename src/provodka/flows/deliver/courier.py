"""What carries out the errands of one system."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from provodka.connectors.crm_store.outbox import Errand
from provodka.flows.deliver.outcome import Outcome

__all__ = ["Courier", "StillMine"]

StillMine = Callable[[], None]
"""Raises `LostLease` when the errand may be another's by now; asked right before each write."""


class Courier(Protocol):
    """Carries out the errands of one target.

    An errand is announced with its marker before it is carried, so that whoever finds it without
    an end knows what to look for.
    """

    @property
    def target(self) -> str:
        """The system that the errands are for."""
        ...

    @property
    def lost_answer_wait(self) -> timedelta:
        """How long after a lost answer the other side may still be writing."""
        ...

    @property
    def workers(self) -> int:
        """How many may write to the system at once, in all processes together."""
        ...

    @property
    def ahead(self) -> int:
        """How many errands are announced at once: as many must be looked up after a death."""
        ...

    def marker(self, errand: Errand) -> str:
        """By what the errand's work will be recognised in the other system."""
        ...

    def carry(self, errand: Errand, still_mine: StillMine) -> Outcome:
        """Do it, and say how it ended; errors of our tree may simply be raised."""
        ...
