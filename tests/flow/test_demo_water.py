"""The second demonstration: a day of the company that delivers water, told whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import text

from provodka.flows.demo.stage import WATER
from provodka.flows.demo.teller import Teller
from provodka.flows.demo.water_story import WaterStory
from provodka.flows.hub import Hub, open_hub
from provodka.flows.sandbox_process import running_sandbox
from provodka.flows.settings import Environment
from provodka.flows.triggers.scenarios import sync_scenarios


@dataclass(frozen=True)
class Told:
    """What was heard of the story, and the company as it has left it."""

    hub: Hub
    said: str

    def rows(self, query: str) -> list[Any]:
        """What a query of the store finds."""
        with self.hub.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]


@pytest.fixture
def told(store_url: str, tmp_path: Path) -> Iterator[Told]:
    """The story from its beginning to its end, in the sandbox, all of it at one moment."""
    now = datetime.now(UTC)
    with running_sandbox(tmp_path / "sandbox") as sandbox:
        config = WATER.settings(tmp_path, sandbox)
        environment = Environment(config=config, home=tmp_path, database_url=store_url)
        with open_hub(environment, clock=lambda: now) as hub:
            with hub.engine.begin() as connection:
                sync_scenarios(connection, hub.book)
            heard = StringIO()
            story = WaterStory(hub, Teller(Console(file=heard, width=160)))
            story.tell()
            said = "\n".join([heard.getvalue(), *story.summary()])
            yield Told(hub, said.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\xa0", " "))


@pytest.mark.requirement("R85", "R89", "R92", "R94", "R99", "R101")
def test_the_day_of_the_water_company_leaves_its_books_in_order(told: Told) -> None:
    people = "SELECT count(*), sum(cash_taken) FROM crm.delivery WHERE status = 'done'"
    assert told.rows(people) == [(9, Decimal("4920.00"))]
    tare = "SELECT DISTINCT sum(quantity), sum(amount) FROM crm.returnable GROUP BY client_id"
    assert told.rows(tare) == [(Decimal(1), Decimal("300.00"))]
    bills = told.rows("SELECT accounting, amount FROM crm.invoice ORDER BY amount")
    assert bills == [("entered", Decimal(one)) for one in ("2214.00", "3321.00", "4428.00")]
    moves = told.rows("SELECT who, conflict FROM crm.delivery_moves ORDER BY line")
    assert [conflict for _who, conflict in moves] == [False, True]
    assert told.rows("SELECT name FROM report.catalog WHERE NOT trusted") == []
    left = "SELECT stream, code FROM hub.quarantine WHERE stream <> 'import:orders'"
    assert told.rows(left) == []
    failed = "SELECT found FROM hub.quarantine WHERE stream = 'import:orders'"
    assert told.rows(failed) == [("«позавчера»",)]
    for line in (
        "Счетов 3 на 9 963,00 ₽, в 1С записано 3.",
        "Доставлено 9, денег у экспедиторов 4 920,00 ₽.",
        "Бутылей у клиентов 6, залогов за них 1 800,00 ₽.",
        "Денег получено столько, сколько ожидалось: сходится",
    ):
        assert line in told.said
    assert "✗" not in told.said
