"""Calls and the caller's card on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from provodka.dashboards.insight.caller import Card, CardClient
from provodka.flows.calls.live import GoingOn
from provodka.flows.cli.screen import Branch, Screen, moment
from provodka.foundation.i18n import _, marked

__all__ = ["show_card", "show_going_on"]

STATES = {
    "ringing": marked("звонит"),
    "answered": marked("говорят"),
}
WAYS = {
    "incoming": marked("входящий"),
    "outgoing": marked("исходящий"),
    "internal": marked("внутренний"),
}


def show_going_on(screen: Screen, calls: Sequence[GoingOn], zone: tzinfo | None) -> None:
    """A line for each call."""
    if not calls:
        screen.line(_("сейчас никто не говорит"), mark="·")
        return
    screen.table(
        (_("АТС"), _("Начало"), _("Звонок"), _("Состояние"), _("Номер"), _("Телефон")),
        (
            (
                one.source,
                moment(one.started_at, zone),
                _(WAYS[one.direction]),
                _(STATES[one.state]),
                one.client_number or "",
                one.extension or "",
            )
            for one in calls
        ),
    )


def show_card(screen: Screen, card: Card, zone: tzinfo | None) -> None:
    """Whoever may be calling, and under each what is open."""
    if card.hidden:
        screen.line(_("номер скрыт"), mark="·")
    elif card.employee:
        screen.line(_("сотрудник: {name}").format(name=card.employee), mark="✓")
    elif not card.clients:
        told = _("{number}: такого номера нет ни у кого").format(number=card.number)
        screen.line(told, mark="!")
    for one in card.clients:
        screen.tree(_client(one, zone))


def _client(one: CardClient, zone: tzinfo | None) -> Branch:
    root = Branch(one.name, "bold")
    if one.contact:
        root.add(", ".join(filter(None, (one.contact, one.position))))
    last = moment(one.last_contact, zone) if one.last_contact else _("не было")
    root.add(_("последний контакт: {at}").format(at=last))
    root.add(_("ответственный: {name}").format(name=one.responsible or "—"))
    for deal in one.deals:
        told = _("сделка {number}: {title}, {stage}, {amount} {currency}")
        root.add(
            told.format(
                number=deal.number,
                title=deal.title,
                stage=deal.stage or "—",
                amount=deal.amount,
                currency=deal.currency,
            )
        )
    for delivery in one.deliveries:
        due = moment(delivery.due_at, zone) if delivery.due_at else "—"
        told = _("доставка: {subject}, {due}, {courier}")
        root.add(told.format(subject=delivery.subject, due=due, courier=delivery.courier or "—"))
    for twin in one.twins:
        told = _("похож на «{name}»: {score} баллов из 100")
        root.add(told.format(name=twin.name, score=twin.score), "yellow")
    return root
