"""How many rows of the store each page reads: a page that grows with the company is found here.

Every statement of a page is explained once more with what it was given. A scan of a large table
stands out by its rows, on a busy machine as on an idle one.
"""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import Connection, Engine, event
from starlette.testclient import TestClient

from provodka.dashboards.web.app import create_app
from provodka.dashboards.web.door import Door, Inbox
from provodka.flows.hub import Hub
from provodka.flows.pages.composing import house_of
from provodka.flows.settings import load_settings

__all__ = ["behind_numbers", "hub_of", "rows_read"]

PUT_OFF = 422
READING = re.compile(r"(?:\s|--[^\n]*\n)*(?:SELECT|WITH)\b")
"""A statement that reads, what is said above it too."""
LINK = re.compile(r'href="(/reports/[^"]*/documents\?[^"]*)"')
EXPLAIN = "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) "
PASSED_OVER = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
Statement = tuple[str, Any]


def hub_of(engine: Engine, config: Path) -> Hub:
    """The hub of a company, without its systems."""
    settings, source = load_settings(config)
    return Hub(settings, source, config.parent, engine, None, None, None)


def rows_read(hub: Hub, cookies: Mapping[str, str], paths: Sequence[str]) -> dict[str, int]:
    """Rows that each page reads when it is opened a second time; a page that is put off has none.

    Raises for any other answer than the page itself.
    """
    app = create_app(Door(), _nobody_knocks, house_of(hub))
    found = {}
    with TestClient(app, cookies=dict(cookies)) as reader:
        for path in paths:
            if reader.get(path).status_code == PUT_OFF:
                continue
            with _heard(hub.engine) as statements:
                reader.get(path).raise_for_status()
            with hub.engine.connect() as connection:
                found[path] = sum(_rows(connection, one) for one in statements)
    return found


def behind_numbers(
    hub: Hub, cookies: Mapping[str, str], reports: Sequence[str], most: int
) -> list[str]:
    """Where the numbers of reports lead: some links of each, of different tables or columns."""
    app = create_app(Door(), _nobody_knocks, house_of(hub))
    found: list[str] = []
    with TestClient(app, cookies=dict(cookies)) as reader:
        for report in reports:
            links = [html.unescape(one) for one in LINK.findall(reader.get(report).text)]
            places = {_place(link): link for link in reversed(links)}
            found += [places[one] for one in sorted(places)][:most]
    return found


def _place(link: str) -> tuple[str, str]:
    words = parse_qs(urlsplit(link).query)
    return words["column"][0], words["table"][0]


@asynccontextmanager
async def _nobody_knocks() -> AsyncIterator[Inbox]:
    yield None  # type: ignore[misc]


@contextmanager
def _heard(engine: Engine) -> Iterator[list[Statement]]:
    """What is read through the engine in the block, each statement with its parameters."""
    told: list[Statement] = []

    def hear(_c: Any, _cursor: Any, statement: str, given: Any, _x: Any, _many: bool) -> None:
        if READING.match(statement):
            told.append((statement, given))

    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield told
    finally:
        event.remove(engine, "before_cursor_execute", hear)


def _rows(connection: Connection, statement: Statement) -> int:
    words, given = statement
    plan = connection.exec_driver_sql(EXPLAIN + words, given).scalar_one()
    connection.rollback()
    return round(_of_node(plan[0]["Plan"]))


def _of_node(node: Mapping[str, Any]) -> Decimal:
    """Rows that a node takes out of its table, and those below it."""
    own = Decimal(0)
    if "Relation Name" in node:
        passed = sum(node.get(name, 0) for name in PASSED_OVER)
        own = (node["Actual Rows"] + passed) * node["Actual Loops"]
    return own + sum((_of_node(one) for one in node.get("Plans", ())), Decimal(0))
