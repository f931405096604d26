"""A mailing names the door, its reader clicks, and no further mailing goes there."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from tests.flow.inbox_desk import NOON, SECRETS, Desk, desk_at

from provodka.connectors.letter_tokens import message_of_token
from provodka.connectors.mail.messages import Mailbox, compose
from provodka.connectors.mail.template_files import Services
from provodka.flows.deliver.bad_addresses import check_address
from provodka.flows.deliver.letters import Enclosed, LetterStyle, LetterWriter
from provodka.flows.inbox.handling import handle_inbox
from provodka.foundation.errors import Refused

ANNA, OLGA = "anna@client.example", "Olga@client.example"
SECRET = b"a secret"
DOOR, PAGE, BOX = "https://hub.example/", "https://shop.example/stop", "mailto:stop@hub.example"


@pytest.fixture
def desk(store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for name in SECRETS:
        monkeypatch.setenv(name, SECRET.decode())
    return desk_at(store, tmp_path)


def mailing(desk: Desk, recipient: str = ANNA) -> UUID:
    return desk.insert("message", direction="outgoing", status="sent", recipient=recipient)


def refusing(desk: Desk, style: LetterStyle, *, services: Services) -> list[str]:
    """What a letter's `List-Unsubscribe` names, and its `-Post` after that."""
    enclosed = Enclosed(services=services)
    sender = Mailbox("hub@hub.example")
    writer = LetterWriter(
        desk.engine, sender, lambda _name: enclosed, lambda _hash: b"", lambda: NOON, style
    )
    with desk.engine.connect() as connection:
        query = text("SELECT * FROM crm.message WHERE id = :id")
        row = connection.execute(query, {"id": mailing(desk)}).one()
        letter = compose(
            writer.letter(connection, "k", row, enclosed), domain="hub.example", sent_at=NOON
        )
    named = [str(letter[name]) for name in ("List-Unsubscribe", "List-Unsubscribe-Post")]
    return named if letter["List-Unsubscribe"] else []


def test_a_mailing_is_refused_at_the_door_by_a_token_of_its_own(desk: Desk) -> None:
    style = LetterStyle(door=DOOR, secret=SECRET)
    address, post = refusing(desk, style, services=Services(mailing=True))
    assert post == "List-Unsubscribe=One-Click"
    assert address.startswith("<https://hub.example/u/")
    letter = message_of_token(address.removesuffix(">").rpartition("/")[2], SECRET)
    assert desk.rows("SELECT id FROM crm.message") == [(letter,)]


def test_the_door_comes_first_and_a_mailbox_after_it(desk: Desk) -> None:
    style = LetterStyle(unsubscribe=BOX, door=DOOR, secret=SECRET)
    address, _post = refusing(desk, style, services=Services(mailing=True))
    page, box = address.split(", ")
    assert page.startswith("<https://hub.example/u/")
    assert box.startswith(f"<{BOX}?subject=unsubscribe-")


def test_a_page_of_the_company_stands_alone(desk: Desk) -> None:
    style = LetterStyle(unsubscribe=PAGE, door=DOOR, secret=SECRET)
    address, _post = refusing(desk, style, services=Services(mailing=True))
    assert address.startswith(f"<{PAGE}/")
    assert "hub.example" not in address


@pytest.mark.parametrize(
    ("style", "services"),
    [
        (LetterStyle(door=DOOR, secret=SECRET), Services()),
        (LetterStyle(door=DOOR), Services(mailing=True)),
        (LetterStyle(secret=SECRET), Services(mailing=True)),
    ],
    ids=["no mailing", "no secret", "no door"],
)
def test_nothing_that_would_not_work_is_promised(
    desk: Desk, style: LetterStyle, services: Services
) -> None:
    assert refusing(desk, style, services=services) == []


def test_a_click_refuses_mailings_for_all_whom_the_letter_went_to(desk: Desk) -> None:
    letter = mailing(desk, f"Анна <{ANNA}>, {OLGA}")
    desk.arrive("unsubscribe", "mail", query={"message": str(letter)})
    assert handle_inbox(desk.hub) == {"handled": 1}
    found = desk.rows("SELECT address, unsubscribed_at, reason FROM crm.address_state ORDER BY 1")
    assert found == [(ANNA, NOON, "one_click"), (OLGA.lower(), NOON, "one_click")]
    with desk.engine.connect() as connection:
        check_address(connection, ANNA, mailing=False)
        with pytest.raises(Refused):
            check_address(connection, ANNA, mailing=True)


def test_a_click_on_a_letter_that_is_no_more_is_settled_without_effect(desk: Desk) -> None:
    desk.arrive("unsubscribe", "mail", query={"message": "0199a5f0-5f6c-7cc2-8a55-8f1d5f6f5a01"})
    assert handle_inbox(desk.hub) == {"handled": 1}
    assert desk.states() == ["done"]
    assert desk.rows("SELECT * FROM crm.address_state") == []
