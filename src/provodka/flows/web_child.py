"""The web process as a child of the hub; what it needs is imported in that process alone."""

from __future__ import annotations

import os

from provodka.flows.ports import free_port
from provodka.flows.settings import Environment, HubSettings
from provodka.flows.supervising import Child

__all__ = ["USUAL_PORT", "web_address", "web_children", "web_port"]

USUAL_PORT = 8750


def web_port(settings: HubSettings) -> int | None:
    """Where to listen: the port of `hub.yaml`, else the usual one if it is free.

    None if `hub.yaml` switches the web off (`web: null`).
    """
    if settings.web is None:
        return None
    return settings.web.port or free_port(USUAL_PORT, settings.web.host)


def web_address(settings: HubSettings, port: int | None) -> str | None:
    """The address of the first page for whoever sits at this computer, if there is one."""
    if settings.web is None or port is None:
        return None
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.web.host, settings.web.host)  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def web_children(
    environment: Environment, port: int | None, prefect: int | None = None
) -> list[Child]:
    """The web process to keep alive; none without a port. `prefect` is the port of its pages."""
    if port is None:
        return []
    given = {**os.environ, **environment.told()}
    arguments = ["--port", str(port)]
    if prefect is not None:
        arguments += ["--prefect", f"http://127.0.0.1:{prefect}"]
    logs = environment.home / "logs" / "web.log"
    return [Child("web", "provodka.flows.web_process", arguments, given, logs)]
