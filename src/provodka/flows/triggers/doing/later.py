"""What rules remember: actions put off, and how often a rule has acted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store.tables.reacting import firing, waiting
from provodka.trigger_rules import effects
from provodka.trigger_rules.caps import Firing

if TYPE_CHECKING:
    from provodka.flows.triggers.performing import Performer

__all__ = ["DOERS", "Firings", "firing_row", "read_firings", "remember", "waiting_row"]

READ = text("""
    SELECT rule, document, occurrence, deal_id, client_id, at FROM hub.firing
    WHERE rule = ANY(CAST(:rules AS text[]))
      AND (deal_id = ANY(CAST(:about AS uuid[])) OR client_id = ANY(CAST(:about AS uuid[])))
    ORDER BY at
""")
Firings = dict[tuple[str, UUID], list[Firing]]


def read_firings(
    connection: Connection, rules: Collection[str], about: Collection[UUID]
) -> Firings:
    """When these rules have acted for these deals and clients."""
    found: Firings = defaultdict(list)
    if rules and about:
        given = {"rules": list(rules), "about": list(about)}
        for row in connection.execute(READ, given):
            _add(found, row.rule, (row.deal_id, row.client_id), row)
    return found


def put_off(performer: Performer, effect: effects.Wait, _row: Any) -> dict[str, Any]:
    """Remember the action until its time."""
    new = insert(waiting).values(waiting_row(effect))
    performer.connection.execute(new.on_conflict_do_nothing())
    return {"due_at": effect.due_at}


def waiting_row(effect: effects.Wait) -> dict[str, Any]:
    """The action as `hub.waiting` keeps it."""
    reason = effect.reason
    return {
        "key": reason.key,
        "rule": reason.rule,
        "rule_version": reason.version,
        "action": reason.index,
        "event": effect.event,
        "of": effect.of,
        "occurrence": effect.occurrence,
        "kind": effect.kind,
        "document": effect.document,
        "deal_id": effect.deal,
        "base": effect.base,
        "due_at": effect.due_at,
        "cause": reason.cause,
        "depth": reason.depth - 1,
    }


def note_firing(performer: Performer, effect: effects.Fired, _row: Any) -> dict[str, Any]:
    """Count the rule's action for its cap."""
    new = insert(firing).values(firing_row(effect))
    performer.connection.execute(new.on_conflict_do_nothing())
    remember(performer, effect)
    return {}


def firing_row(effect: effects.Fired) -> dict[str, Any]:
    """The action as `hub.firing` counts it."""
    reason = effect.reason
    return {
        "rule": reason.rule,
        "document": reason.document,
        "occurrence": reason.occurrence,
        "deal_id": effect.deal,
        "client_id": effect.client,
        "at": effect.at,
    }


def remember(performer: Performer, effect: effects.Fired) -> None:
    """Let the cap know of the action within this transaction."""
    reason = effect.reason
    acted = Firing(effect.at, reason.document, reason.occurrence)
    _add(performer.firings, reason.rule, (effect.deal, effect.client), acted)


def _add(found: Firings, rule: str, about: tuple[UUID | None, ...], told: Any) -> None:
    one = Firing(told.at, told.document, told.occurrence)
    for key in about:
        if key is not None:
            found.setdefault((rule, key), []).append(one)


DOERS: Mapping[type[Any], Callable[[Any, Any, Any], dict[str, Any]]] = {
    effects.Wait: put_off,
    effects.Fired: note_firing,
}
