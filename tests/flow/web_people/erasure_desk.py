"""A hub on a store with one person in it, for the tests of erasure."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, text
from tests.flow.web_people.planted import TRACES, dump

from provodka.connectors.crm_store.people_subject import by_client
from provodka.flows.hub import Hub
from provodka.flows.people.erasing import Erased, erase
from provodka.flows.settings import HubSettings
from provodka.foundation.located_yaml import LocatedYaml

__all__ = ["erased", "hub_on", "lines", "one"]

COMPANY = {"company": {"name": "ООО «Ромашка»", "inn": "7707083893"}}


def hub_on(store: Engine, home: Path) -> Hub:
    """A hub without any other system."""
    settings = HubSettings.model_validate(COMPANY)
    source = LocatedYaml(home / "hub.yaml", {}, {})
    return Hub(settings, source, home, store, None, None, None)


def lines(store: Engine) -> list[str]:
    """Where a trace is found: the table, and some of the text around."""
    with store.connect() as connection:
        whole = dump(connection)
    return [
        f"{line.partition(chr(9))[0]}: …{line[max(found.start() - 60, 0) : found.end() + 20]}…"
        for line in whole.splitlines()
        if (found := TRACES.search(line))
    ]


def one(connection: Connection, query: str, **given: Any) -> Any:
    """One value."""
    return connection.execute(text(query), given).scalar_one()


def erased(hub: Hub, client: UUID) -> Erased:
    """Erase a client."""
    with hub.engine.connect() as connection:
        subject = by_client(connection, client)
    return erase(hub, subject, by="anna", basis="обращение 7", client=client, apply=True)
