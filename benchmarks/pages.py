"""Pages read by twenty people at once over a company's years, while a sync goes on beside them.

The web process is the product's own. Each reader opens a page, looks at it for a second or so, and
opens the next: pages of the menu, those of documents, rules and days behind them, and the lists of
documents behind the numbers of every report. A writer changes deals all the while and brings the
reports up, as a sync would. The figure is the worst page's 95th percentile, from the request until
its last byte. `PROVODKA_BENCH_DEALS` makes the company as large as the bar speaks of.
"""

from __future__ import annotations

import gzip
import os
import random
import re
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import httpx
import psutil
from sqlalchemy import Engine, text

from benchmarks.lab import ROOT, Lab
from benchmarks.measure import Benchmark, Measured
from benchmarks.page_rows import behind_numbers, hub_of, rows_read
from benchmarks.report_journal import write_deals
from benchmarks.trade import ORDERS, write_trade
from provodka.connectors.crm_store import people, schema, sessions
from provodka.connectors.crm_store.engine import open_engine
from provodka.dashboards.reports.keeping import refresh_all
from provodka.dashboards.web.pages.catalog import all_pages
from provodka.dashboards.web.pages.reports.shelf import SHELF
from provodka.dashboards.web.people import cookies
from provodka.dashboards.web.people.roles import Role
from provodka.flows.hub import Hub
from provodka.flows.reports import gather_lists, renew_answers

BAR_MS = 150
DEALS = int(os.environ.get("PROVODKA_BENCH_DEALS", "100000"))
"""A tenth of what the bar speaks of; ten orders to each."""
READERS = 20
SECONDS = 60
LOOK_SECONDS = 1.0
COMPANY = "company: {name: ООО «Ромашка», inn: '7707083893'}\n"
CHANGE = """
UPDATE crm.deal SET amount = amount + 1 WHERE id IN (
  SELECT id FROM crm.deal TABLESAMPLE SYSTEM (0.1) LIMIT 50)
"""
TIMEOUT = 600
ROUNDS = 5
"""So often are answers made before anybody reads: one round takes no longer than a minute."""
MOST_ROWS = 30_000
"""A page that reads more rows grows with the company."""
KEY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|%[0-9A-F%]+-\d+")
DOCUMENTS = ("deal", "invoice", "order", "client", "delivery")
SIDES = ("life", "now", "history", "talk", "life")
SOME = "SELECT id FROM crm.{kind} TABLESAMPLE SYSTEM (1) LIMIT 3"
INNER = (
    "/invoices?state=refused",
    "/invoices?state=overdue",
    "/invoices?differing=1",
    "/attention?section=conflicts",
    "/attention?section=refused",
    "/attention?section=letters",
    "/audit?what=saw",
    "/dispatcher/day",
    "/dispatcher/waiting",
    "/reports/wins",
    "/reports/invoices",
    "/reports/orders_handled",
    "/reports/client_base",
    "/reports/abc_xyz",
)
"""What people open from the pages of the menu."""
OF_DEALS = "?from=2025-03-01&to=2025-03-31"
"""A month in which deals of the company were made."""
SOLD = ("funnel", "wins", "stage_time", "leads", "plan")
NUMBERS = 4
"""So many numbers of each report are followed to the documents behind them."""
LISTS = re.compile(r"(?<=/documents)\?.*\btable=.*")


def run(lab: Lab) -> Measured:
    """The slowest page's p95 in milliseconds."""
    url = lab.store("pages")
    engine = open_engine(url)
    try:
        schema.migrate(engine)
        write_deals(engine, DEALS)
        write_trade(engine, DEALS)
        hub, everything = hub_of(engine, told(lab.folder)), addresses(engine)
        cookie = signed_in(engine)
        follow(hub)
        for _round in range(ROUNDS):
            renew_answers(hub)
        everything += lists(hub, cookie)
        read_of = rows_read(hub, cookie, everything)
        with served(lab.folder, url) as (address, process), writing(hub):
            spans = read(cookie, address, list(read_of))
            memory = psutil.Process(process.pid).memory_info().rss / 1e6
            transfer = courier_transfer(engine, address)
    finally:
        engine.dispose()
    typical = {name: percentile(times, 0.95) for name, times in spans.items()}
    worst = max(typical, key=lambda name: typical[name])
    greedy = max(read_of, key=lambda path: read_of[path])
    detail = {
        "deals": DEALS,
        "orders": DEALS * ORDERS,
        "page": worst,
        "p95_ms": {name: round(one) for name, one in sorted(typical.items())},
        "read": sum(map(len, spans.values())),
        "web_process_mb": round(memory),
        "put_off": sorted({named(one) for one in everything if one not in read_of}),
        "most_rows": {named(greedy): read_of[greedy]},
        "courier_first_paint_kb": round(transfer / 1024, 1),
    }
    ok = typical[worst] < BAR_MS and memory < 300 and transfer < 50 * 1024
    ok = ok and read_of[greedy] < MOST_ROWS and not detail["put_off"]
    return Measured(typical[worst], ok, detail)


def told(folder: Path) -> Path:
    """The settings of the company."""
    config = folder / "pages.yaml"
    config.write_text(COMPANY, encoding="utf-8")
    return config


