"""A store for tests of calls, made once a module and emptied for each test; calls to keep in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, Row, make_url, text

from provodka.connectors.crm_store import journal
from provodka.connectors.crm_store.engine import open_engine
from provodka.connectors.telephony.legs import Leg
from provodka.flows.calls.keeping import keep_legs
from provodka.flows.calls.storing import store_calls

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
CLIENT = "89990000001"
EMPTIED = (
    *("hub.call_source", "hub.call_leg", "hub.live_call", "hub.duplicate", "hub.client_apart"),
    *(
        "hub.outbox",
        "crm.interaction",
        "crm.call",
        "crm.delivery",
        "crm.task",
        "crm.deal",
        "crm.contact",
    ),
    *("crm.client", "crm.employee"),
)


@pytest.fixture(scope="module")
def kept_store(server: str, template: str, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A migrated database of the module's own."""
    name = f"{template}_{request.module.__name__.rpartition('.')[2]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        engine = open_engine(make_url(server).set(database=name).render_as_string(False))
        yield engine
        engine.dispose()
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def calls_store(kept_store: Engine) -> Engine:
    """The module's database with nothing in it that the tests of calls put there."""
    with kept_store.begin() as connection:
        connection.execute(text("UPDATE crm.call SET called_back_id = NULL"))
        for table in EMPTIED:
            connection.execute(text(f"DELETE FROM {table}"))
    return kept_store


@dataclass(frozen=True)
class Pbx:
    """What the settings say of a PBX."""

    name: str = "office"
    internal_lengths: frozenset[int] = frozenset({3})
    call_back_minutes: int = 30


OFFICE, CLOUD = Pbx(), Pbx("cloud")


def came(at: float, ring: int = 5, talk: int = 60, **fields: Any) -> Leg:
    """A client's call, as Asterisk logs it, `at` seconds after noon."""
    start = NOON + timedelta(seconds=at)
    key = fields.pop("key", f"{at}.1")
    usual: dict[str, Any] = {
        "uniqueid": key,
        "linkedid": key,
        "sequence": "1",
        "answer": start + timedelta(seconds=ring) if talk else None,
        "end": start + timedelta(seconds=ring + talk),
        "duration": ring + talk,
        "billsec": talk,
        "disposition": "ANSWERED" if talk else "NO ANSWER",
        "src": CLIENT,
        "dst": "84950000012",
        "channel": "PJSIP/trunk-00000001",
        "dstchannel": "PJSIP/101-00000002",
        "lastapp": "Dial",
        "lastdata": f"PJSIP/101,{ring}",
    }
    return Leg(start=start, **{**usual, **fields})


def went(at: float, ring: int = 5, talk: int = 60, **fields: Any) -> Leg:
    """A call of ours to the client."""
    out = {"src": "101", "dst": CLIENT, "channel": "PJSIP/101-00000001"}
    return came(at, ring, talk, **{**out, "dstchannel": "PJSIP/trunk-00000002", **fields})


def told(at: float, ring: int = 5, talk: int = 60, **fields: Any) -> Leg:
    """The same client's call, as a cloud PBX sums it up."""
    leg = came(at, ring, talk, key=f"cloud-{at}", channel="", dstchannel="", lastapp="")
    return replace(leg, whole=True, wait=ring, talk=talk, direction="in", lastdata="", **fields)


def take(store: Engine, pbx: Pbx, *legs: Leg) -> int:
    """Keep a page as a run of the stream does; how many calls changed."""
    with store.begin() as connection:
        journal.attribute(connection, "telephony")
        return store_calls(connection, pbx, keep_legs(connection, pbx.name, legs))


def rows(store: Engine, query: str, **values: Any) -> Sequence[Row[Any]]:
    """What a query finds."""
    with store.connect() as connection:
        return connection.execute(text(query), values).all()


def calls(store: Engine) -> Sequence[Row[Any]]:
    """The calls that are kept, the oldest first."""
    return rows(store, "SELECT * FROM crm.call WHERE deleted_at IS NULL ORDER BY started_at, id")


def insert(store: Engine, table: str, **values: Any) -> Any:
    """A new row of `crm`; returns its key."""
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    with store.begin() as connection:
        query = text(f"INSERT INTO crm.{table} ({names}) VALUES ({marks}) RETURNING id")
        return connection.execute(query, values).scalar_one()
