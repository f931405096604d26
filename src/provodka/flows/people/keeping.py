"""What people leave behind goes in its time: sessions, links, tries, the audit, old requests."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from provodka.connectors.crm_store import audit, people_pace, requests, sessions
from provodka.flows.hub import Hub
from provodka.flows.requests.carrying import KEPT

__all__ = ["tend_people"]


def tend_people(hub: Hub) -> Counter[str]:
    """Forget what has run out; counts `sessions`, `audit` lines and `requests`.

    Nothing without `web`.
    """
    web = hub.settings.web
    if web is None:
        return Counter()
    now, settings = hub.clock(), web.sign_in
    with hub.engine.begin() as connection:
        closed = sessions.sweep(connection, now, timedelta(hours=settings.idle_hours))
        people_pace.sweep(connection, now - timedelta(minutes=settings.pause_minutes))
        asked = requests.erase(connection, now, KEPT)
        old = audit.erase(connection, now - timedelta(days=settings.keep_audit_days))
    return +Counter(sessions=closed, audit=old, requests=asked)
