"""A water company whose dispatchers and couriers work in a browser."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Engine, text
from tests.databases import copied
from tests.flow.test_water_desk import Water
from tests.web_house import Reader, open_house, read_as

from provodka.connectors.crm_store.engine import open_engine
from provodka.connectors.telephony.options import PbxOptions
from provodka.connectors.telephony.source import LiveCall
from provodka.dashboards.web.people.roles import Role
from provodka.flows.calls.live import keep_live
from provodka.flows.hub import Hub
from provodka.flows.pages.composing import house_of
from provodka.flows.requests.carrying import carry_requests
from provodka.flows.settings import HubSettings
from provodka.foundation.located_yaml import parse_yaml
from provodka.trigger_rules.book import RULES, RuleBook

__all__ = ["MORNING", "NOON", "PHONE", "Room", "room_of", "room_with"]

MORNING = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
NOON = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PHONE = "+79161234567"
MS = 1_700_000_000_000
WATER = [RULES / "water_delivery.yaml"]


@dataclass
class Room:
    """The company, its hub, and one browser in which somebody is signed in."""

    water: Water
    hub: Hub
    reader: Reader
    pbx: PbxOptions = field(default_factory=lambda: PbxOptions(name="office", kind="asterisk"))

    @property
    def engine(self) -> Engine:
        """The store."""
        return self.water.engine

    def sit(self, *roles: Role, employee: UUID | None = None) -> Reader:
        """Somebody new signs in."""
        return read_as(self.reader, self.engine, *roles, employee=employee)

    def carry(self) -> Counter[str]:
        """Let the hub do what was asked for, and the rules heed it."""
        counts = carry_requests(self.hub)
        self.water.react()
        return counts

    def settled(self, number: UUID | str) -> tuple[str, str]:
        """How a request has ended, and with what words."""
        query = text("SELECT state, said FROM hub.request WHERE id = :id")
        with self.engine.connect() as connection:
            row = connection.execute(query, {"id": str(number)}).one()
        return row.state, row.said

    def stop(self, courier: UUID | None = None, at: datetime = NOON) -> Any:
        """A new stop of Petrov's, or of another's: its row."""
        self.water.order(at=at)
        row = self.water.rows("SELECT * FROM crm.delivery ORDER BY id DESC LIMIT 1")[0]
        if courier is not None:
            self.water.update("delivery", row.id, courier_id=courier)
        query = "SELECT * FROM crm.delivery WHERE id = :id"
        return self.water.rows(query, id=row.id)[0]

    def act(self, kind: str, stop: Any, number: UUID | None = None, **more: Any) -> Any:
        """A word of a courier's telephone, as it sends it."""
        said = {
            "id": str(number or uuid4()),
            "person": str(self.reader.person),
            "kind": kind,
            "stop": str(stop.id),
            "seen": stop.plan_version,
            "pressed": MS,
            "sent": MS,
            **more,
        }
        headers = {"X-CSRF-Token": self.reader.csrf}
        return self.reader.post("/courier/acts", json=said, headers=headers)

    def ring(self, number: str | None, key: str, extension: str = "101", **more: Any) -> None:
        """The PBX tells that somebody calls."""
        told: dict[str, Any] = {"state": "ringing", "direction": "in", "did": "", **more}
        whose: dict[str, Any] = {"client_number": number or "", "extension": extension}
        call = LiveCall(source_call_key=key, at=self.hub.clock(), **whose, **told)
        with self.engine.begin() as connection:
            keep_live(connection, self.pbx, [call])

    def key_in(self, page: str) -> str:
        """The key of the first form of a page."""
        found = re.search(r'name="key" value="([0-9a-f-]{36})"', page)
        assert found, "the page has no form with a key"
        return found[1]


@contextmanager
def room_with(
    engine: Engine, folder: Path, clock: Callable[[], datetime] = lambda: MORNING
) -> Iterator[Room]:
    """The company in this store."""
    water = Water(engine, RuleBook.load(WATER), now=clock())
    water.update("client", water.client, kind="individual", phone=PHONE)
    water.insert("delivery_point", client_id=water.client, address="Оренбург, Советская, 1")
    settings = HubSettings.model_validate({"company": {"name": "Родник", "inn": "7707083893"}})
    source = parse_yaml("company: {}", Path("hub.yaml"))
    hub = Hub(settings, source, folder, engine, None, None, None, clock=clock)
    with open_house(house_of(hub)) as reader:
        yield Room(water, hub, reader)


@contextmanager
def room_of(server: str, template: str) -> Iterator[Room]:
    """The company in a store of its own."""
    with copied(server, template) as url, tempfile.TemporaryDirectory() as folder:
        engine = open_engine(url, name="test")
        with room_with(engine, Path(folder)) as room:
            yield room
        engine.dispose()
