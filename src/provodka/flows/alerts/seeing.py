"""How the hub is doing, as far as alerts are concerned: asked of the store alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, func, select, text

from provodka.connectors.crm_store import conflicts, sweeps
from provodka.connectors.crm_store.tables.hub import outbox, parked
from provodka.flows.alerts.deciding import Limits, Seen
from provodka.flows.settings import HubSettings
from provodka.flows.settings.alerts import Alerts

__all__ = ["limits_of", "look"]

OF_1C = {"odata": ("catalogs", "accounting", "invoices"), "enterprise_data": ("exchange",)}
WELL = text("""
    SELECT flow, coalesce(
        max(finished_at) FILTER (WHERE state IN ('done', 'set_aside')), min(started_at)) AS at
    FROM hub.run WHERE flow = ANY(:flows) GROUP BY flow
""")
LAST = text("""
    SELECT DISTINCT ON (flow) flow, coalesce((counts->>'set_aside')::int, 0) AS aside,
        greatest(coalesce((counts->>'read')::int, 0), coalesce((counts->>'legs')::int, 0)) AS read
    FROM hub.run WHERE state IN ('done', 'set_aside')
      AND (counts->>'read' > '0' OR counts->>'legs' > '0') ORDER BY flow, id DESC
""")
SWITCHED_OFF = text(
    "SELECT rule, failures FROM hub.rule_health WHERE disabled_at IS NOT NULL ORDER BY rule"
)


def limits_of(alerts: Alerts) -> Limits:
    """The section of `hub.yaml` in the terms of the decision."""
    return Limits(
        freshness={name: timedelta(minutes=one) for name, one in alerts.freshness.items()},
        set_aside_share=_exact(alerts.set_aside_share),
        conflicts=alerts.conflicts,
        outbox_age=_span(minutes=alerts.outbox_minutes),
        parked_age=_span(days=alerts.parked_days),
        drift=alerts.drift,
    )


def look(connection: Connection, settings: HubSettings, now: datetime) -> Seen:
    """What alerts are decided by, at one moment."""
    watched = settings.alerts.freshness if settings.alerts else {}
    flows = [name for name in watched if name not in _unused(settings)]
    errands = select(outbox.c.target, func.min(outbox.c.created_at)).where(
        outbox.c.state.in_(("waiting", "sending", "unsure"))
    )
    waiting = select(parked.c.stream, func.min(parked.c.since))
    return Seen(
        at=now,
        fresh=_pairs(connection, WELL, {"flows": flows}),
        shares={row.flow: (row.aside, row.read) for row in connection.execute(LAST)},
        conflicts=conflicts.count_open(connection),
        oldest_errand=_pairs(connection, errands.group_by(outbox.c.target)),
        oldest_parked=_pairs(connection, waiting.group_by(parked.c.stream)),
        drift={one["stream"]: one["drift"] for one in sweeps.last(connection)},
        disabled={one.rule: one.failures for one in connection.execute(SWITCHED_OFF)},
    )


def _pairs(
    connection: Connection, query: Any, given: Mapping[str, Any] | None = None
) -> dict[str, datetime]:
    return {row[0]: row[1] for row in connection.execute(query, given)}


def _unused(settings: HubSettings) -> set[str]:
    """Streams of 1C that this hub does not run: nobody expects them to be fresh."""
    used = OF_1C[settings.onec.protocol] if settings.onec else ()
    every = {name for names in OF_1C.values() for name in names}
    return every - set(used) - ({"invoices"} if settings.onec else set())


def _exact(share: float | None) -> Decimal | None:
    return None if share is None else Decimal(str(share))


def _span(**given: float | None) -> timedelta | None:
    [(unit, amount)] = given.items()
    return None if amount is None else timedelta(**{unit: amount})
