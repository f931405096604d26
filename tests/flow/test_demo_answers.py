"""The demonstration's clients answer letters, and the hub finds whose each answer is."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import text
from tests.flow.cli_program import add_deal

from provodka.flows.demo.story import Story
from provodka.flows.demo.teller import Teller
from provodka.flows.hub import Hub, open_hub
from provodka.flows.sandbox_process import running_sandbox, write_settings
from provodka.flows.settings import Environment

SENT = text("""
    INSERT INTO crm.message
        (client_id, deal_id, direction, status, recipient, subject, message_id)
    SELECT client_id, id, 'outgoing', 'sent', 'tikhaya@client.example', 'Вода в офис',
           '<first@romashka.example>'
    FROM crm.deal
""")
ANSWERS = text("""
    SELECT m.subject, m.linked_by, m.client_id = d.client_id, m.deal_id = d.id
    FROM crm.message m CROSS JOIN crm.deal d WHERE m.direction = 'incoming'
""")


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[dict[str, Any]]:
    with running_sandbox(tmp_path / "sandbox") as about:
        yield about


@pytest.fixture
def hub(sandbox: dict[str, Any], store_url: str, tmp_path: Path) -> Iterator[Hub]:
    config = write_settings(tmp_path, sandbox, reads_mail=True)
    with open_hub(Environment(config=config, home=tmp_path, database_url=store_url)) as opened:
        yield opened


def test_an_answer_is_read_from_the_mailbox_and_lands_on_its_client_and_deal(
    hub: Hub, sandbox: dict[str, Any]
) -> None:
    with hub.engine.begin() as connection:
        add_deal(connection)
        connection.execute(SENT)
    told = StringIO()
    Story(hub, sandbox, Teller(Console(file=told, width=120)), seed=0).answers()
    with hub.engine.connect() as connection:
        found = connection.execute(ANSWERS).all()
    assert found == [("Re: Вода в офис", "thread", True, True)]
    assert "Тихая Гавань" in told.getvalue()
