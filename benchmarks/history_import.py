"""Half a million orders of an older program taken in from one file, page by page."""

from __future__ import annotations

import csv
import random
import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, text

from benchmarks.lab import Lab
from benchmarks.measure import Benchmark, Measured
from provodka.connectors.crm_store import schema
from provodka.connectors.crm_store.engine import open_engine
from provodka.flows.history.importing import import_history, kind_named

BAR = 60
ROWS = 500_000
HEADER = (
    "client", "client_kind", "ordered_at", "completed_at", "item", "item_kind", "quantity",
    "amount", "courier", "status",
)  # fmt: skip
ZONE = ZoneInfo("Europe/Moscow")


def run(lab: Lab) -> Measured:
    """Seconds by the clock, the search for the encoding included; then the same file again."""
    path = lab.folder / "orders.csv"
    write(path, ROWS)
    engine = open_engine(lab.store("history_import"))
    try:
        schema.migrate(engine)
        first, again = timed(engine, path), timed(engine, path)
        kept = count(engine)
    finally:
        engine.dispose()
    whole = first["created"] == kept == ROWS and again["created"] == 0
    seconds = first["seconds"]
    detail = {"rows_per_second": round(ROWS / seconds), "first": first, "again": again}
    return Measured(seconds, whole and seconds < BAR, detail)


def write(path: Path, rows: int) -> None:
    """Orders of 50 000 clients in a year, as Russian programs save them."""
    mood = random.Random(1)  # noqa: S311
    with path.open("w", encoding="cp1251", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADER)
        for _row in range(rows):
            writer.writerow(order(mood, rows // 10))


def order(mood: random.Random, clients: int) -> tuple[Any, ...]:
    """One order, delivered the next day."""
    client, month, day = mood.randrange(clients), mood.randrange(1, 13), mood.randrange(1, 28)
    at = f"{day:02}.{month:02}.2025 {mood.randrange(8, 20):02}:{mood.randrange(60):02}"
    done = f"{day + 1:02}.{month:02}.2025 10:00"
    kind = "ФЛ" if client % 3 else "ЮЛ"
    amount = f"1 {mood.randrange(100, 999)},50"
    item, courier = f"Вода {client % 5}", f"Курьер {client % 20}"
    quantity = mood.randrange(1, 9)
    return f"Клиент {client}", kind, at, done, item, "вода", quantity, amount, courier, "выполнен"


def timed(engine: Engine, path: Path) -> dict[str, Any]:
    """An import with its time by the clock and of this process's processor."""
    clock, processor = time.perf_counter(), time.process_time()
    done = import_history(engine, kind_named("orders"), path, ZONE)
    return {
        **done.counts,
        "created": done.counts["created"],
        "seconds": round(time.perf_counter() - clock, 2),
        "processor": round(time.process_time() - processor, 2),
    }


def count(engine: Engine) -> int:
    """How many orders there are."""
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM crm.order_lines")).scalar_one())


benchmark = Benchmark("history_import", "s", f"< {BAR}", run)
