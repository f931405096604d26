"""Couriers of what rules say outside: webhooks, SMS, messengers; each call signed.

A call whose answer was lost is repeated with the same key: whoever takes it does it once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, select

from provodka.connectors.crm_store.outbox import Errand
from provodka.connectors.crm_store.tables.talk import message
from provodka.connectors.signed_calls import SignedCalls
from provodka.flows.deliver.courier import Courier, StillMine
from provodka.flows.deliver.outcome import Done, Outcome
from provodka.flows.hub import Hub
from provodka.flows.settings import Endpoint
from provodka.flows.settings.secrets import signing_key
from provodka.foundation.errors import DocumentError
from provodka.foundation.i18n import _

__all__ = ["MessageCourier", "WebhookCourier", "outside_couriers"]


def outside_couriers(hub: Hub) -> list[Courier]:
    """Those whose addresses `hub.yaml` names."""
    outside = hub.settings.outside
    found: list[Courier] = [
        WebhookCourier(f"webhook:{name}", _calls(name, endpoint), hub.clock)
        for name, endpoint in outside.webhooks.items()
    ]
    for name, gateway in (("sms", outside.sms), ("messenger", outside.messenger)):
        if gateway is not None:
            found.append(MessageCourier(name, _calls(name, gateway), hub.clock, hub.engine))
    return found


def _calls(name: str, endpoint: Endpoint) -> SignedCalls:
    return SignedCalls(
        name,
        endpoint.url,
        signing_key(endpoint),
        timeout=endpoint.timeout,
        ca_file=endpoint.ca_file,
    )


@dataclass(frozen=True)
class WebhookCourier:
    """Tells another system what a rule has to say to it."""

    target: str
    calls: SignedCalls
    clock: Callable[[], datetime]
    lost_answer_wait: timedelta = timedelta(seconds=10)
    workers: int = 4
    ahead: int = 10

    def marker(self, errand: Errand) -> str:
        """The key by which the other side knows a repeat."""
        return errand.key

    def carry(self, errand: Errand, still_mine: StillMine) -> Outcome:
        """Call; a repeat after a lost answer is the same call."""
        said = {
            "key": errand.key,
            "kind": errand.kind,
            "document": str(errand.document),
            **(errand.payload or {}),
        }
        still_mine()
        status = self.calls.post(said, key=errand.key, at=self.clock())
        return Done("delivered", result={"status": status})


@dataclass(frozen=True)
class MessageCourier:
    """Gives a text to the gateway of its channel; the message's row says what became of it."""

    target: str
    calls: SignedCalls
    clock: Callable[[], datetime]
    engine: Engine
    lost_answer_wait: timedelta = timedelta(seconds=10)
    workers: int = 4
    ahead: int = 10

    def marker(self, errand: Errand) -> str:
        """The key by which the gateway knows a repeat."""
        return errand.key

    def carry(self, errand: Errand, still_mine: StillMine) -> Outcome:
        """Send; the gateway sends a repeat with the same key no second time."""
        with self.engine.connect() as connection:
            row = connection.execute(
                select(message).where(message.c.id == errand.document)
            ).one_or_none()
        if row is None:
            return Done("dead", trouble=_no_message(errand))
        said = {"key": errand.key, "channel": self.target, "to": row.recipient, "text": row.text}
        still_mine()
        try:
            status = self.calls.post(said, key=errand.key, at=self.clock())
        except DocumentError as error:
            return Done("dead", trouble=error, record=self._mark(errand, "failed"))
        return Done("delivered", result={"status": status}, record=self._mark(errand, "sent"))

    def _mark(self, errand: Errand, status: str) -> Callable[[Connection], None]:
        values: dict[str, Any] = {"status": status}
        if status == "sent":
            values["sent_at"] = self.clock()

        def record(connection: Connection) -> None:
            connection.execute(
                message.update().where(message.c.id == errand.document).values(values)
            )

        return record


def _no_message(errand: Errand) -> DocumentError:
    return DocumentError(
        _("Сообщение {key}").format(key=errand.document),
        found=_("сообщения нет в базе"),
        next_step=_("проверьте, не удалено ли оно"),
        code="no_message",
    )
