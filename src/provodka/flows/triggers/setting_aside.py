"""What the rules could not do for one document, left for a person with its reason."""

from __future__ import annotations

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from provodka.connectors.crm_store import quarantine
from provodka.foundation.errors import ConfigurationError, DocumentError, ProvodkaError, Refused
from provodka.foundation.i18n import _
from provodka.trigger_rules.effects import Effect
from provodka.trigger_rules.events import Event

__all__ = ["SET_ASIDE", "STREAM", "set_aside", "told"]

STREAM = "triggers"
SET_ASIDE = (DocumentError, ConfigurationError, DBAPIError)
log = structlog.get_logger("provodka.triggers")


def set_aside(connection: Connection, event: Event, error: ProvodkaError) -> None:
    """Put the change that asked for it into quarantine."""
    change = event.change
    payload = {
        "delta": change.id,
        "kind": change.kind,
        "document": str(change.document),
        "event": event.name,
        "before": change.before,
        "after": change.after,
        "origin": change.origin,
    }
    quarantine.set_aside(connection, STREAM, str(change.id), payload, error)
    log.warning("rule_set_aside", delta=change.id, kind=change.kind, code=error.code)


def told(effect: Effect, error: Exception) -> ProvodkaError:
    """The error in our words, also when it was the database that refused."""
    if isinstance(error, ProvodkaError):
        return error
    said = str(getattr(error, "orig", error)).splitlines()[0]
    return Refused(
        _("правило «{rule}»").format(rule=effect.reason.rule),
        found=_("база отказала: {said}").format(said=said),
        expected=_("значение, которое допускает таблица"),
        next_step=_("исправьте документ или правило и повторите: provodka quarantine replay"),
        code=f"store_refused:{effect.reason.rule}",
    )
