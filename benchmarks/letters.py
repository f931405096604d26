"""Letters parsed, linked and stored a second, threads and clients among them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import yaml
from sqlalchemy import text

from benchmarks.lab import Lab
from benchmarks.measure import Benchmark, Measured
from provodka.connectors.crm_store import schema
from provodka.connectors.crm_store.engine import open_engine
from provodka.connectors.mail.understanding import read_letter
from provodka.flows.hub import Hub, open_hub
from provodka.flows.mail.arrivals import Arrival, Place
from provodka.flows.mail.desks import desk_of
from provodka.flows.mail.storing import store
from provodka.flows.settings import Environment
from provodka.foundation.identifiers import uuid7

LETTERS, CLIENTS, PORTION = 10_000, 20_000, 100
BAR = 300
QUOTED = (
    "\n\nср, 18 нояб. 2026 г. в 10:00, Отдел продаж <sales@romashka.example>:\n> Добрый день!\n"
)
FILL = text("""
    INSERT INTO crm.client (name, email)
    SELECT 'Клиент ' || n, 'buyer' || n || '@company' || n || '.example'
    FROM generate_series(1, :count) n
""")


def run(lab: Lab) -> Measured:
    """Ten thousand letters in portions of a hundred, each portion one transaction."""
    contents = [made(number) for number in range(lab.documents // (100_000 // LETTERS))]
    with office(lab, {"host": "127.0.0.1"}) as hub:
        with hub.engine.begin() as connection:
            connection.execute(FILL, {"count": CLIENTS})
        began, spent = time.perf_counter(), time.process_time()
        for start in range(0, len(contents), PORTION):
            take(hub, start, contents[start : start + PORTION])
        seconds = time.perf_counter() - began
        spent = time.process_time() - spent
        with hub.engine.connect() as connection:
            linked = connection.execute(
                text("SELECT count(*) FROM crm.message WHERE client_id IS NOT NULL")
            ).scalar_one()
    rate = len(contents) / seconds
    detail = {"letters": len(contents), "linked": linked, "our_cpu_seconds": round(spent, 2)}
    assert linked > len(contents) / 2, detail
    return Measured(rate, rate >= BAR, detail)


def take(hub: Hub, start: int, contents: list[bytes]) -> None:
    """Understand and store one portion."""
    desk = desk_of(hub)
    arrivals = [
        Arrival(
            Place("sales", "INBOX", 1, start + number),
            "inbox", (), desk.now, False, read_letter(content), uuid7(),
        )
        for number, content in enumerate(contents, start=1)
    ]  # fmt: skip
    with hub.engine.begin() as connection:
        store(connection, arrivals, desk)


def made(number: int, at: datetime | None = None) -> bytes:
    """A letter of one of the clients; every third answers an earlier one."""
    letter = EmailMessage()
    buyer = number % (CLIENTS * 5 // 4) + 1
    letter["From"] = f"Покупатель <buyer{buyer}@company{buyer}.example>"
    letter["To"] = "sales@romashka.example"
    letter["Subject"] = f"Re: Заказ воды № {number}"
    letter["Date"] = at or datetime.now(UTC)
    letter["Message-ID"] = f"<{number}@company.example>"
    if number % 3 == 0 and number:
        letter["In-Reply-To"] = letter["References"] = f"<{number - 3}@company.example>"
    letter.set_content(f"Привезите {number % 40} бутылей." + QUOTED)
    if number % 2:
        letter.add_alternative(f"<p>Привезите {number % 40} бутылей.</p>", subtype="html")
    return letter.as_bytes()


@contextmanager
def office(lab: Lab, box: dict[str, Any]) -> Iterator[Hub]:
    """A hub with one mailbox and a store of its own."""
    folder = lab.folder / f"mail-{uuid7()}"
    folder.mkdir()
    secret = folder / "password"
    secret.write_text("correct-horse")
    mailbox = {
        "name": "sales", "login": "sales@romashka.example", "password_file": str(secret),
        "security": "plain", **box,
    }  # fmt: skip
    sender = {"sender": "crm@romashka.example", "smtp": {"host": "127.0.0.1"}}
    company = {"name": "ООО «Ромашка»", "inn": "7707083893"}
    config = folder / "hub.yaml"
    settings = {"company": company, "mail": sender | {"mailboxes": [mailbox]}}
    config.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    url = lab.store(f"mail_{uuid7().hex}")
    engine = open_engine(url)
    schema.migrate(engine)
    engine.dispose()
    with open_hub(Environment(config=config, home=folder, database_url=url)) as hub:
        yield hub


benchmark = Benchmark("letters_linked", "letters/s", f"≥ {BAR}", run)
