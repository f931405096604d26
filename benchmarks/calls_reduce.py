"""Rows of a call log a second: legs kept, reduced to calls, put on their clients and deals."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text

from benchmarks.lab import Lab
from benchmarks.measure import Benchmark, Measured
from provodka.connectors.crm_store import journal, schema
from provodka.connectors.crm_store.engine import open_engine
from provodka.connectors.telephony.legs import Leg
from provodka.flows.calls.keeping import keep_legs
from provodka.flows.calls.storing import store_calls

BAR = 10_000
ROWS = 100_000
PAGE = 5_000
CLIENTS = 20_000
FIRST = datetime(2026, 3, 2, 6, tzinfo=UTC)
PEOPLE = """
    INSERT INTO crm.client (name, phone)
    SELECT 'Покупатель ' || n, '+7999' || lpad(n::text, 7, '0')
    FROM generate_series(1, :clients) n;
    INSERT INTO crm.employee (name, extension)
    SELECT 'Сотрудник ' || n, n::text FROM generate_series(101, 120) n
"""


@dataclass(frozen=True)
class Pbx:
    """What the settings would say."""

    name: str = "office"
    internal_lengths: frozenset[int] = frozenset({3})
    call_back_minutes: int = 60


def run(lab: Lab) -> Measured:
    """Pages of legs, as a reader of the log gives them, until all are calls."""
    engine = open_engine(lab.store("calls"))
    try:
        schema.migrate(engine)
        people(engine)
        pages = list(paged(legs()))
        started = time.perf_counter()
        for page in pages:
            take(engine, page)
        seconds = time.perf_counter() - started
        calls = count(engine, "crm.call")
        shown = count(engine, "crm.interaction")
    finally:
        engine.dispose()
    rows = sum(map(len, pages))
    rate = rows / seconds
    detail = {"rows": rows, "calls": calls, "interactions": shown, "seconds": round(seconds, 2)}
    return Measured(rate, rate >= BAR, detail)


def take(engine: Engine, page: list[Leg]) -> None:
    """One page in one transaction, as `provodka sync calls` takes it."""
    pbx = Pbx()
    with engine.begin() as connection:
        journal.attribute(connection, "telephony")
        store_calls(connection, pbx, keep_legs(connection, pbx.name, page))


def people(engine: Engine) -> None:
    """Clients by number and employees by extension; statistics as a store in use has them."""
    with engine.begin() as connection:
        for statement in PEOPLE.split(";"):
            connection.execute(
                text(statement), {"clients": CLIENTS} if "clients" in statement else {}
            )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def legs() -> Iterator[Leg]:
    """A busy office: a quarter of the calls go out, the others ring a group of three."""
    number = 0
    rows = 0
    while rows < ROWS:
        number += 1
        call = list(outgoing(number) if number % 4 == 0 else incoming(number))
        rows += len(call)
        yield from call


def paged(rows: Iterator[Leg]) -> Iterator[list[Leg]]:
    """Pages of rows in their order, calls cut where a page ends."""
    page: list[Leg] = []
    for row in rows:
        page.append(row)
        if len(page) == PAGE:
            yield page
            page = []
    yield page


def incoming(number: int) -> Iterator[Leg]:
    """A group rings: two telephones give up, the third answers, or a trailing row hangs up."""
    for place in range(3):
        answered = place == 2 and number % 5 > 0
        yield row(
            number, place, channel="PJSIP/trunk-0000001", dst="600", ring=8, talk=60 * answered
        )
    if number % 5 == 0:
        yield row(number, 3, channel="PJSIP/trunk-0000001", dst="600", ring=0, talk=0, after=8)


def outgoing(number: int) -> Iterator[Leg]:
    """An employee calls a client."""
    extension = f"PJSIP/{101 + number % 20}-0000001"
    yield row(number, 0, channel=extension, dst=phone(number), ring=6, talk=90)


def phone(number: int) -> str:
    """A client's number as the PBX writes it; one in ten is a stranger's."""
    return f"8999{number * 7919 % (CLIENTS * 10 // 9):07}"


def row(
    number: int, place: int, *, channel: str, dst: str, ring: int, talk: int, after: int = 0
) -> Leg:
    """One row of the log."""
    start = FIRST + timedelta(seconds=number * 20 + after)
    key = f"{int(FIRST.timestamp()) + number * 20}.{number}"
    out = dst.startswith("8")
    return Leg(
        uniqueid=key,
        linkedid=key,
        sequence=str(number * 10 + place),
        start=start,
        answer=start + timedelta(seconds=ring) if talk else None,
        end=start + timedelta(seconds=ring + talk),
        duration=ring + talk,
        billsec=talk,
        disposition="ANSWERED" if talk else "FAILED" if after else "NO ANSWER",
        src=channel[6:9] if out else phone(number),
        dst=dst,
        dcontext="from-internal" if out else "ext-group",
        channel=channel,
        dstchannel=""
        if after
        else "PJSIP/trunk-0000002"
        if out
        else f"PJSIP/{101 + place}-0000002",
        lastapp="Hangup" if after else "Dial",
        lastdata=""
        if after
        else f"PJSIP/{dst}@trunk"
        if out
        else "PJSIP/101&PJSIP/102&PJSIP/103,25",
        amaflags="DOCUMENTATION",
    )


def count(engine: Engine, table: str) -> int:
    """Rows of a table."""
    with engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


benchmark = Benchmark("calls_reduce", "CDR rows/s", f"≥ {BAR:_}".replace("_", " "), run)
