"""How much longer reading a set through the client takes than a bare loop that only parses JSON.

Both read the same pages of the same server in turn, in the same process, and what is compared is
the seconds of this process alone. The bare loop is httpx and its own `json()`; the detail has the
same with the fastest parser there is. Ours adds what reading 1C needs: exact decimals, refusal of
damaged answers, stable paging, typed errors. The client's rests are switched off: they are manners,
not overhead.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import httpx
import msgspec

from benchmarks.lab import Lab
from benchmarks.measure import Benchmark, Measured
from provodka.connectors.onec.odata.client import ODataBase
from provodka.connectors.onec.odata.guest import Manners
from provodka.connectors.onec.odata.query import JSON, Query
from provodka.connectors.onec.odata.settings import OneCSettings
from provodka.foundation.logs import configure_logs

BAR = 1.5
ROUNDS = 5
DOCUMENTS = 20_000
INVOICES = "Document_СчетНаОплатуПокупателю"
SELECT = ("Ref_Key", "DataVersion", "Date", "Number", "Товары")

Window = tuple[int, int]
Parse = Callable[[bytes], Any]


def ours(service: str) -> tuple[float, list[Window]]:
    """Seconds of reading the first documents through the client, and the pages it made of them."""
    settings = OneCSettings(service, "bench", "bench", manners=Manners(share=100))
    with ODataBase(settings) as base:
        started = time.process_time()
        query = Query(select=SELECT, top=DOCUMENTS)
        pages = [(page.skip, len(page.rows)) for page in base.read_pages(INVOICES, query)]
        return time.process_time() - started, pages


def bare(service: str, windows: list[Window], parse: Parse) -> float:
    """Seconds of fetching the same pages and parsing them."""
    with httpx.Client(trust_env=False) as client:
        started = time.process_time()
        for skip, top in windows:
            options = f"{JSON}&$select={','.join(SELECT)}&$orderby=Date,Number"
            url = f"{service.rstrip('/')}/{INVOICES}?{options}&$top={top}&$skip={skip}"
            assert len(parse(client.get(url).content)["value"]) == top
        return time.process_time() - started


def run(lab: Lab) -> Measured:
    """The median of the rounds' ratios."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    configure_logs(human=True)
    _seconds, windows = ours(lab.service)
    rounds = [
        (
            ours(lab.service)[0],
            bare(lab.service, windows, json.loads),
            bare(lab.service, windows, msgspec.json.decode),
        )
        for _round in range(ROUNDS)
    ]
    mine, plain, fast = (median(figures) for figures in zip(*rounds, strict=True))
    detail = {
        "documents": sum(top for _skip, top in windows),
        "pages": len(windows),
        "ours_seconds": round(mine, 3),
        "bare_seconds": round(plain, 3),
        "bare_fastest_parser_seconds": round(fast, 3),
        "ratio_to_fastest_parser": round(mine / fast, 2),
    }
    ratio = median(mine / plain for mine, plain, _fast in rounds)
    return Measured(ratio, ratio <= BAR, detail)


benchmark = Benchmark("odata_overhead", "× a bare loop", f"≤ {BAR}", run)
