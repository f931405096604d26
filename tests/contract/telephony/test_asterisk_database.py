"""Asterisk's call log in a database, a real PostgreSQL; MySQL differs by its driver alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url, text
from tests.databases import create, drop

from provodka.connectors.telephony.reducer import Call, reduce_call
from provodka.connectors.telephony.source import CallPage, Leg
from provodka.connectors.telephony.sources.asterisk_database import (
    AsteriskDatabase,
    AsteriskDatabaseOptions,
)
from provodka.foundation.errors import ConfigurationError, SystemUnavailable

NOW = datetime(2026, 1, 31, 10, 0, tzinfo=UTC)
ZONE = "Asia/Yekaterinburg"
CDR = """
CREATE TABLE cdr (calldate timestamp NOT NULL, clid text, src text, dst text, dcontext text,
    channel text, dstchannel text, lastapp text, lastdata text, duration int, billsec int,
    disposition text, amaflags int, accountcode text, uniqueid text, userfield text, did text,
    recordingfile text, linkedid text, sequence int)
"""
CEL = """
CREATE TABLE cel (id serial, eventtype text, eventtime timestamp, exten text, channame text,
    uniqueid text, linkedid text, extra text)
"""
COLUMNS = (
    "calldate, clid, src, dst, dcontext, channel, dstchannel, lastapp, lastdata, duration, billsec,"
    " disposition, uniqueid, linkedid, sequence"
)


class Database:
    """A PBX's database, to which rows are written."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def execute(self, statement: str, **given: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement), given)

    def call(self, number: int, at: str, **other: Any) -> None:
        """A row of an incoming call that 101 answered after ten seconds."""
        row: dict[str, Any] = {
            "calldate": at,
            "clid": '"" <89990000001>',
            "src": "89990000001",
            "dst": "101",
            "dcontext": "from-trunk",
            "channel": f"PJSIP/trunk-{number:08x}",
            "dstchannel": f"PJSIP/101-{number + 1:08x}",
            "lastapp": "Dial",
            "lastdata": "PJSIP/101,30",
            "duration": 70,
            "billsec": 60,
            "disposition": "ANSWERED",
            "uniqueid": f"1769850000.{number}",
            "linkedid": f"1769850000.{number}",
            "sequence": number,
        } | other
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        self.execute(f"INSERT INTO cdr ({names}) VALUES ({values})", **row)


@pytest.fixture(scope="module")
def address(server: str) -> Iterator[str]:
    """A database of a PBX; with a password, as SQLAlchemy writes it."""
    name = "asteriskcdrdb_test"
    yield create(server, name)
    drop(server, name)


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    """The tables, empty."""
    engine = create_engine(make_url(address).set(drivername="postgresql+psycopg"))
    found = Database(engine)
    for table in ("cdr", "cel"):
        found.execute(f"DROP TABLE IF EXISTS {table}")
    found.execute(CDR)
    yield found
    engine.dispose()


@pytest.fixture
def source(address: str, database: Database) -> Iterator[AsteriskDatabase]:
    with closing(connected(address)) as opened:
        yield opened


def connected(address: str, **more: Any) -> AsteriskDatabase:
    url = make_url(address)
    plain = URL.create(
        "postgresql", url.username, None, url.host, url.port, url.database, url.query
    ).render_as_string()
    about = {"name": "office", "database": plain, "zone": ZONE, "first_days": 5} | more
    options = AsteriskDatabaseOptions.model_validate(about)
    return AsteriskDatabase(options, {"password": url.password or ""})


def pages(source: AsteriskDatabase, position: Any = None, now: datetime = NOW) -> list[CallPage]:
    found = [source.read(position, now=now)]
    while found[-1].more:
        found.append(source.read(found[-1].position, now=now))
    return found


def calls(found: Sequence[CallPage]) -> list[Call]:
    legs: dict[str, set[Leg]] = defaultdict(set)
    for leg in (leg for page in found for leg in page.legs):
        legs[leg.linkedid].add(leg)
    return sorted(map(reduce_call, legs.values()), key=lambda call: call.started_at)


@pytest.mark.requirement("R66")
def test_a_row_of_the_database_is_a_call_in_the_pbxs_zone(
    source: AsteriskDatabase, database: Database
) -> None:
    database.call(1, "2026-01-31 14:00:00", did="73432000000", recordingfile="in-1.wav")
    [call] = calls(pages(source))
    assert (call.direction, call.outcome, call.answered_by) == ("in", "answered", "101")
    assert (call.started_at, call.talk_seconds) == (NOW - timedelta(hours=1), 60)
    assert (call.client_number, call.did) == ("+79990000001", "73432000000")
    assert call.recording == "in-1.wav"


def test_a_long_call_is_read_although_it_is_written_under_its_start(
    source: AsteriskDatabase, database: Database
) -> None:
    database.call(1, "2026-01-31 14:59:00")
    found = pages(source)
    database.call(2, "2026-01-31 10:00:00", duration=18000, billsec=17990)
    again = pages(source, found[-1].position, NOW + timedelta(hours=1))
    assert len(calls([*found, *again])) == 2


