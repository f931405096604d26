"""Whom a deal is given to, out of those who are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.trigger_rules import effects
from provodka.trigger_rules.staff import Absence, Person, choose

if TYPE_CHECKING:
    from provodka.flows.triggers.performing import Performer

__all__ = ["absences_on", "choice_for", "note_lent"]

PEOPLE = text("""
    SELECT e.id, coalesce(t.number, 0) AS turn,
        (SELECT count(*) FROM crm.deal d WHERE d.responsible_id = e.id AND d.status = 'open'
         AND d.deleted_at IS NULL)
        + (SELECT count(*) FROM crm.task k WHERE k.executor_id = e.id AND k.status = 'open'
           AND k.deleted_at IS NULL) AS load
    FROM crm.employee e
    LEFT JOIN crm.department p ON p.id = e.department_id
    LEFT JOIN hub.turn t ON t.rule = :rule AND t.employee_id = e.id
    WHERE e.deleted_at IS NULL
      AND CASE WHEN cardinality(CAST(:to AS text[])) > 0 THEN lower(e.email) = ANY(:to)
          ELSE (CAST(:role AS text) IS NULL OR e.role = :role)
           AND (CAST(:department AS text) IS NULL OR p.name = :department) END
    ORDER BY e.id
""")
TURN = text("""
    INSERT INTO hub.turn AS t (rule, employee_id, number)
    SELECT :rule, :person, coalesce(max(number), 0) + 1 FROM hub.turn WHERE rule = :rule
    ON CONFLICT (rule, employee_id) DO UPDATE SET number = excluded.number
""")
AWAY = text("""
    SELECT employee_id AS employee, substitute_id AS substitute, first_day, last_day
    FROM crm.absence WHERE deleted_at IS NULL AND :day BETWEEN first_day AND last_day
    ORDER BY first_day, id
""")


LENT = text("""
    INSERT INTO hub.stand_in (task_id, absence_id, employee_id, substitute_id, given_at)
    SELECT :task, a.id, :owner, :to, :now FROM crm.absence a
    WHERE a.employee_id = :owner AND a.deleted_at IS NULL AND :day BETWEEN first_day AND last_day
    ORDER BY a.first_day, a.id LIMIT 1
    ON CONFLICT DO NOTHING
""")


def choice_for(performer: Performer, effect: effects.Assign, deal: Any) -> UUID | None:
    """Whom the deal goes to now; nobody if there is no such employee at work."""
    connection = performer.connection
    if effect.how == "head":
        head = performer.around.head_of(deal["responsible_id"])
        people: Sequence[Person] = [Person(head["id"])] if head else []
    else:
        given = {
            "rule": effect.reason.rule,
            "to": [address.lower() for address in effect.to],
            "role": effect.role,
            "department": effect.department,
        }
        people = [Person(row.id, row.load, row.turn) for row in connection.execute(PEOPLE, given)]
    today = performer.today
    person = choose(effect.how, people, today, absences_on(connection, today)) if people else None
    if person is not None:
        connection.execute(TURN, {"rule": effect.reason.rule, "person": person})
    return person


def note_lent(performer: Performer, rows: Sequence[Mapping[str, Any]]) -> None:
    """Remember whose the tasks are that substitutes have just got: they will come back."""
    for row in rows:
        owner = performer.lent.get(row["id"])
        if owner is not None:
            day = row["due_at"].astimezone(performer.letters.zone).date()
            given = {"task": row["id"], "owner": owner, "to": row["executor_id"], "day": day}
            performer.connection.execute(LENT, {**given, "now": performer.now})


def absences_on(connection: Connection, day: date) -> list[Absence]:
    """Who is away on a day."""
    return [Absence(**row._mapping) for row in connection.execute(AWAY, {"day": day})]
