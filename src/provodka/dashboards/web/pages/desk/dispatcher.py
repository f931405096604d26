"""`/dispatcher`: who calls, what they order, who drives it: one window for whoever takes calls."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from provodka.connectors.crm_store import audit
from provodka.dashboards.insight.caller import caller_card
from provodka.dashboards.web.pages.answers import Answer, Sent, Shown
from provodka.dashboards.web.pages.asked import waited_for
from provodka.dashboards.web.pages.declaring import Page
from provodka.dashboards.web.pages.desk import taking
from provodka.dashboards.web.pages.desk.calling import (
    MOST,
    call_named,
    calls_now,
    digest_of,
    with_cards,
)
from provodka.dashboards.web.pages.desk.cards import card_of, cards_of
from provodka.dashboards.web.pages.desk.day import (
    board_of,
    couriers_of,
    refused_words,
    stop_of,
    waiting_order,
    waiting_orders,
)
from provodka.dashboards.web.pages.desk.fields import (
    date_of,
    key,
    moment,
    required_key,
    said,
    wrong,
)
from provodka.dashboards.web.pages.desk.goods import goods_for, today_of
from provodka.dashboards.web.pages.desk.seeking import Found, seek
from provodka.dashboards.web.pages.desk.words import MOVE_REASONS, WORDS
from provodka.dashboards.web.pages.visit import Visit
from provodka.dashboards.web.people.roles import Role
from provodka.foundation.i18n import _, marked

__all__ = ["pages"]

SAYS = {"told": WORDS, "fresh": uuid4}
"""What every template of the window may use: words for codes, a new key for each form."""
DESK = frozenset({Role.DISPATCHER, Role.HEAD})


def pages() -> tuple[Page, ...]:
    """The window, its parts, and what its forms ask for."""
    title = marked("Диспетчер")

    def part(path: str, name: str, **way: Any) -> Page:
        return Page(f"/dispatcher/{path}", f"dispatcher_{name}", title, DESK, **way)

    return (
        Page(
            "/dispatcher",
            "dispatcher",
            title,
            DESK,
            show,
            menu=title,
            section="work",
            icon="dispatcher",
            seen=audit.SAW,
        ),
        part("calls", "calls", show=show_calls),
        part("work", "work", show=show_work, seen=audit.SAW),
        part("day", "day", show=show_day),
        part("waiting", "waiting", show=show_waiting),
        part("find", "find", act=find),
        part("quote", "quote", act=taking.quoted),
        part("orders", "orders", act=taking.take_order),
        part("clients", "clients", act=taking.new_client),
        part("merge", "merge", act=taking.unite),
        part("orders/{document:uuid}", "order", show=show_order, act=taking.assign, seen=audit.SAW),
        part("orders/{document:uuid}/cancel", "cancel", act=taking.cancel),
        part("stops/{document:uuid}", "stop", show=show_stop, act=move_stop, seen=audit.SAW),
    )


def show(visit: Visit) -> Answer:
    """The whole window."""
    context = {"found": None, "asked": "", **_whole(visit)}
    return Shown("desk_dispatcher.html.jinja", context)


def show_calls(visit: Visit) -> Answer:
    """The calls of this moment; nothing if they are as the page has them already."""
    calls = calls_now(visit)
    if visit.query.get("seen") == digest_of(calls):
        return Sent(b"", "text/plain", status=204)
    return Shown("desk_calls.html.jinja", _calls(visit))


def show_work(visit: Visit) -> Answer:
    """The client and the order form."""
    return Shown("desk_work.html.jinja", _work(visit))


def show_day(visit: Visit) -> Answer:
    """The day's stops by courier."""
    return Shown("desk_day.html.jinja", _day(visit))


def show_waiting(visit: Visit) -> Answer:
    """Orders that wait for a courier, and what couriers said that could not be written."""
    return Shown("desk_waiting.html.jinja", _waiting(visit))


def find(visit: Visit) -> Answer:
    """Clients by what was typed; it is sent as a form, so that no address holds a telephone."""
    asked = said(visit.form, "asked", 100)
    found = seek(visit, asked) if asked else Found(vague=True)
    context = {"found": found, "asked": asked}
    if visit.part:
        return Shown("desk_found.html.jinja", context)
    return Shown("desk_dispatcher.html.jinja", {**_whole(visit), **context})


