"""A company with a door, whose arrivals are put into the inbox by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import yaml
from sqlalchemy import Engine, text

from provodka.connectors.crm_store import journal
from provodka.connectors.crm_store.tables.inbox import inbox
from provodka.flows.hub import Hub
from provodka.flows.settings import load_settings
from provodka.foundation.identifiers import uuid7

__all__ = ["NOON", "SITE", "Desk", "desk_at"]

NOON = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SITE = "https://shop.example"
FORM = "application/x-www-form-urlencoded"
SETTINGS = {
    "company": {"name": "ООО «Ромашка»", "inn": "7707083893"},
    "telephony": [
        {
            "kind": "zadarma",
            "name": "office",
            "key_env": "ATS",
            "secret_env": "ATS",
            "hook_secret_env": "ATS",
        }
    ],
    "web": {
        "secret_env": "LETTERS",
        "hooks": {"warehouse": {"secret_env": "WAREHOUSE"}},
        "forms": {
            "order": {"fields": {"phone": ["tel", "phone"]}, "honeypot": "website"},
            "callback": {"kind": "callback"},
        },
        "visits": {"sites": [SITE]},
    },
}
SECRETS = ("ATS", "LETTERS", "WAREHOUSE")


@dataclass
class Desk:
    """Everything comes at `now` unless told otherwise."""

    hub: Hub
    now: datetime = NOON
    _count: int = field(default=0)

    @property
    def engine(self) -> Engine:
        """The store."""
        return self.hub.engine

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)

    def arrive(self, door: str, system: str, **told: Any) -> int:
        """Put a row into the inbox; returns its number."""
        self._count += 1
        values = {
            "door": door, "system": system, "identity": f"event {self._count}", "method": "POST",
            "path": "/", "query": {}, "headers": {}, "body": b"", "received_at": self.now, **told,
        }  # fmt: skip
        with self.engine.begin() as connection:
            new = inbox.insert().values(values).returning(inbox.c.id)
            return int(connection.execute(new).scalar_one())

    def form(self, code: str = "order", *, visitor: str = "", **fields: str) -> int:
        """Somebody fills in a form."""
        headers = {"content-type": FORM, "origin": SITE}
        headers |= {"visitor": visitor} if visitor else {}
        return self.arrive("form", code, headers=headers, body=urlencode(fields).encode())

    def visit(self, visitor: str = "visitor-0001", page: str = "/", **query: str) -> int:
        """Somebody opens a page."""
        return self.arrive("visit", SITE, query={"visitor": visitor, "page": page, **query})

    def ring(self, event: str, **fields: str) -> int:
        """The PBX tells of a call."""
        said = {
            "event": event, "caller_id": "+79990001122", "called_did": "74950001122",
            "call_start": "2026-11-20 12:00:00", "pbx_call_id": "in_1", **fields,
        }  # fmt: skip
        return self.arrive("hook", "office", body=urlencode(said).encode())

    def insert(self, table: str, **values: Any) -> UUID:
        """A new document; returns its key."""
        key: UUID = values.setdefault("id", uuid7())
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        with self.engine.begin() as connection:
            journal.attribute(connection, "person:test")
            connection.execute(text(f"INSERT INTO crm.{table} ({names}) VALUES ({marks})"), values)
        return key

    def rows(self, query: str, **given: Any) -> list[Any]:
        """What a query finds."""
        with self.engine.connect() as connection:
            return list(connection.execute(text(query), given))

    def one(self, query: str, **given: Any) -> Any:
        """The one row that a query finds."""
        [row] = self.rows(query, **given)
        return row

    def execute(self, statement: str, **given: Any) -> None:
        """Any statement."""
        with self.engine.begin() as connection:
            connection.execute(text(statement), given)

    def states(self) -> list[str]:
        """What has become of each arrival, in order."""
        return [state for (state,) in self.rows("SELECT state FROM hub.inbox ORDER BY id")]


def desk_at(store: Engine, folder: Path) -> Desk:
    """The desk of a company whose secrets are in the environment."""
    file = folder / "hub.yaml"
    file.write_text(yaml.safe_dump(SETTINGS, allow_unicode=True), encoding="utf-8")
    settings, source = load_settings(file)
    hub = Hub(settings, source, folder, store, None, None, None, clock=lambda: NOON)
    return Desk(hub)
