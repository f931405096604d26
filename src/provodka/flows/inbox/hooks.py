"""Webhooks: what PBXs tell becomes calls, what programs tell starts processes of the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from provodka.connectors.crm_store import journal
from provodka.connectors.crm_store.inbox import Received
from provodka.connectors.telephony.hooks import HOOKS
from provodka.connectors.telephony.source import HookRequest, Leg, LiveCall
from provodka.flows.calls.live import keep_live
from provodka.flows.calls.pull import keep_legs
from provodka.flows.hub import Hub
from provodka.flows.inbox.signals import take_signals
from provodka.flows.settings import PbxOptions
from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _

__all__ = ["take_hooks"]


def take_hooks(
    connection: Connection, hub: Hub, rows: Sequence[Received]
) -> list[Mapping[str, Any]]:
    """Make something of the webhooks of one system; says of each what it told."""
    pbxes = {one.name: one for one in hub.settings.telephony}
    system = rows[0].system
    if system in pbxes:
        return _take_calls(connection, pbxes[system], rows)
    if hub.settings.web and system in hub.settings.web.hooks:
        return take_signals(connection, hub, rows)
    raise Misunderstood(
        _("Вебхук системы «{name}»").format(name=system),
        found=_("в hub.yaml такой больше нет"),
        expected=", ".join(pbxes) or "—",
        code="unknown_system",
    )


def _take_calls(
    connection: Connection, options: PbxOptions, rows: Sequence[Received]
) -> list[Mapping[str, Any]]:
    hook = HOOKS[options.kind]
    told = [hook.read(_request(row), options.zoneinfo) for row in rows]
    legs = [one for said in told for one in said if isinstance(one, Leg)]
    live = [one for said in told for one in said if isinstance(one, LiveCall)]
    journal.attribute(connection, "telephony")
    keep_live(connection, options, live)
    if legs:
        keep_legs(connection, options, legs)
    return [_made(said) for said in told]


def _request(row: Received) -> HookRequest:
    return HookRequest(row.method, row.path, row.query, row.headers, row.body)


def _made(said: Sequence[Leg | LiveCall]) -> Mapping[str, Any]:
    legs = [one.linkedid for one in said if isinstance(one, Leg)]
    live = [one.source_call_key for one in said if isinstance(one, LiveCall)]
    return {"calls": sorted({*legs, *live})} if said else {}
