"""Pages become visits, visitors become known, letters become read."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine
from tests.flow.inbox_desk import NOON, SECRETS, Desk, desk_at

from provodka.connectors.letter_tokens import pixel_token
from provodka.flows.inbox.handling import handle_inbox
from provodka.flows.inbox.visits import came_from, page_of
from provodka.foundation.identifiers import uuid7

VISITS = "SELECT * FROM crm.visit ORDER BY at, id"
PHONE = "+79991234567"


@pytest.fixture
def desk(store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for name in SECRETS:
        monkeypatch.setenv(name, "a secret")
    return desk_at(store, tmp_path)


def letter(desk: Desk, **values: object) -> UUID:
    """A letter that went out to a client."""
    return desk.insert("message", direction="outgoing", status="sent", **values)


@pytest.mark.requirement("R55", "S-15")
def test_pages_without_a_long_pause_are_one_visit(desk: Desk) -> None:
    for minutes, page in ((0, "/"), (10, "/water"), (25, "/price"), (40, "/")):
        desk.later(minutes=minutes)
        desk.visit(page=page, referrer="https://yandex.example/search?q=1")
    handle_inbox(desk.hub)
    assert [(row.site, row.page, row.source) for row in desk.rows(VISITS)] == [
        ("shop.example", "/", "yandex.example"),
        ("shop.example", "/", "yandex.example"),
    ]


def test_two_visitors_are_two_visits(desk: Desk) -> None:
    desk.visit("visitor-0001")
    desk.visit("visitor-0002")
    handle_inbox(desk.hub)
    assert len(desk.rows(VISITS)) == 2


def test_pages_that_come_out_of_order_are_one_visit(desk: Desk) -> None:
    desk.later(minutes=5)
    desk.visit(page="/second")
    desk.now = NOON
    desk.visit(page="/first")
    handle_inbox(desk.hub)
    assert len(desk.rows(VISITS)) == 1


def test_whoever_fills_in_a_form_is_known_and_so_are_the_visits_before(desk: Desk) -> None:
    client = desk.insert("client", name="Ландыш", phone=PHONE)
    desk.visit()
    desk.later(minutes=5)
    desk.form(tel=PHONE, visitor="visitor-0001")
    desk.later(hours=2)
    desk.visit()
    desk.visit("visitor-0002")
    handle_inbox(desk.hub)
    assert [row.client_id for row in desk.rows(VISITS)] == [client, client, None]


def test_whoever_comes_by_a_link_in_a_letter_is_known(desk: Desk) -> None:
    client = desk.insert("client", name="Ландыш")
    sent = letter(desk, client_id=client)
    desk.visit(token=pixel_token(sent, b"a secret"))
    desk.visit("visitor-0002", token=pixel_token(sent, b"guessed"))
    desk.visit("visitor-0003", token="nonsense")
    handle_inbox(desk.hub)
    assert [row.client_id for row in desk.rows(VISITS)] == [client, None, None]


def test_a_shared_computer_is_nobody(desk: Desk) -> None:
    desk.insert("client", name="Ландыш", phone=PHONE)
    desk.insert("client", name="Василек", phone="+79990001122")
    for phone in (PHONE, "+79990001122", PHONE):
        desk.form("callback", phone=phone, visitor="visitor-0001")
    desk.visit()
    handle_inbox(desk.hub)
    assert desk.one(VISITS).client_id is None
    assert desk.one("SELECT ambiguous FROM hub.visitor").ambiguous


def test_a_visitor_whose_client_was_merged_is_the_one_who_was_kept(desk: Desk) -> None:
    gone, kept = (desk.insert("client", name=name) for name in ("Ландыш-2", "Ландыш"))
    sent = letter(desk, client_id=gone)
    desk.visit(token=pixel_token(sent, b"a secret"))
    handle_inbox(desk.hub)
    desk.execute(
        "UPDATE crm.client SET merged_into_id = :kept, deleted_at = now() WHERE id = :gone",
        kept=kept,
        gone=gone,
    )
    desk.later(days=1)
    desk.visit()
    handle_inbox(desk.hub)
    assert [row.client_id for row in desk.rows(VISITS)] == [gone, kept]


BOUGHT: list[tuple[str, dict[str, str], bool]] = [
    ("invoice", {"date": "2026-11-01"}, True),
    ("invoice", {"date": "2026-11-25"}, False),
    ("invoice", {"date": "2026-11-01", "deleted_at": "2026-11-02"}, False),
    ('"order"', {"ordered_at": "2026-11-01"}, True),
    ('"order"', {"ordered_at": "2026-11-25"}, False),
    ('"order"', {"ordered_at": "2026-11-01", "status": "cancelled"}, False),
]


def test_a_visit_is_after_an_order_that_was_there_before_it_however_late_the_visitor_is_known(
    desk: Desk,
) -> None:
    for number, (paper, bought, _after) in enumerate(BOUGHT):
        phone = f"+7999123450{number}"
        client = desk.insert("client", name=f"Ландыш {number}", phone=phone)
        desk.insert(paper, client_id=client, amount=100, **bought)
        by_letter, by_form = f"letter-{number:04}", f"person-{number:04}"
        desk.visit(by_letter, token=pixel_token(letter(desk, client_id=client), b"a secret"))
        desk.visit(by_form)
        desk.form("callback", phone=phone, visitor=by_form)
    handle_inbox(desk.hub)
    query = "SELECT after_order FROM crm.visit WHERE visitor LIKE :who ORDER BY visitor"
    for who in ("letter-%", "person-%"):
        assert [row.after_order for row in desk.rows(query, who=who)] == [
            after for _paper, _bought, after in BOUGHT
        ]


def test_a_letter_is_read_when_it_was_first_opened(desk: Desk) -> None:
    sent = letter(desk)
    for minutes in (0, 5):
        desk.later(minutes=minutes)
        desk.arrive("open", "mail", query={"message": str(sent)})
    handle_inbox(desk.hub)
    assert desk.one("SELECT read_at FROM crm.message").read_at == NOON
    marked = "SELECT count(*) FROM hub.delta WHERE kind = 'message' AND op = 'update'"
    assert desk.one(marked) == (1,)


def test_a_letter_that_is_gone_or_came_in_is_left_alone(desk: Desk) -> None:
    came = desk.insert("message", direction="incoming", status="received")
    for key in (came, uuid7()):
        desk.arrive("open", "mail", query={"message": str(key)})
    handle_inbox(desk.hub)
    assert desk.one("SELECT read_at FROM crm.message").read_at is None
    assert desk.states() == ["done", "done"]


@pytest.mark.parametrize(
    ("told", "source"),
    [
        ({"utm_source": "yandex", "utm_campaign": "autumn"}, "yandex / autumn"),
        ({"source": "flyer"}, "flyer"),
        ({"referrer": "https://www.yandex.example/x"}, "www.yandex.example"),
        ({"referrer": "https://shop.example/other"}, None),
        ({"referrer": "http://[broken"}, None),
        ({}, None),
    ],
)
def test_where_a_visitor_came_from(told: dict[str, str], source: str | None) -> None:
    assert came_from(told, "shop.example") == source


def test_a_page_is_kept_without_its_parameters() -> None:
    assert page_of("https://shop.example/water?phone=79991234567#x") == "/water"
    assert page_of("http://[broken") is None