@contextmanager
def served(folder: Path, url: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The web process of a company whose store is at `url`; its address."""
    log = folder / "pages.log"
    given = {
        "PROVODKA_CONFIG": str(told(folder)),
        "PROVODKA_HOME": str(folder),
        "PROVODKA_DATABASE_URL": url,
    }
    command = [sys.executable, "-m", "provodka.flows.web_process"]
    with log.open("wb") as said:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **given}, stdout=said, stderr=said
        )
    try:
        yield f"http://127.0.0.1:{_port(log)}", process
    finally:
        process.terminate()
        process.wait(20)


def _port(log: Path) -> str:
    ends = time.monotonic() + TIMEOUT
    while time.monotonic() < ends:
        found = re.search(r'"port": (\d+)', log.read_text(encoding="utf-8"))
        if found:
            return found[1]
        time.sleep(0.1)
    raise RuntimeError(log.read_text(encoding="utf-8")[-500:])


@contextmanager
def writing(hub: Hub) -> Iterator[None]:
    """Deals change and report tables follow, as while a sync runs."""
    stopping = threading.Event()

    def write() -> None:
        while not stopping.wait(0.2):
            with hub.engine.begin() as connection:
                connection.execute(text(CHANGE))
            if random.random() < 0.02:  # noqa: S311
                follow(hub)
                renew_answers(hub)
                gather_lists(hub)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    yield
    stopping.set()
    thread.join(TIMEOUT)


def follow(hub: Hub) -> None:
    """The report tables, brought up to the journal."""
    with hub.engine.begin() as connection:
        refresh_all(connection)


def addresses(engine: Engine) -> list[str]:
    """What people open: the pages of the menu, and those behind them."""
    menu = [page.path for page in all_pages() if page.menu and page.path != "/courier"]
    return [*menu, *inner(engine)]


def lists(hub: Hub, cookie: dict[str, str]) -> list[str]:
    """Lists of documents behind numbers of every report, gathered as a refresh gathers them."""
    reports = [one.path + (OF_DEALS if one.name in SOLD else "") for one in SHELF]
    behind_numbers(hub, cookie, reports, NUMBERS)
    for _round in range(ROUNDS):
        renew_answers(hub)
        gather_lists(hub)
    return behind_numbers(hub, cookie, reports, NUMBERS)


def named(path: str) -> str:
    """An address without keys; the lists of one report are one page."""
    return KEY.sub("…", LISTS.sub("", path))


def read(cookie: dict[str, str], address: str, wanted: Sequence[str]) -> dict[str, list[float]]:
    """Milliseconds of every page that was opened, by its address."""
    with httpx.Client(base_url=address, cookies=cookie, timeout=TIMEOUT) as client:
        for path in wanted:
            client.get(path).raise_for_status()
    spans: dict[str, list[float]] = defaultdict(list)
    readers = [
        threading.Thread(target=_look, args=(address, cookie, wanted, number, spans))
        for number in range(READERS)
    ]
    for one in readers:
        one.start()
    for one in readers:
        one.join()
    return spans


def inner(engine: Engine) -> list[str]:
    """Addresses that are not in the menu: of documents, filters, rules, days; a few of each."""
    with engine.connect() as connection:
        keys = {kind: list(connection.scalars(text(SOME.format(kind=kind)))) for kind in DOCUMENTS}
        numbers = list(connection.scalars(text("SELECT number FROM crm.deal LIMIT 2")))
    documents = [
        f"/documents/{kind}/{key}?show={side}"
        for kind, side in zip(DOCUMENTS, SIDES, strict=True)
        for key in keys[kind]
    ]
    return [*documents, *INNER, *(f"/rules/why?what={quote(one)}" for one in numbers)]


def _look(
    address: str,
    cookie: dict[str, str],
    pages: Sequence[str],
    number: int,
    spans: dict[str, list[float]],
) -> None:
    choose = random.Random(number)  # noqa: S311
    ends = time.monotonic() + SECONDS
    with httpx.Client(base_url=address, cookies=cookie, timeout=TIMEOUT) as client:
        time.sleep(choose.random() * LOOK_SECONDS)
        while time.monotonic() < ends:
            path = choose.choice(pages)
            begun = time.perf_counter()
            client.get(path).raise_for_status()
            spans[named(path)].append((time.perf_counter() - begun) * 1000)
            time.sleep(LOOK_SECONDS * (0.5 + choose.random()))


def signed_in(engine: Engine, *roles: Role) -> dict[str, str]:
    """The cookie of somebody with these roles, or all of them."""
    now = datetime.now(UTC)
    with engine.begin() as connection:
        names = [role.value for role in roles or Role]
        who = people.add(connection, f"reader-{uuid4()}", "Читатель", roles=names)
        until = now + timedelta(hours=8)
        token = sessions.open_session(connection, who.id, "link", now=now, until=until)
    return {cookies.SESSION: token}


def courier_transfer(engine: Engine, address: str) -> int:
    """Bytes that a courier's first page takes with all that it is made of, as they travel."""
    headers = {"Accept-Encoding": "gzip"}
    cookie = signed_in(engine, Role.COURIER)
    with httpx.Client(base_url=address, cookies=cookie, timeout=TIMEOUT) as client:
        page = client.get("/courier", headers=headers)
        page.raise_for_status()
        packed = page.headers.get("content-encoding") == "gzip"
        total = len(gzip.compress(page.content)) if packed else len(page.content)
        for path in sorted(set(re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.text))):
            with client.stream("GET", path, headers=headers) as asset:
                total += sum(map(len, asset.iter_raw()))
    return total


def percentile(times: Sequence[float], share: float) -> float:
    """The value that such a share of the times does not exceed."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


benchmark = Benchmark("pages", "ms", f"< {BAR_MS}", run)
