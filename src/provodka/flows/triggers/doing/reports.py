"""Reports that rules send: an errand to compute one, in the rule's own transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text

from provodka.connectors.crm_store import outbox
from provodka.connectors.crm_store.engine import dump_json
from provodka.trigger_rules import effects

if TYPE_CHECKING:
    from provodka.flows.triggers.performing import Performer

__all__ = ["DOERS", "OPERATION", "TARGET"]

TARGET, OPERATION = "report", "report.send"
IN_ROLE = text("""
    SELECT DISTINCT lower(e.email) FROM crm.employee e
    LEFT JOIN crm.department d ON d.id = e.department_id AND d.deleted_at IS NULL
    WHERE e.deleted_at IS NULL AND e.email <> '' AND (CAST(:role AS text) IS NULL OR e.role = :role)
      AND (CAST(:department AS text) IS NULL OR lower(d.name) = lower(:department))
    ORDER BY 1
""")


def send_report(performer: Performer, effect: effects.SendReport, _row: Any) -> dict[str, Any]:
    """Ask for the report, unless it was asked for these people and this period already."""
    to = dict.fromkeys(one.lower() for one in effect.to)
    if effect.role or effect.department:
        to |= dict.fromkeys(_in_role(performer.connection, effect))
    if not to:
        return {"skipped": "nobody"}
    if not outbox.enqueue(performer.connection, _intent(effect, list(to))):
        return {"skipped": "sent_already"}
    return {"report": effect.report, "since": effect.since, "until": effect.until, "to": len(to)}


def _in_role(connection: Connection, effect: effects.SendReport) -> list[str]:
    given = {"role": effect.role, "department": effect.department}
    return list(connection.scalars(IN_ROLE, given))


def _intent(effect: effects.SendReport, to: list[str]) -> outbox.Intent:
    """What is to be computed; two events that ask for the same are one errand."""
    reason = effect.reason
    asked = {
        "report": effect.report,
        "since": effect.since.isoformat(),
        "until": effect.until.isoformat(),
        "by": effect.by,
        "where": dict(effect.where),
        "format": effect.format,
    }
    occasion = f"report:{reason.rule}:{reason.index}:{_digest(asked)}"
    return outbox.Intent(
        key=f"{occasion}:{_digest(sorted(to))}",
        target=TARGET,
        operation=OPERATION,
        kind=reason.kind,
        document=reason.document,
        payload={**asked, "to": to, "rule": reason.rule, "occasion": occasion},
        cause=reason.cause,
        depth=reason.depth,
    )


def _digest(value: Any) -> str:
    return hashlib.sha256(dump_json(value).encode()).hexdigest()[:24]


DOERS: Mapping[type[Any], Callable[[Any, Any, Any], dict[str, Any]]] = {
    effects.SendReport: send_report
}
