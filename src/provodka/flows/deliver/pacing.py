"""How many letters a minute go to one domain, whoever sends them: each has its own time.

The time is kept in the store, so that two workers, or a hub started again, hold one pace.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine, text

__all__ = ["Pace", "wait_for"]

ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended('pace ' || :scope, 0))")
FORGET = text("""
    DELETE FROM hub.pace WHERE scope = :scope AND at < clock_timestamp() - interval '1 day'
""")
GIVE = text("""
    INSERT INTO hub.pace (errand, scope, at)
    SELECT :errand, :scope, greatest(clock_timestamp(),
        (SELECT max(at) FROM hub.pace WHERE scope = :scope) + make_interval(secs => :gap))
    ON CONFLICT (errand) DO NOTHING
""")
LEFT = text("SELECT at - clock_timestamp() FROM hub.pace WHERE errand = :errand")


@dataclass(frozen=True, slots=True)
class Pace:
    """No more than `per_minute` of one `scope`, evenly."""

    scope: str
    per_minute: int


def wait_for(engine: Engine, errand: int, pace: Pace) -> timedelta:
    """How long an errand has still to wait for its turn; its turn does not move any more."""
    given = {"errand": errand, "scope": pace.scope, "gap": 60 / pace.per_minute}
    with engine.begin() as connection:
        connection.execute(ALONE, given)
        connection.execute(FORGET, given)
        connection.execute(GIVE, given)
        left: timedelta = connection.execute(LEFT, given).scalar_one()
    return max(left, timedelta())
