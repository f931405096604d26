"""What goes to other systems, or to other rules: webhooks, audiences, signals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store import outbox
from provodka.connectors.crm_store.tables.reacting import audience, signal
from provodka.flows.calls.asking import Asked, Robot, ask_for
from provodka.trigger_rules import effects

if TYPE_CHECKING:
    from provodka.flows.triggers.performing import Performer

__all__ = ["DOERS", "audience_rows", "signal_row", "webhook_intent"]

Made = dict[str, Any]


def call_webhook(performer: Performer, effect: effects.CallWebhook, _row: Any) -> Made:
    """Put the call into the outbox; its key travels with it."""
    outbox.enqueue(performer.connection, webhook_intent(effect))
    return {"address": effect.address}


def webhook_intent(effect: effects.CallWebhook) -> outbox.Intent:
    """What is to be told, and to whom."""
    reason = effect.reason
    return outbox.Intent(
        key=reason.key,
        target=f"webhook:{effect.address}",
        operation="webhook.call",
        kind=effect.kind,
        document=effect.document,
        payload={"rule": reason.rule, "values": dict(effect.values)},
        cause=reason.cause,
        depth=reason.depth,
    )


def dial(performer: Performer, effect: effects.Dial, _row: Any) -> Made:
    """Ask for the call; it is placed now or never, and never twice."""
    reason = effect.reason
    call = Asked(effect.extension, effect.number, performer.now)
    ask_for(
        performer.connection,
        call,
        key=reason.key,
        about=(effect.kind, effect.document),
        cause=(reason.cause, reason.depth),
    )
    return {"kind": "employee", "document": str(effect.employee)}


def say(performer: Performer, effect: effects.Say, row: Any) -> Made:
    """Ask for a robot's call; it is placed now or never, and never twice."""
    reason = effect.reason
    call = Robot(effect.number, performer.now, row["text"], effect.recording)
    ask_for(
        performer.connection,
        call,
        key=reason.key,
        about=(effect.kind, effect.document),
        cause=(reason.cause, reason.depth),
    )
    return {}


def add_to_audience(performer: Performer, effect: effects.AddToAudience, _row: Any) -> Made:
    """Add what is not in the list yet."""
    new = insert(audience).values(audience_rows(effect)).on_conflict_do_nothing()
    done = performer.connection.execute(new.returning(audience.c.hash)).all()
    return {"added": len(done)} if done else {"skipped": "known"}


def audience_rows(effect: effects.AddToAudience) -> list[dict[str, Any]]:
    """The contacts as the list keeps them."""
    return [
        {"list": effect.audience, "kind": kind, "hash": digest, "client_id": effect.client}
        for kind, digest in effect.hashes
    ]


def give_signal(performer: Performer, effect: effects.Signal, _row: Any) -> Made:
    """Say the event; the journal brings it to the rules that wait for it."""
    values = signal_row(effect)
    new = insert(signal).values(values)
    performer.connection.execute(new.on_conflict_do_nothing(index_elements=[signal.c.key]))
    return {"kind": "signal", "document": str(values["id"])}


def signal_row(effect: effects.Signal) -> dict[str, Any]:
    """The signal as a document of the store."""
    return {
        "id": effect.reason.new_id,
        "name": effect.name,
        "of": effect.of,
        "key": effect.reason.key,
        "kind": effect.kind,
        "about": effect.about,
        "deal_id": effect.deal,
        "client_id": effect.client,
    }


DOERS: Mapping[type[Any], Callable[[Any, Any, Any], dict[str, Any]]] = {
    effects.CallWebhook: call_webhook,
    effects.Dial: dial,
    effects.Say: say,
    effects.AddToAudience: add_to_audience,
    effects.Signal: give_signal,
}
