"""An office with a mailbox: a real Dovecot or the sandbox's, a store, and a hub between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import text
from tests.dovecot import LOGIN, PASSWORD, Dovecot

from provodka.connectors.crm_store import journal
from provodka.flows.hub import Hub, open_hub
from provodka.flows.mail.pulling import pull_mail
from provodka.flows.settings import Environment
from provodka.foundation.identifiers import uuid7

__all__ = ["MailOffice", "mail_office"]


@dataclass
class MailOffice:
    """A hub that reads one mailbox."""

    hub: Hub
    server: Dovecot
    later: timedelta = field(default_factory=timedelta)
    sweep: timedelta = timedelta(hours=1)

    def pull(self) -> Counter[str]:
        """Read the mailbox to its end."""
        return pull_mail(replace(self.hub, clock=lambda: datetime.now(UTC) + self.later))

    def rows(self, sql: str, **values: Any) -> list[Any]:
        """What a query finds."""
        with self.hub.engine.connect() as connection:
            return list(connection.execute(text(sql), values))

    def value(self, sql: str, **values: Any) -> Any:
        """The one value that a query finds."""
        [(found,)] = self.rows(sql, **values)
        return found

    def messages(self) -> list[Any]:
        """Letters in the order in which they came."""
        return self.rows("SELECT * FROM crm.message ORDER BY created_at, subject")

    def message(self) -> Any:
        """The one letter."""
        [row] = self.messages()
        return row

    def insert(self, table: str, **values: Any) -> UUID:
        """A new row; returns its key."""
        key: UUID = values.setdefault("id", uuid7())
        names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        with self.hub.engine.begin() as connection:
            journal.attribute(connection, "person:Котов")
            sql = f"INSERT INTO crm.{table} ({names}) VALUES ({marks})"
            connection.execute(text(sql), values)
        return key

    def client(self, **values: Any) -> UUID:
        """A client."""
        return self.insert("client", **{"name": "ООО Покупатель", **values})


@contextmanager
def mail_office(server: Dovecot, store_url: str, folder: Path, **box: Any) -> Iterator[MailOffice]:
    """Open a hub whose only system is this mailbox."""
    secret = folder / "password"
    secret.write_text(PASSWORD)
    mailbox = {
        "name": "sales", "host": "127.0.0.1", "port": server.port, "security": "plain",
        "login": LOGIN, "password_file": str(secret), **box,
    }  # fmt: skip
    settings = {
        "company": {"name": "ООО «Ромашка»", "inn": "7707083893"},
        "mail": {
            "sender": "crm@romashka.example",
            "smtp": {"host": "127.0.0.1", "port": 9},
            "mailboxes": [mailbox],
        },
    }
    config = folder / "hub.yaml"
    config.write_text(yaml.safe_dump(settings, allow_unicode=True))
    place = Environment(config=config, home=folder / "home", database_url=store_url)
    with open_hub(place) as hub:
        yield MailOffice(hub, server)
