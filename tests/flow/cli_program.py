"""The program on a fresh store, for the tests of its commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from typer.testing import CliRunner, Result

from provodka.connectors.crm_store import journal, quarantine
from provodka.connectors.crm_store.tables.deals import deal as deals
from provodka.flows.cli.app import app
from provodka.foundation.errors import Misunderstood

SETTINGS = """\
company:
  name: ООО «Ромашка»
  inn: "7707083893"
telephony:
  - {name: office, path: Master.csv, internal_lengths: [3]}
"""
Run = Callable[..., Result]


def program(store_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """What runs a command line in a folder with settings, on that store."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PROVODKA_DATABASE_URL", store_url)
    (folder / "hub.yaml").write_text(SETTINGS, encoding="utf-8")
    (folder / "Master.csv").write_text("", encoding="utf-8")
    return lambda *line: CliRunner().invoke(app, list(line))


def document(done: Result) -> Any:
    """The one JSON document that a command printed."""
    return json.loads(done.stdout)


def add_deal(connection: Connection, origin: str = "person:test") -> Any:
    """A client and an unstaged deal; returns the deal's key."""
    journal.attribute(connection, origin)
    client = connection.execute(
        text("INSERT INTO crm.client (name) VALUES ('Тихая Гавань') RETURNING id")
    ).scalar_one()
    values = {"title": "Стулья", "client_id": client, "kind": "unstaged"}
    return connection.execute(deals.insert().values(values).returning(deals.c.id)).scalar_one()


def set_aside(engine: Engine, stream: str, key: str) -> None:
    """Put a document into quarantine."""
    error = Misunderstood("строка 1", found="нет ИНН", expected="ИНН", next_step="впишите ИНН")
    with engine.begin() as connection:
        quarantine.set_aside(connection, stream, key, {"Description": "Ромашка"}, error)
