"""A company whose engineer, accountant and head look after the hub in a browser."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, text
from tests.databases import copied
from tests.web_house import Reader, open_house, read_as

from provodka.connectors.crm_store import journal, quarantine
from provodka.connectors.crm_store.engine import open_engine
from provodka.dashboards.web.people.roles import Role
from provodka.flows.hub import Hub
from provodka.flows.pages.composing import house_of
from provodka.flows.requests.carrying import carry_requests
from provodka.flows.settings import HubSettings
from provodka.foundation.errors import Misunderstood, ProvodkaError
from provodka.foundation.identifiers import uuid7
from provodka.foundation.located_yaml import parse_yaml

__all__ = ["HOSTILE", "NOW", "Care", "care_of", "fields_of_form", "put_aside"]

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HOSTILE = '<script>alert("x")</script>'
FORM = re.compile(r"<form.*?</form>", re.DOTALL)
FIELD = re.compile(r'name="([\w-]+)" value="([^"]*)"')


@dataclass
class Care:
    """The store, a hub without neighbours, and a browser in which somebody is signed in."""

    engine: Engine
    hub: Hub
    reader: Reader
    moment: list[datetime] = field(default_factory=lambda: [NOW])

    def sit(self, *roles: Role, departments: Collection[UUID] = ()) -> Reader:
        """Somebody new signs in."""
        return read_as(self.reader, self.engine, *roles, departments=departments)

    def execute(self, sql: str, origin: str = "person:Котов", **values: Any) -> None:
        """Any statement, as somebody."""
        with self.engine.begin() as connection:
            journal.attribute(connection, origin)
            connection.execute(text(sql), values)

    def rows(self, sql: str, **values: Any) -> list[Any]:
        """What a query finds."""
        with self.engine.connect() as connection:
            return list(connection.execute(text(sql), values))

    def value(self, sql: str, **values: Any) -> Any:
        """The one value that a query finds."""
        [(found,)] = self.rows(sql, **values)
        return found

    def insert(self, table: str, origin: str = "person:Котов", **values: Any) -> UUID:
        """A new row of `crm`; its key."""
        key: UUID = values.setdefault("id", uuid7())
        names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        self.execute(f"INSERT INTO crm.{table} ({names}) VALUES ({marks})", origin, **values)
        return key

    def client(self, name: str = "ООО Ландыш", **values: Any) -> UUID:
        """A new client."""
        return self.insert("client", name=name, **values)

    def invoice(self, client: UUID | None = None, amount: str = "1200.00", **values: Any) -> UUID:
        """A posted invoice of today; `accounting` is the store's default unless told."""
        given = {"date": NOW, "posted": True, **values}
        owner = client or self.client()
        return self.insert("invoice", client_id=owner, amount=Decimal(amount), **given)

    def carry(self) -> Counter[str]:
        """Let the hub do what was asked for."""
        return carry_requests(self.hub)

    def press(self, page: str, deed: str, part: int = 0, **filled: str) -> str:
        """Press a button of a page; what the hub said of it, once it has carried it out."""
        form = fields_of_form(page, deed, part) | filled
        answer = self.reader.post(
            "/attention",
            data={**form, "csrf": self.reader.csrf},
            headers={"HX-Request": "true", "HX-Target": "answer"},
        )
        assert answer.status_code == 200, answer.text
        self.carry()
        return str(self.value("SELECT said FROM hub.request WHERE id = :id", id=form["wish"]))


def fields_of_form(page: str, deed: str, number: int = 0) -> dict[str, str]:
    """What a deed's form holds but for its token: of the first of them, or of this number."""
    found = [one for one in FORM.findall(page) if f'name="deed" value="{deed}"' in one]
    assert found, f"no button {deed}"
    held = {name: unescape(value) for name, value in FIELD.findall(found[number])}
    return {name: value for name, value in held.items() if name != "csrf"}


def put_aside(care: Care, key: str, stream: str = "calls:office", **said: Any) -> None:
    """Set a document aside, as if it could not be understood."""
    error: ProvodkaError = Misunderstood(
        said.get("place", "Строка журнала"),
        found=said.get("found", "время не прочитать"),
        expected="время вида 2026-11-20T12:00",
        next_step="исправьте и повторите",
        code=said.get("code", "bad_time"),
    )
    with care.engine.begin() as connection:
        payload = said.get("payload", {"line": key})
        quarantine.set_aside(connection, stream, key, payload, error, "bp30@1a2b")


@contextmanager
def care_of(server: str, template: str, more: Mapping[str, Any] | None = None) -> Iterator[Care]:
    """The company in a store of its own; `more` goes into its settings."""
    with copied(server, template) as url, tempfile.TemporaryDirectory() as folder:
        engine = open_engine(url, name="test")
        given = {"company": {"name": "Ромашка", "inn": "7707083893"}, **(more or {})}
        settings = HubSettings.model_validate(given)
        source = parse_yaml("company: {}", Path("hub.yaml"))
        moment = [NOW]
        hub = Hub(settings, source, Path(folder), engine, None, None, None, clock=lambda: moment[0])
        with open_house(house_of(hub)) as reader:
            yield Care(engine, hub, reader, moment)
        engine.dispose()
