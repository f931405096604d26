"""How changes will be found, told by `provodka check` before any data flows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from provodka.flows.hub import Hub
from provodka.flows.insight.checked import Finding
from provodka.flows.onec.following.choosing import choose

__all__ = ["check_changes"]


def check_changes(hub: Hub, published: Iterable[str]) -> Iterator[Finding]:
    """The chosen way, and what would make it better; asks the base for the nodes of its plans.

    Raises `ConfigurationError` if `hub.yaml` names a plan or a node that is not there.
    """
    choice = choose(hub, published)
    yield Finding("onec", "good", choice.told, "changes", next_step=choice.advice)