def show_order(visit: Visit) -> Answer:
    """An order that waits, and the forms to plan it or to note a refusal."""
    order = waiting_order(visit.connection, visit.path["document"])
    couriers = couriers_of(visit.connection, today_of(visit), visit.backdrop.zone)
    return Shown("desk_order.html.jinja", {"order": order, "couriers": couriers, **SAYS})


def show_stop(visit: Visit) -> Answer:
    """One stop, its history, and the form to move it."""
    found = stop_of(visit.connection, visit.path["document"])
    if found is None:
        return Shown("missing.html.jinja", status=404)
    stop, moves = found
    day = stop.planned_from.astimezone(visit.backdrop.zone).date() if stop.planned_from else None
    couriers = couriers_of(visit.connection, day or today_of(visit), visit.backdrop.zone)
    context = {"stop": stop, "moves": moves, "couriers": couriers, "reasons": MOVE_REASONS}
    return Shown("desk_stop.html.jinja", {**context, **SAYS})


def move_stop(visit: Visit) -> Answer:
    """Ask for a stop to be given another time or courier, with a reason."""
    reason = said(visit.form, "reason")
    if reason not in MOVE_REASONS:
        raise wrong(_("Почему"), reason[:40] or _("пусто"), _("причина из списка"))
    to = moment(said(visit.form, "at"), visit.backdrop.zone, _("На какое время"))
    courier = key(visit.form, "courier", _("Экспедитор"))
    seen = said(visit.form, "seen")
    parameters = {
        "stop": str(visit.path["document"]),
        "reason": reason,
        "seen": int(seen) if seen.isdecimal() else 0,
        "to": to.isoformat() if to else None,
        "courier": str(courier) if courier else None,
    }
    number = required_key(visit.form, "key", _("Ключ формы"))
    return waited_for(visit.wish("stop_reschedule", parameters, number))


def _whole(visit: Visit) -> dict[str, Any]:
    """The window; the day and the list of orders come after it, unless a day is asked for."""
    whole = {**_calls(visit), **_work(visit)}
    if not {"day", "courier"} & visit.query.keys():
        today = today_of(visit)
        couriers = couriers_of(visit.connection, today, visit.backdrop.zone)
        return {**whole, "board": None, "today": today, "couriers": couriers}
    day = _day(visit)
    board = day["board"]
    shown = {"today": board.day, "couriers": board.couriers}
    return {**whole, **day, **_waiting(visit), **shown}


def _calls(visit: Visit) -> dict[str, Any]:
    calls = calls_now(visit)
    shown = with_cards(visit, calls[:MOST])
    return {"calls": shown, "digest": digest_of(calls), "cut": len(calls) > MOST, **SAYS}


def _work(visit: Visit) -> dict[str, Any]:
    """Who is spoken with: a client by key, whoever has a call's number, or somebody new."""
    client = key(visit.query, "client", _("Клиент"))
    call = said(visit.query, "call", 200)
    context: dict[str, Any] = {"mode": "", "card": None, "number": "", "others": [], **SAYS}
    if client is not None:
        context |= {"card": card_of(visit, client), "mode": "client"}
    elif call:
        context |= _by_number(visit, call_named(visit.connection, call) or "")
    elif "new" in visit.query:
        context["mode"] = "new"
    if context["mode"] == "client" and context["card"] is None:
        context["mode"] = "gone"
    return context | (_form(visit, context["card"]) if context["mode"] in ("client", "new") else {})


def _by_number(visit: Visit, number: str) -> dict[str, Any]:
    card = caller_card(visit.connection, number) if number else None
    clients = cards_of(visit, card.clients) if card else []
    if not clients:
        return {"mode": "new", "number": number}
    return {"mode": "client", "card": clients[0], "others": clients[1:], "number": number}


def _form(visit: Visit, card: Any) -> dict[str, Any]:
    buyer: UUID | None = card.known.id if card else None
    goods, more = goods_for(visit, buyer)
    return {
        "goods": goods,
        "more_goods": more,
        "windows": taking.WINDOWS,
        "order_couriers": couriers_of(visit.connection, today_of(visit), visit.backdrop.zone),
    }


def _day(visit: Visit) -> dict[str, Any]:
    text = said(visit.query, "day")
    courier = key(visit.query, "courier", _("Экспедитор"))
    return {"board": board_of(visit, date_of(text, _("День")), courier), **SAYS}


def _waiting(visit: Visit) -> dict[str, Any]:
    orders, more = waiting_orders(visit.connection)
    return {
        "orders": orders,
        "more_orders": more,
        "refused": refused_words(visit),
        **SAYS,
    }
