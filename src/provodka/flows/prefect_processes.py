"""The two processes of a local Prefect: its server, and the hub's deployments carried out."""

from __future__ import annotations

import os

from provodka.flows.settings import Environment
from provodka.flows.supervising import Child

__all__ = ["HOST", "prefect_children"]

HOST = "127.0.0.1"
PACKAGE = "provodka.flows.orchestration"
SERVER = ("--factory", f"{PACKAGE}.server:create", "--log-level", "warning")


def prefect_children(environment: Environment, port: int) -> list[Child]:
    """The server and the deployments; nothing of theirs leaves this machine or the data folder."""
    given = _surroundings(environment, port)
    logs = environment.home / "logs"
    address = ("--host", HOST, "--port", str(port))
    return [
        Child("prefect", "uvicorn", (*SERVER, *address), given, logs / "prefect.log"),
        Child("flows", f"{PACKAGE}.serve", (), given, logs / "flows.log"),
    ]


def _surroundings(environment: Environment, port: int) -> dict[str, str]:
    api = f"http://{HOST}:{port}/api"
    inherited = {name: value for name, value in os.environ.items() if name[:8] != "PREFECT_"}
    return (
        inherited
        | environment.told()
        | {
            "PREFECT_HOME": str(environment.home / "prefect"),
            "PREFECT_API_URL": api,
            "PREFECT_UI_API_URL": api,
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
            "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
            "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
            "PREFECT_LOGGING_EXTRA_LOGGERS": "provodka",
            "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
            "DO_NOT_TRACK": "1",
        }
    )
