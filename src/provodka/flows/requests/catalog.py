"""Every kind of request by its word, and the function that carries it out."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol, TypeAlias

from sqlalchemy import Connection

from provodka.connectors.crm_store.requests import Asked
from provodka.flows.hub import Hub
from provodka.foundation.errors import DocumentError
from provodka.foundation.i18n import _

__all__ = ["DEEDS", "Deed", "Done", "deed_of"]

Done: TypeAlias = tuple[str, Mapping[str, Any]]
"""What came of it in a person's words, and the keys of the documents that were made."""


class Deed(Protocol):
    """Carries a request out in the transaction that settles it.

    A `ProvodkaError` that no later attempt can help refuses the request with its text and undoes
    everything; after a `RetriableError` the request waits. What a deed does outside of the
    transaction has to be harmless a second time.
    """

    def __call__(self, hub: Hub, connection: Connection, asked: Asked) -> Done:
        """Do it."""


DEEDS: Mapping[str, str] = {
    "absence_end": "absences:finish",
    "absence_save": "absences:save",
    "clients_apart": "care:clients_apart",
    "clients_join": "care:clients_join",
    "conflict_resolve": "care:conflict_resolve",
    "errands_drop": "care:errands_drop",
    "errands_retry": "care:errands_retry",
    "letter_link": "care:letter_link",
    "quarantine_retry": "care:quarantine_retry",
    "reports_check": "care:reports_check",
    "rule_activate": "rules:activate",
    "rule_approve": "rules:approve",
    "rule_enable": "rules:switch_on",
    "rule_retire": "rules:retire",
    "client_new": "desk:client_new",
    "clients_merge": "desk:clients_merge",
    "plans_save": "plans:save",
    "order_assign": "desk:order_assign",
    "order_cancel": "desk:order_cancel",
    "order_take": "desk:order_take",
    "stop_done": "rounds:stop_done",
    "stop_failed": "rounds:stop_failed",
    "stop_reschedule": "rounds:stop_reschedule",
}
"""Kind of request → `module:function` of this package; imported when first asked for."""


def deed_of(kind: str) -> Deed:
    """The function for a kind; a `DocumentError` if nobody knows it."""
    place = DEEDS.get(kind)
    if place is None:
        raise DocumentError(
            _("Просьба «{kind}»").format(kind=kind),
            found=_("такого хаб не умеет"),
            expected=", ".join(DEEDS),
            next_step=_("обновите страницу: она могла быть открыта до обновления хаба"),
            code="unknown_request",
        )
    module, _colon, name = place.partition(":")
    deed: Deed = getattr(import_module(f"provodka.flows.requests.{module}"), name)
    return deed
