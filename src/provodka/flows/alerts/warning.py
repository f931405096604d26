"""The stream of alerts: looks, decides, and queues one letter about what has begun.

Occurrences, the letter and its errand are written in one transaction, and the errand's key names
the occurrence: however often this is run or killed, people hear of it once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select, text

from provodka.connectors.crm_store import journal, outbox
from provodka.connectors.crm_store.outbox import Intent
from provodka.connectors.crm_store.tables.alerts import alert
from provodka.connectors.crm_store.tables.talk import message
from provodka.flows.alerts.deciding import Alert, decide, news
from provodka.flows.alerts.seeing import limits_of, look
from provodka.flows.alerts.telling import subject_of, text_of
from provodka.flows.hub import Hub
from provodka.foundation.identifiers import uuid7

__all__ = ["ORIGIN", "watch"]

ORIGIN = "alert"
ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended('alerts', 0))")


def watch(hub: Hub) -> Counter[str]:
    """Warn of what has begun, note what is over; counts `alerts` (open now), `begun`, `over`."""
    alerts = hub.settings.alerts
    if alerts is None:
        return Counter()
    with hub.engine.begin() as connection:
        connection.execute(ALONE)
        journal.attribute(connection, ORIGIN)
        found = decide(look(connection, hub.settings, hub.clock()), limits_of(alerts))
        rows = connection.execute(
            select(alert.c.id, alert.c.rule, alert.c.subject).where(alert.c.passed_at.is_(None))
        )
        known = {(row.rule, row.subject): row.id for row in rows}
        changed = news(known, found)
        _close(connection, [known[name] for name in changed.over])
        if changed.begun:
            numbers = [_open(connection, one) for one in changed.begun]
            _write(connection, hub, changed.begun, min(numbers))
        return Counter(alerts=len(found), begun=len(changed.begun), over=len(changed.over))


def _open(connection: Connection, one: Alert) -> int:
    facts = {"found": _fact(one.found), "limit": _fact(one.limit)}
    new = alert.insert().values(rule=one.rule, subject=one.subject, facts=facts)
    return int(connection.execute(new.returning(alert.c.id)).scalar_one())


def _close(connection: Connection, numbers: Sequence[int]) -> None:
    if numbers:
        over = alert.update().where(alert.c.id.in_(numbers))
        connection.execute(over.values(passed_at=text("now()")))


def _fact(value: Any) -> Any:
    """Spans in seconds, everything else as it is."""
    return int(value.total_seconds()) if isinstance(value, timedelta) else value


def _write(connection: Connection, hub: Hub, begun: Sequence[Alert], number: int) -> None:
    alerts, company = hub.settings.alerts, hub.settings.company.name
    for address in alerts.to if alerts else ():
        key = uuid7()
        letter = {
            "id": key,
            "recipient": address,
            "subject": subject_of(begun, company),
            "text": text_of(begun),
        }
        connection.execute(message.insert().inline(), letter)
        outbox.enqueue(
            connection,
            Intent(
                key=f"alert:{number}:{address}",
                target="mail",
                operation="letter.send",
                kind="message",
                document=key,
            ),
        )
