"""From a telephone that rings to the caller's card, where a million numbers are known."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import Engine, text

from benchmarks.lab import Lab
from benchmarks.measure import Benchmark, Measured
from provodka.connectors.crm_store import schema
from provodka.connectors.crm_store.engine import open_engine
from provodka.connectors.telephony.live.events import CallWatch
from provodka.connectors.telephony.live.wire import Messages
from provodka.connectors.telephony.options import PbxOptions
from provodka.dashboards.insight.caller import Card, caller_card
from provodka.flows.calls.live import keep_live

BAR = 50
NUMBERS = 1_000_000
BUSY = 20_000
CALLS = 300
SILENT = (
    "ALTER TABLE crm.{table} DISABLE TRIGGER journal_insert",
    "ALTER TABLE crm.{table} ENABLE ALWAYS TRIGGER journal_insert",
)
COMPANY = (
    """INSERT INTO crm.client (name, phone, kind)
       SELECT 'Покупатель ' || n, '+7999' || lpad(n::text, 7, '0'), 'legal_entity'
       FROM generate_series(0, :clients - 1) n""",
    """INSERT INTO crm.contact (client_id, name, phone)
       SELECT id, 'Контакт', '+7900' || substr(phone, 6) FROM crm.client
       WHERE phone < '+7999' || lpad(CAST(:contacts AS text), 7, '0')""",
    """INSERT INTO crm.deal (title, client_id, kind)
       SELECT 'Вода', id, 'unstaged' FROM crm.client ORDER BY phone LIMIT :busy""",
    """INSERT INTO crm.interaction (client_id, kind, status, at)
       SELECT c.id, 'call', 'done', now() - n * interval '1 day'
       FROM (SELECT id FROM crm.client ORDER BY phone LIMIT :busy) c, generate_series(1, 10) n""",
    """INSERT INTO crm.task (subject, client_id, deal_id, kind)
       SELECT 'Доставка', client_id, id, 'delivery' FROM crm.deal""",
)


def run(lab: Lab) -> Measured:
    """The ninety-fifth percentile of milliseconds from an event's bytes to the whole card."""
    engine = open_engine(lab.store("callers"))
    try:
        schema.migrate(engine)
        fill(engine)
        spans = sorted(timed(engine))
    finally:
        engine.dispose()
    p95 = spans[int(len(spans) * 0.95)]
    detail = {
        "numbers": NUMBERS,
        "calls": len(spans),
        "median_ms": round(spans[len(spans) // 2], 2),
        "max_ms": round(spans[-1], 2),
    }
    return Measured(p95, p95 <= BAR, detail)


def fill(engine: Engine) -> None:
    """A company of that many clients and contacts; the bulk of it without its journal."""
    tables = ("client", "contact", "deal", "interaction", "task")
    contacts = NUMBERS // 4
    given = {"clients": NUMBERS - contacts, "contacts": contacts, "busy": BUSY}
    with engine.begin() as connection:
        for table in tables:
            connection.execute(text(SILENT[0].format(table=table)))
        for statement in COMPANY:
            connection.execute(
                text(statement), {name: n for name, n in given.items() if f":{name}" in statement}
            )
        for table in tables:
            connection.execute(text(SILENT[1].format(table=table)))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def timed(engine: Engine) -> Iterator[float]:
    """Milliseconds of each call: events read, the call kept and told, the card looked up."""
    chance = random.Random(20260302)  # noqa: S311 - the same calls in every run
    messages, watch, office = Messages(), CallWatch(), PbxOptions(name="office")
    for call in range(CALLS):
        number = f"8999{chance.randrange(BUSY if call % 2 else NUMBERS // 2):07}"
        said = ringing(f"1700000000.{call}", number)
        started = time.perf_counter()
        for event in messages.feed(said):
            for live in watch.heed(event, datetime.now(UTC)):
                with engine.begin() as connection:
                    keep_live(connection, office, [live])
                    card: Card = caller_card(connection, live.client_number)
        yield (time.perf_counter() - started) * 1000
        assert card.known, number


def ringing(key: str, number: str) -> bytes:
    """What a manager interface says of a call that comes in."""
    fields = {
        "Event": "Newchannel", "Channel": "PJSIP/trunk-0000000a", "Uniqueid": key,
        "Linkedid": key, "CallerIDNum": number, "Exten": "84950000012",
    }  # fmt: skip
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode() + b"\r\n"


benchmark = Benchmark("caller_lookup", "ms (p95)", f"≤ {BAR}", run)
