"""Events that a change of a document amounts to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from provodka.connectors.crm_store.journal import Delta
from provodka.trigger_rules.changes import Change, net_changes, whole_transactions
from provodka.trigger_rules.events import EVENTS, events_of, settled

RANKS = {("s", "one"): 1, ("s", "two"): 2, ("s", "won"): 3}
AT = datetime(2026, 11, 20, tzinfo=UTC)
INVOICE = {
    "id": str(UUID(int=1)), "number": "СЧ-1", "amount": Decimal("100.00"), "posted": True,
    "paid_amount": 0, "shipped_amount": 0, "deleted_at": None, "accounting": "absent",
}  # fmt: skip
DEAL = {
    "id": str(UUID(int=1)), "scenario": "s", "stage": "one", "stage_entry": 1, "status": "open",
    "deleted_at": None,
}  # fmt: skip


def delta(kind: str, before: Any, after: Any, **changes: Any) -> Delta:
    op = "insert" if before is None else "delete" if after is None else "update"
    made = Delta(
        id=5, xid=7, at=AT, kind=kind, document=UUID(int=1), part="", op=op,
        before=before, after=after, origin="person:test", cause=None, depth=0,
    )  # fmt: skip
    return replace(made, **changes)


def names(*deltas: Delta) -> list[str]:
    return [
        event.name + (f": {event.of}" if event.of else "")
        for change in net_changes(deltas)
        for event in events_of(change, RANKS)
    ]


def invoice(before: Any, after: Any) -> list[str]:
    was = None if before is None else INVOICE | before
    now = None if after is None else INVOICE | after
    return [name for name in names(delta("invoice", was, now)) if not name.startswith("document")]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, {}, ["invoice_posted"]),
        (None, {"posted": False}, []),
        ({"posted": False}, {}, ["invoice_posted"]),
        ({}, {"posted": False}, ["invoice_unposted"]),
        ({}, {"deleted_at": "2026-11-20T00:00:00+00:00"}, ["invoice_unposted"]),
        ({}, None, ["invoice_unposted"]),
        ({}, {"amount": Decimal("90.00")}, ["invoice_changed"]),
        ({}, {"accounting": "entered"}, []),
        ({"posted": False}, {"posted": False, "amount": 5}, []),
    ],
)
def test_posting_unposting_and_changing_are_told_apart(
    before: Any, after: Any, expected: list[str]
) -> None:
    assert invoice(before, after) == expected


@pytest.mark.requirement("R28")
@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {"paid_amount": Decimal("99.99")}, ["invoice_partly_paid"]),
        ({}, {"paid_amount": 100}, ["invoice_paid"]),
        ({}, {"paid_amount": 101}, ["invoice_paid"]),
        ({"paid_amount": 100}, {"paid_amount": 101}, []),
        ({"paid_amount": 100}, {"paid_amount": 0}, ["invoice_payment_reversed"]),
        ({"paid_amount": 150}, {"paid_amount": 100}, ["invoice_payment_reversed"]),
        ({}, {"shipped_amount": 50}, ["invoice_partly_shipped"]),
        ({"shipped_amount": 50}, {"shipped_amount": 100}, ["invoice_shipped"]),
        ({"shipped_amount": 50}, {"shipped_amount": 0}, ["invoice_shipment_reversed"]),
        (
            {"paid_amount": 50},
            {"paid_amount": 50, "amount": Decimal("50.00")},
            ["invoice_changed", "invoice_paid"],
        ),
        ({"amount": 0}, {"amount": 0, "paid_amount": 0}, []),
    ],
)
def test_settlement_is_told_by_the_sums(before: Any, after: Any, expected: list[str]) -> None:
    assert invoice(before, after) == expected


def test_posting_again_unchanged_has_the_occurrence_of_the_first_time() -> None:
    def occurrence(**changes: Any) -> str:
        unposted = INVOICE | {"posted": False} | changes
        [change] = net_changes([delta("invoice", unposted, unposted | {"posted": True})])
        return next(e for e in events_of(change, RANKS) if e.name == "invoice_posted").occurrence

    assert occurrence() == occurrence(accounting="entered", paid_amount=5, amount=Decimal("100"))
    assert occurrence() != occurrence(amount=Decimal("100.01"))


def test_a_stage_entry_tells_what_was_left_entered_and_whether_it_was_back() -> None:
    forward = delta("deal", DEAL, DEAL | {"stage": "two", "stage_entry": 2})
    assert names(forward) == ["document_changed: deal", "stage_left: one", "stage_entered: two"]
    back = delta("deal", DEAL | {"stage": "two"}, DEAL | {"stage_entry": 2})
    assert names(back)[1:] == ["stage_left: two", "stage_entered: one", "deal_moved_back: one"]
    [change] = net_changes([back])
    assert [e.occurrence for e in events_of(change, RANKS)][1:3] == ["entry-1", "entry-2"]


def test_closing_and_reopening_are_events() -> None:
    won = DEAL | {"stage": "won", "stage_entry": 2, "status": "won"}
    assert "deal_closed: won" in names(delta("deal", DEAL, won))
    assert "deal_reopened" in names(delta("deal", won, DEAL | {"stage_entry": 3}))


def test_a_finished_task_is_an_event() -> None:
    task = {"status": "open", "deleted_at": None}
    assert names(delta("task", task, task | {"status": "done"})) == [
        "document_changed: task", "task_done",
    ]  # fmt: skip


def test_a_transaction_is_seen_as_a_whole() -> None:
    draft = delta("invoice", None, INVOICE | {"amount": 0})
    lines = delta("invoice", None, [{"line": 1}], part="lines", id=6)
    summed = delta("invoice", INVOICE | {"amount": 0}, INVOICE, id=7)
    assert names(draft, lines, summed) == ["document_created: invoice", "invoice_posted"]


def test_what_came_and_went_in_one_transaction_is_nothing() -> None:
    assert names(delta("invoice", None, INVOICE), delta("invoice", INVOICE, None, id=6)) == []


def test_changes_of_different_causes_stay_apart() -> None:
    first = delta("deal", DEAL, DEAL | {"stage": "two", "stage_entry": 2}, cause=1)
    second = delta("deal", first.after, first.after | {"stage": "won", "stage_entry": 3}, cause=2)
    assert len(net_changes([first, second])) == 2


def test_lines_alone_change_the_document() -> None:
    lines = delta("invoice", None, [{"line": 1}], part="lines")
    assert names(lines) == ["document_changed: invoice", "invoice_changed"]


def test_a_cut_transaction_waits_for_the_next_page() -> None:
    page = [delta("deal", DEAL, DEAL, xid=xid) for xid in (1, 1, 2)]
    assert [one.xid for one in whole_transactions(page, 3)] == [1, 1]
    assert len(whole_transactions(page, 4)) == 3
    assert len(whole_transactions(page[:2], 2)) == 2


def test_every_event_produced_is_declared() -> None:
    assert {"stage_entered", "invoice_paid", "task_done", "document_created"} <= EVENTS.keys()
    assert all(kind.title and kind.name == name for name, kind in EVENTS.items())


def test_nothing_to_pay_is_never_paid() -> None:
    assert not settled(0, 0)
    assert settled(Decimal("1.00"), 1)


def told(kind: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[str]:
    change = Change(9, kind, UUID(int=9), before, after, frozenset(), "telephony", 0)
    found = [event.name for event in events_of(change, {})]
    return [name for name in found if not name.startswith("document_")]


CALL = {"direction": "incoming", "outcome": "missed", "deleted_at": None}
LETTER = {"direction": "incoming", "read_at": None, "bounced_at": None, "deleted_at": None}
SENT = LETTER | {"direction": "outgoing"}
FORM = {"kind": "form", "form": "order", "deleted_at": None}
LATER = "2026-11-20T11:00:00+00:00"


@pytest.mark.requirement("R55")
@pytest.mark.parametrize(
    ("kind", "before", "after", "events"),
    [
        ("call", None, CALL, ["call_incoming", "call_missed"]),
        ("call", None, CALL | {"outcome": "answered"}, ["call_incoming", "call_finished"]),
        ("call", None, CALL | {"direction": "outgoing"}, []),
        ("call", CALL, CALL | {"outcome": "abandoned"}, []),
        ("call", CALL, CALL | {"outcome": "answered"}, ["call_finished"]),
        ("message", None, LETTER, ["mail_received"]),
        ("message", None, SENT, []),
        ("message", SENT, SENT | {"read_at": LATER}, ["mail_read"]),
        ("message", SENT | {"read_at": LATER}, SENT | {"read_at": LATER, "bounced_at": LATER},
         ["mail_bounced"]),
        ("visit", None, {"after_order": False}, ["site_visit"]),
        ("visit", None, {"after_order": True}, ["site_visit", "return_visit"]),
        ("form_entry", None, FORM, ["form_filled"]),
        ("form_entry", None, FORM | {"kind": "callback"}, ["callback_asked"]),
        ("task", {"status": "open"}, {"status": "done", "kind": "delivery"},
         ["task_done", "delivery_done"]),
        ("task", {"status": "open"}, {"status": "failed", "kind": "delivery"},
         ["task_failed", "delivery_failed"]),
        ("task", {"status": "open"}, {"status": "done", "kind": "call"}, ["task_done"]),
        ("deal", {"paused_at": None}, {"paused_at": LATER}, ["deal_paused"]),
        ("deal", {"paused_at": LATER}, {"paused_at": None}, ["deal_resumed"]),
    ],
)  # fmt: skip
def test_talk_visits_and_deliveries_are_events(
    kind: str, before: dict[str, Any] | None, after: dict[str, Any], events: list[str]
) -> None:
    assert told(kind, before, after) == events


def test_a_signal_is_the_event_it_names_of_the_document_it_is_about() -> None:
    row = {
        "name": "stage_stayed", "of": "a:1", "key": "k", "kind": "deal", "about": str(UUID(int=7)),
        "deleted_at": None,
    }  # fmt: skip
    change = Change(9, "signal", UUID(int=9), None, row, frozenset(), "clock", 0)
    [event] = [one for one in events_of(change, {}) if one.name == "stage_stayed"]
    assert (event.kind, event.document) == ("deal", UUID(int=7))
    assert (event.of, event.occurrence) == ("a:1", "k")
