"""The door's process as a child of the hub; what it needs is imported in that process alone."""

from __future__ import annotations

import os

from provodka.flows.settings import Environment, HubSettings
from provodka.flows.supervising import Child

__all__ = ["web_address", "web_children"]


def web_address(settings: HubSettings) -> str | None:
    """Where the door is; None if `hub.yaml` has no `web` section."""
    return f"http://{settings.web.host}:{settings.web.port}" if settings.web else None


def web_children(environment: Environment, settings: HubSettings) -> list[Child]:
    """The door as a process to keep alive; none if `hub.yaml` has no `web` section."""
    if settings.web is None:
        return []
    given = {**os.environ, **environment.told()}
    logs = environment.home / "logs" / "web.log"
    return [Child("web", "provodka.flows.web_process", (), given, logs)]
