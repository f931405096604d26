"""An order from the dispatcher's one window: read from its form, asked of the hub once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from provodka.connectors.crm_store.requests import Asked
from provodka.connectors.telephony.numbers import e164
from provodka.dashboards.web.pages.answers import Answer, Shown
from provodka.dashboards.web.pages.asked import waited_for
from provodka.dashboards.web.pages.desk.fields import (
    key,
    moment,
    required,
    required_key,
    said,
    wrong,
)
from provodka.dashboards.web.pages.desk.goods import chosen, cost_of
from provodka.dashboards.web.pages.visit import Visit
from provodka.foundation.i18n import _

__all__ = ["WINDOWS", "assign", "cancel", "new_client", "quoted", "take_order", "unite"]

WINDOWS = (60, 120, 180, 240)
"""How many minutes a client may be asked to wait."""
NEW = "new"
"""The delivery point that is an address written beside it."""


def quoted(visit: Visit) -> Answer:
    """The sum of what the form holds, at the prices of its client."""
    cost, error = cost_of(visit, key(visit.form, "client", _("Клиент")))
    return Shown("desk_quote.html.jinja", {"cost": cost, "error": error})


def take_order(visit: Visit) -> Answer:
    """Ask for the order that the form holds; its key makes it one however often it is sent."""
    items = chosen(visit)
    if not items:
        raise wrong(_("Товар"), _("ничего не выбрано"), _("количество хотя бы одного товара"))
    client = key(visit.form, "client", _("Клиент"))
    at = moment(said(visit.form, "at"), visit.backdrop.zone, _("Когда привезти"))
    if at is not None and at <= visit.now - timedelta(minutes=1):
        raise wrong(_("Когда привезти"), _("время уже прошло"), _("время впереди"))
    courier = key(visit.form, "courier", _("Экспедитор"))
    parameters = {
        "items": [{"product": str(one), "quantity": str(much)} for one, much in items.items()],
        "courier": str(courier) if courier else None,
        "at": at.isoformat() if at else None,
        "window": _window(visit),
        "comment": said(visit.form, "comment") or None,
        **(_known(visit, client) if client else {"stranger": _stranger(visit)}),
    }
    return waited_for(_wish(visit, "order_take", parameters))


def new_client(visit: Visit) -> Answer:
    """Ask for a client to be registered without an order."""
    return waited_for(_wish(visit, "client_new", _stranger(visit)))


def unite(visit: Visit) -> Answer:
    """Ask for two clients to become one."""
    pair = {name: str(required_key(visit.form, name, _("Клиент"))) for name in ("kept", "dropped")}
    return waited_for(_wish(visit, "clients_merge", pair))


def assign(visit: Visit) -> Answer:
    """Ask for a courier and a time for an order that waits."""
    at = moment(said(visit.form, "at"), visit.backdrop.zone, _("Когда привезти"))
    if at is None:
        raise wrong(_("Когда привезти"), _("пусто"), _("дата и время"))
    courier = required_key(visit.form, "courier", _("Экспедитор"))
    parameters = {"courier": str(courier), "at": at.isoformat()}
    return waited_for(_wish(visit, "order_assign", {**parameters, "order": _document(visit)}))


def cancel(visit: Visit) -> Answer:
    """Ask for an order to be cancelled, with the client's reason."""
    reason = required(visit.form, "reason", _("Почему отказался"))
    return waited_for(_wish(visit, "order_cancel", {"order": _document(visit), "reason": reason}))


def _known(visit: Visit, client: UUID) -> dict[str, Any]:
    """Where to, for a client that is known: one of their points, or a new address."""
    if said(visit.form, "point") == NEW:
        address = required(visit.form, "address", _("Новый адрес"))
        return {"client": str(client), "address": address}
    point = key(visit.form, "point", _("Точка доставки"))
    return {"client": str(client), "point": str(point) if point else None}


def _stranger(visit: Visit) -> dict[str, Any]:
    kind = said(visit.form, "kind") or "individual"
    if kind not in ("individual", "legal_entity"):
        raise wrong(_("Кто это"), kind[:40], _("физическое или юридическое лицо"))
    phone = required(visit.form, "phone", _("Телефон"))
    if e164(phone) is None:
        raise wrong(_("Телефон"), _("это не полный номер"), _("номер вида 8 916 123-45-67"))
    return {
        "name": required(visit.form, "name", _("Имя или название")),
        "phone": phone,
        "address": required(visit.form, "address", _("Адрес")),
        "kind": kind,
        "again": "again" in visit.form,
    }


def _window(visit: Visit) -> int | None:
    text = said(visit.form, "window")
    if not text:
        return None
    if text not in {str(minutes) for minutes in WINDOWS}:
        raise wrong(_("Сколько ждут"), text[:40], _("значение из списка"))
    return int(text)


def _document(visit: Visit) -> str:
    return str(visit.path["document"])


def _wish(visit: Visit, kind: str, parameters: dict[str, Any]) -> Asked:
    return visit.wish(kind, parameters, required_key(visit.form, "key", _("Ключ формы")))