def test_rows_of_one_moment_are_all_read(source: AsteriskDatabase, database: Database) -> None:
    for number in range(300):
        database.call(number, "2026-01-31 14:00:00")
    assert len(calls(pages(source))) == 300


def test_an_hour_that_the_clock_shows_twice_is_told_apart_by_the_ids(
    address: str, database: Database
) -> None:
    first = datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    for number, started in enumerate((first, first + timedelta(hours=1))):
        key = f"{int(started.timestamp())}.{number}"
        database.call(number, "2025-10-26 02:30:00", uniqueid=key, linkedid=key)
    with closing(connected(address, zone="Europe/Berlin")) as berlin:
        found = calls(pages(berlin, now=first + timedelta(hours=5)))
    assert [call.started_at for call in found] == [first, first + timedelta(hours=1)]


def test_events_tell_the_number_that_was_called_and_who_handed_the_call_on(
    source: AsteriskDatabase, database: Database
) -> None:
    key = "1769850000.1"
    database.call(1, "2026-01-31 14:00:00", dst="102", duration=40, billsec=30)
    second = {"uniqueid": key, "linkedid": key, "sequence": 2, "dst": "102"}
    database.call(3, "2026-01-31 14:00:40", **second, dstchannel="PJSIP/102-00000009")
    assert calls(pages(source))[0].did == ""
    database.execute(CEL)
    extra = '{"extension": "102", "context": "office"}'
    event = (
        "INSERT INTO cel (eventtype, eventtime, exten, channame, uniqueid, linkedid, extra) VALUES"
        " (:type, :at, :exten, :channel, :key, :key, :extra)"
    )
    started = {"type": "CHAN_START", "exten": "73432000000", "channel": "PJSIP/trunk-00000001"}
    handed = {"type": "BLINDTRANSFER", "exten": "101", "channel": "PJSIP/101-00000002"}
    database.execute(event, **started, at="2026-01-31 14:00:00", key=key, extra="")
    database.execute(event, **handed, at="2026-01-31 14:00:40", key=key, extra=extra)
    [call] = calls(pages(source))
    assert call.did == "73432000000"
    [handed_on] = call.transfers
    assert (handed_on.kind, handed_on.by, handed_on.to) == ("blind", "101", "102")


def test_a_bad_row_is_told_and_the_rest_goes_on(
    source: AsteriskDatabase, database: Database
) -> None:
    database.call(1, "2026-01-31 14:00:00")
    database.call(2, "2026-01-31 14:10:00", uniqueid="", linkedid="", channel=None)
    database.execute("ALTER TABLE cdr ALTER duration TYPE text")
    database.execute("UPDATE cdr SET duration = 'long' WHERE sequence = 2")
    found = pages(source)
    assert len(calls(found)) == 1
    assert {row.file for page in found for row in page.bad} == {"cdr"}


@pytest.mark.requirement("R97")
def test_a_probe_tells_the_servers_clock_and_the_telephones(
    source: AsteriskDatabase, database: Database
) -> None:
    now = datetime.now(UTC)
    database.call(1, f"{now.astimezone(ZoneInfo(ZONE)):%Y-%m-%d %H:%M:%S}")
    reach = source.probe(now=now - timedelta(minutes=30))
    assert reach.clock_offset is not None
    assert abs(reach.clock_offset - timedelta(minutes=30)) < timedelta(minutes=5)
    assert reach.extensions == {"101"}


def test_a_database_without_the_table_is_a_mistake_in_the_settings(
    source: AsteriskDatabase, database: Database
) -> None:
    database.execute("DROP TABLE cdr")
    with pytest.raises(ConfigurationError) as trouble:
        source.read(None, now=NOW)
    assert trouble.value.code == "no_cdr_table"


@pytest.mark.parametrize("kind", ["postgresql", "mysql", "mariadb"])
def test_a_database_that_is_away_is_named_without_its_password(kind: str) -> None:
    options = AsteriskDatabaseOptions(name="office", database=f"{kind}://cdr@127.0.0.1:1/cdrdb")
    away = AsteriskDatabase(options, {"password": "s3cret"})
    with closing(away), pytest.raises(SystemUnavailable) as trouble:
        away.read(None, now=NOW)
    assert "s3cret" not in str(trouble.value)
    assert trouble.value.next_step


@pytest.mark.parametrize(
    "database", ["mysql://cdr:s3cret@host/x", "sqlite:///x", "no address", "oracle://cdr@host/x"]
)
def test_an_address_that_cannot_work_is_refused_without_its_password(database: str) -> None:
    options = AsteriskDatabaseOptions(name="office", database=database)
    with pytest.raises(ConfigurationError) as trouble:
        options.check_address()
    assert "s3cret" not in str(trouble.value)
