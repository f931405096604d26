"""Tasks of those who are away go to their substitutes, and back when they return.

A task follows the day on which it has to be done: the day of its term, or today if that is past.
Whoever takes it from the substitute by hand has the last word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, text

from provodka.connectors.crm_store import journal
from provodka.foundation.i18n import _
from provodka.trigger_rules.staff import Absence, stand_in

__all__ = ["ORIGIN", "stand_in_for_absent"]

ORIGIN = "rule:absence"
ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended('stream:absence', 0))")
AWAY = text("""
    SELECT id, employee_id AS employee, substitute_id AS substitute, first_day, last_day
    FROM crm.absence WHERE deleted_at IS NULL AND last_day >= :today ORDER BY first_day, id
""")
TASKS = text("""
    SELECT t.id, t.executor_id, t.due_at, s.employee_id, s.substitute_id, s.absence_id
    FROM crm.task t JOIN hub.stand_in s ON s.task_id = t.id AND s.returned_at IS NULL
    UNION ALL
    SELECT t.id, t.executor_id, t.due_at, NULL, NULL, NULL
    FROM crm.task t WHERE t.status = 'open' AND t.deleted_at IS NULL
      AND t.executor_id = ANY(CAST(:away AS uuid[]))
      AND NOT EXISTS (SELECT FROM hub.stand_in s WHERE s.task_id = t.id
                      AND s.returned_at IS NULL)
    ORDER BY 1
""")
SETTLED = text("""
    UPDATE hub.stand_in s SET returned_at = :now FROM crm.task t
    WHERE t.id = s.task_id AND s.returned_at IS NULL
      AND (t.status <> 'open' OR t.deleted_at IS NOT NULL
           OR t.executor_id IS DISTINCT FROM s.substitute_id)
""")
GIVE = text("""
    UPDATE crm.task SET executor_id = :to
    WHERE id = :task AND executor_id = :former AND status = 'open' RETURNING id
""")
NOTE = text("""
    INSERT INTO hub.stand_in (task_id, absence_id, employee_id, substitute_id, given_at)
    SELECT :task, :absence, :owner, :to, :now
    WHERE NOT EXISTS (SELECT FROM hub.stand_in
                      WHERE task_id = :task AND absence_id = :absence AND returned_at IS NOT NULL)
    ON CONFLICT (task_id, absence_id) DO UPDATE SET substitute_id = excluded.substitute_id
    RETURNING task_id
""")
RETURN = text("""
    UPDATE hub.stand_in SET returned_at = :now WHERE task_id = :task AND returned_at IS NULL
""")
WHY = text("SELECT set_config('hub.move_reason', :why, true)")


@dataclass(frozen=True, slots=True)
class _Away:
    """Who is away, and which absence of theirs covers a day."""

    known: Sequence[Absence]
    keys: Sequence[UUID]

    def instead_of(self, employee: UUID, day: date) -> UUID | None:
        return stand_in(employee, day, self.known)

    def absence(self, employee: UUID, day: date) -> UUID | None:
        return next(
            (
                key
                for key, one in zip(self.keys, self.known, strict=True)
                if one.covers(employee, day)
            ),
            None,
        )


def stand_in_for_absent(engine: Engine, zone: ZoneInfo, now: datetime) -> Counter[str]:
    """Give open tasks of those away to their substitutes, and take back what is over.

    Counts `handed` and `returned` tasks; one whom nobody stands in for stays where it is. Each
    change is in the journal under `rule:absence`; a courier's stop goes along with its task.
    """
    today = now.astimezone(zone).date()
    counts: Counter[str] = Counter()
    with engine.begin() as connection:
        connection.execute(ALONE)
        journal.attribute(connection, ORIGIN)
        connection.execute(WHY, {"why": _("исполнитель отсутствует")})
        connection.execute(SETTLED, {"now": now})
        away = _read(connection, today)
        given = {"away": sorted({one.employee for one in away.known})}
        for row in connection.execute(TASKS, given).all():
            day = max(row.due_at.astimezone(zone).date(), today) if row.due_at else today
            counts.update([_settled(connection, away, row, day, now)])
    counts.pop("", None)
    return counts


def _read(connection: Connection, today: date) -> _Away:
    rows = connection.execute(AWAY, {"today": today}).all()
    known = [Absence(row.employee, row.substitute, row.first_day, row.last_day) for row in rows]
    return _Away(known, [row.id for row in rows])


def _settled(connection: Connection, away: _Away, row: Any, day: date, now: datetime) -> str:
    """What became of one task: `handed`, `returned`, or nothing."""
    owner = row.employee_id or row.executor_id
    to = away.instead_of(owner, day)
    if to is None:
        return ""
    given = {"task": row.id, "to": to, "former": row.executor_id, "owner": owner, "now": now}
    if to == owner:
        connection.execute(RETURN, given)
        return "returned" if _gave(connection, given) else ""
    absence = row.absence_id or away.absence(owner, day)
    noted = connection.execute(NOTE, {**given, "absence": absence}).first()
    return "handed" if noted and _gave(connection, given) else ""


def _gave(connection: Connection, given: dict[str, Any]) -> bool:
    if given["to"] == given["former"]:
        return False
    return connection.execute(GIVE, given).first() is not None
