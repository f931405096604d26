"""One adapter for each source; see `contract.Source`."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.contract.connectors.contract import put_back
from tests.contract.onec.scripted_server import ScriptedServer, answer
from tests.contract.telephony.vendors import KEY, ZONE, Miko, recorded
from tests.e2e.company import Company, run
from tests.e2e.neighbours import CLIENTS, Neighbours
from tests.flow.bank_desk import receipt, statement

from provodka.flows.hub import Hub

__all__ = ["BankFolder", "CallLog", "CloudCalls", "Keyset", "Messages", "Plan", "Scan"]

OWN = ("Ref_Key", "DataVersion", "Code", "DeletionMark")
BOUND = (
    "SELECT b.external_key FROM crm.client c JOIN hub.binding b ON b.document = c.id"
    " AND b.kind = 'client'"
)


@dataclass
class OverOData:
    """Clients of a base over OData."""

    hub: Hub
    people: Company
    sandbox: Neighbours
    folder: Path
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def enter(self, count: int) -> Sequence[str]:
        like = self.sandbox.rows(CLIENTS, "IsFolder eq false")[0]
        body = {name: value for name, value in like.items() if name not in OWN}
        names = [f"Новый {next(self.numbers):04}" for _one in range(count)]
        return [
            str(self.sandbox.create(CLIENTS, **(body | _named(name)))["Ref_Key"]) for name in names
        ]

    def read(self) -> None:
        run(self.hub, "catalogs")

    def kept(self) -> Sequence[str]:
        return [row[0] for row in self.people.rows(BOUND)]

    def position(self, stream: str) -> dict[str, Any]:
        """A place as the store keeps it."""
        rows = self.people.rows("SELECT position FROM hub.cursor WHERE stream = :s", s=stream)
        return rows[0][0] if rows else {}

    @contextmanager
    def down(self) -> Iterator[None]:
        self.sandbox.fault("drop_before", count=None)
        yield
        self.sandbox.mend()

    def repeat(self, before: Sequence[Any]) -> None:
        put_back(self.people, before)
        self.read()

    def place(self) -> Any:
        raise NotImplementedError


def _named(name: str) -> dict[str, str]:
    return {"Description": name, "НаименованиеПолное": name, "ИНН": "", "КПП": ""}


class Plan(OverOData):
    """Changes by an exchange plan: the place is the number of the message."""

    def place(self) -> Any:
        return int(self.position("feed:onec")["message"])


class Scan(OverOData):
    """Changes by scanning versions: the place is the time of the scan."""

    def place(self) -> Any:
        position = self.position("onec:client")
        return max(str(position.get("scanned_at", "")), str(position.get("swept_at", "")))


class Keyset(OverOData):
    """A set read for the first time, by key: the place is the last key that was read."""

    def __post_init__(self) -> None:
        self.people.execute("DELETE FROM hub.cursor WHERE stream = 'onec:client'")

    def place(self) -> Any:
        position = self.position("onec:client")
        reached = str(position.get("after", "")), str(position.get("scanned_at", ""))
        return (bool(position.get("complete")), str(position.get("swept_at", "")), *reached)


@dataclass
class Messages(OverOData):
    """A base by messages of EnterpriseData: the place is the number of the message received."""

    def read(self) -> None:
        run(self.hub, "exchange")

    def repeat(self, before: Sequence[Any]) -> None:
        """The base numbers its messages itself and repeats only what it takes for unread."""
        assert before
        self.read()

    def place(self) -> Any:
        return int(
            self.people.value("SELECT coalesce(max(number), 0) FROM hub.exchange_message"
                              " WHERE direction = 'in'")
        )  # fmt: skip


@dataclass
class CallLog(OverOData):
    """The log of a PBX: the place is how many bytes of it have been read."""

    def enter(self, count: int) -> Sequence[str]:
        return [str(self.sandbox.call(kind="incoming")["linkedid"]) for _one in range(count)]

    def read(self) -> None:
        run(self.hub, "calls")

    def kept(self) -> Sequence[str]:
        return [row[0] for row in self.people.rows("SELECT call_key FROM crm.call")]

    def place(self) -> Any:
        return int(self.position("calls:office").get("offset", 0))

    @contextmanager
    def down(self) -> Iterator[None]:
        path = Path(self.sandbox.about["cdr_path"])
        away = path.with_name("away")
        path.parent.rename(path.parent.with_name("away"))
        yield
        path.parent.with_name(away.name).rename(path.parent)


@dataclass
class CloudCalls(OverOData):
    """A PBX that is asked over HTTP: the place is the moment until which it has been read."""

    pbx: Miko = field(default_factory=Miko)

    @classmethod
    @contextmanager
    def served(cls, config: Path) -> Iterator[partial[CloudCalls]]:
        """A PBX that answers, named in the settings."""
        pbx = Miko()
        with ScriptedServer([pbx]) as server, patch.dict(os.environ, {"PBX_KEY": KEY}):
            about = pbx.options() | {"name": "cloud", "zone": str(ZONE), "url": server.url}
            text = config.read_text(encoding="utf-8")
            named = f"telephony:\n  - {json.dumps(about)}\n"
            config.write_text(text.replace("telephony:\n", named), encoding="utf-8")
            yield partial(cls, pbx=pbx)

    def enter(self, count: int) -> Sequence[str]:
        keys = [f"mikopbx-{next(self.numbers)}" for _one in range(count)]
        told = recorded("mikopbx.json")[0]
        moment = f"{datetime.now(ZONE) - timedelta(minutes=1):%Y-%m-%d %H:%M:%S}.000"
        times = {"start": moment, "answer": moment, "endtime": moment}
        for key in keys:
            number = len(self.pbx.rows) + 1
            self.pbx.rows.append(told | times | {"id": number, "UNIQUEID": key, "linkedid": key})
        return keys

    def read(self) -> None:
        run(self.hub, "calls")

    def kept(self) -> Sequence[str]:
        return [row[0] for row in self.people.rows("SELECT call_key FROM crm.call")]

    def place(self) -> Any:
        return str(self.position("calls:cloud").get("until", ""))

    @contextmanager
    def down(self) -> Iterator[None]:
        self.pbx.trouble = [answer(503)] * 50
        yield
        self.pbx.trouble = []


@dataclass
class BankFolder(OverOData):
    """A folder of statements: the place is how many files of it have been read."""

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)

    def enter(self, count: int) -> Sequence[str]:
        keys = [str(100 + next(self.numbers)) for _one in range(count)]
        body = statement([receipt(key) for key in keys])
        (self.folder / f"{keys[0]}.txt").write_bytes(body)
        return keys

    def read(self) -> None:
        run(self.hub, "bank")

    def kept(self) -> Sequence[str]:
        return [row[0] for row in self.people.rows("SELECT number FROM hub.bank_document")]

    def place(self) -> Any:
        return len(self.position("bank").get("files", {}))

    @contextmanager
    def down(self) -> Iterator[None]:
        away = self.folder.with_name("away")
        self.folder.rename(away)
        yield
        away.rename(self.folder)
