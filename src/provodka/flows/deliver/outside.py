"""Couriers of what rules say outside: webhooks, SMS, messengers.

A call whose answer was lost is repeated with the same key: whoever takes it does it once. A
gateway that can be asked is asked first; where nobody can tell, a person decides.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from provodka.connectors.channel import Channel, TextMessage
from provodka.connectors.channels.signed import SignedGateway
from provodka.connectors.channels.smsc import SmscGateway
from provodka.connectors.channels.telegram import TelegramBot
from provodka.connectors.crm_store.outbox import Errand
from provodka.connectors.signed_calls import SignedCalls
from provodka.flows.deliver.channel_courier import ChannelCourier
from provodka.flows.deliver.courier import Courier, StillMine
from provodka.flows.deliver.outcome import Done, Outcome
from provodka.flows.deliver.texts import AccountWriter, PhoneWriter
from provodka.flows.hub import Hub
from provodka.flows.settings import Endpoint
from provodka.flows.settings.outside import Smsc, Telegram
from provodka.flows.settings.secrets import signing_key

__all__ = ["WebhookCourier", "outside_couriers", "sms_gateway", "telegram_bot"]

SIGNED_WORKERS, SIGNED_AHEAD = 4, 10


def outside_couriers(hub: Hub) -> list[Courier]:
    """Those whose addresses `hub.yaml` names."""
    outside = hub.settings.outside
    found: list[Courier] = [
        WebhookCourier(f"webhook:{name}", _calls(name, endpoint), hub.clock)
        for name, endpoint in outside.webhooks.items()
    ]
    for name, gateway in (("sms", outside.sms), ("messenger", outside.messenger)):
        if gateway is not None:
            signed = SignedGateway(name, _calls(name, gateway), hub.clock)
            found.append(_signed_courier(hub, name, signed))
    if outside.smsc is not None:
        found.append(
            ChannelCourier("sms", sms_gateway(outside.smsc), PhoneWriter(), hub.engine, hub.clock)
        )
    if outside.telegram is not None:
        writer = AccountWriter(hub.engine, "telegram", hub.clock)
        bot = telegram_bot(outside.telegram)
        found.append(ChannelCourier("messenger", bot, writer, hub.engine, hub.clock))
    return found


def _signed_courier(hub: Hub, target: str, gateway: Channel[TextMessage]) -> Courier:
    """A gateway that knows repeats by their key takes many at once."""
    return ChannelCourier(
        target,
        gateway,
        PhoneWriter(),
        hub.engine,
        hub.clock,
        workers=SIGNED_WORKERS,
        ahead=SIGNED_AHEAD,
    )


def sms_gateway(smsc: Smsc) -> SmscGateway:
    """The gateway that the settings name; call after `load_settings`."""
    return SmscGateway(
        smsc.url,
        smsc.login,
        os.environ[smsc.password_env],
        sender=smsc.sender,
        timeout=smsc.timeout,
        currency=smsc.currency,
    )


def telegram_bot(telegram: Telegram) -> TelegramBot:
    """The bot that the settings name; call after `load_settings`."""
    token = os.environ[telegram.token_env]
    return TelegramBot(token, base_url=telegram.url, timeout=telegram.timeout)


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
