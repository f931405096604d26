"""Effects become rows: each once, in the transaction that moves the rules' cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, text

from provodka.connectors.crm_store import authors
from provodka.connectors.crm_store.engine import dump_json
from provodka.connectors.crm_store.tables import metadata
from provodka.connectors.crm_store.tables.deals import deal as deals
from provodka.connectors.crm_store.tables.deals import task as tasks
from provodka.connectors.crm_store.tables.hub import effect as ledger
from provodka.flows.triggers.asked import Row
from provodka.flows.triggers.doing import deals as doing_deals
from provodka.flows.triggers.doing import deliveries as doing_deliveries
from provodka.flows.triggers.doing import later as doing_later
from provodka.flows.triggers.doing import letters as doing_letters
from provodka.flows.triggers.doing import outside as doing_outside
from provodka.flows.triggers.doing import papers as doing_papers
from provodka.flows.triggers.doing import reports as doing_reports
from provodka.flows.triggers.doing.later import Firings
from provodka.flows.triggers.doing.letters import letter_row
from provodka.flows.triggers.doing.staff import absences_on, note_lent
from provodka.flows.triggers.surroundings import Surroundings
from provodka.foundation.identifiers import uuid7
from provodka.trigger_rules import effects
from provodka.trigger_rules.letters import Letters
from provodka.trigger_rules.staff import Absence, stand_in

__all__ = ["Performer"]

ENTER = text("""
    WITH told AS MATERIALIZED (
        SELECT set_config('hub.origin', :origin, true), set_config('hub.cause', :told_cause, true),
               set_config('hub.depth', :told_depth, true))
    INSERT INTO hub.effect (key, rule, rule_version, action, kind, document, cause, made)
    SELECT :key, :rule, :version, :action, :kind, :document, CAST(:cause AS bigint),
           CAST(:made AS jsonb) FROM told
    ON CONFLICT DO NOTHING RETURNING key
""")
CANCEL = text("""
    UPDATE crm.task t SET status = 'cancelled'
    WHERE t.deal_id = :deal AND t.status = 'open' AND t.rule IS NOT NULL AND t.author_id IS NULL
      AND (t.stage_entry = :entry OR (:also_earlier AND t.stage_entry < :entry))
      AND t.due_at IS NOT DISTINCT FROM t.original_due_at
      AND NOT EXISTS (SELECT FROM hub.delta d WHERE d.document = t.id AND d.kind = 'task'
                      AND d.op = 'update' AND d.origin NOT LIKE 'rule:%')
    RETURNING t.id
""")
NEW_TASK = tasks.insert().inline()
STILL_OPEN = deals.update().where(deals.c.id == bindparam("deal"), deals.c.status == "open")
MOVE = (
    STILL_OPEN.where(deals.c.stage == bindparam("seen"))
    .values(stage=bindparam("to"))
    .returning(deals)
)
Made = dict[str, Any]


@dataclass
class Performer:
    """Performs effects on one connection and keeps the facts around them true.

    The ledger decides: an effect whose key is in it has been performed and is left alone.
    `lent` are the tasks put to substitutes, with whose they are.
    """

    connection: Connection
    around: Surroundings
    letters: Letters
    now: datetime
    firings: Firings = field(default_factory=dict)
    lent: dict[UUID, UUID] = field(default_factory=dict)
    _away: dict[date, list[Absence]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The date in the company's zone."""
        return self.now.astimezone(self.letters.zone).date()

    def perform(self, effect: effects.Effect, facts: Mapping[str, Any]) -> bool:
        """Do it unless it was done; `False` if it was, or if its moment has passed.

        Raises `DocumentError` before anything is written if a letter cannot be rendered.
        """
        row = self.row(effect, facts, uuid7())
        made = self.made(effect, row)
        if not self._enter(effect, made):
            return False
        said = DOERS[type(effect)](self, effect, row)
        if said:
            self._amend(effect, made | said)
        return "skipped" not in said

    def _enter(self, effect: effects.Effect, made: Made) -> bool:
        """Enter the effect in the ledger and say on whose behalf what follows is written."""
        reason = effect.reason
        given = {
            "key": reason.key,
            "rule": reason.rule,
            "version": reason.version,
            "action": type(effect).__name__,
            "kind": reason.kind,
            "document": reason.document,
            "cause": reason.cause,
            "made": dump_json(made),
            "origin": f"rule:{reason.rule}",
            "told_cause": "" if reason.cause is None else str(reason.cause),
            "told_depth": str(reason.depth),
        }
        return self.connection.execute(ENTER, given).first() is not None

    def _amend(self, effect: effects.Effect, made: Made) -> None:
        entry = ledger.update().where(ledger.c.key == effect.reason.key)
        self.connection.execute(entry.values(made=made))

    def row(self, effect: effects.Effect, facts: Mapping[str, Any], key: UUID) -> Row:
        """The task or letter that an effect makes under that key; nothing for one that makes none.

        Raises `DocumentError` if a letter cannot be rendered.
        """
        if isinstance(effect, effects.CreateTask):
            return self._task(effect, key)
        if isinstance(effect, effects.SendLetter | effects.Notify):
            return letter_row(self, effect, facts) | {"id": key}
        if isinstance(effect, effects.Say):
            return {"text": self.letters.fill(effect.text, facts)}
        return {}

    @staticmethod
    def made(effect: effects.Effect, row: Row) -> Made:
        """What the ledger says of an effect before it is done."""
        if isinstance(effect, effects.CreateTask):
            return {"kind": "task", "document": row["id"], "provisional": effect.provisional}
        if isinstance(effect, effects.SendLetter | effects.Notify):
            return {"kind": "message", "document": row["id"]}
        if isinstance(effect, effects.SetField):
            return {"kind": effect.kind, "document": effect.document, "field": effect.field}
        if isinstance(effect, effects.MoveStage):
            return {"kind": "deal", "document": effect.deal, "stage": effect.to}
        return {"kind": "deal", "document": getattr(effect, "deal", None)}

    def _task(self, effect: effects.CreateTask, key: UUID) -> Row:
        executor = self._at_work(effect)
        if executor != effect.executor and effect.executor is not None:
            self.lent[key] = effect.executor
        return {
            "id": key,
            "subject": effect.subject,
            "purpose": effect.purpose,
            "deal_id": effect.deal,
            "client_id": effect.client,
            "executor_id": executor,
            "kind": effect.kind,
            "due_at": effect.due_at,
            "original_due_at": effect.due_at,
            "rule": effect.reason.rule,
            "stage_entry": self.around.rows["deal"][effect.deal]["stage_entry"],
        }

    def _at_work(self, effect: effects.CreateTask) -> UUID | None:
        """The executor, or who stands in on the day when the task is due."""
        if effect.executor is None:
            return None
        day = effect.due_at.astimezone(self.letters.zone).date()
        if day not in self._away:
            self._away[day] = absences_on(self.connection, day)
        return stand_in(effect.executor, day, self._away[day]) or effect.executor

    def create_task(self, effect: effects.CreateTask, row: Row) -> Made:
        """Insert the task, stamped with the deal's present stage entry."""
        self.connection.execute(NEW_TASK, row)
        note_lent(self, [row])
        self.count_task(effect.deal)
        return {}

    def count_task(self, deal: UUID) -> None:
        """The deal has one more open task."""
        known = self.around.rows["deal"][deal]
        known["tasks"] += 1
        known["open_tasks"] += 1

    def set_field(self, effect: effects.SetField, _row: Row) -> Made:
        """Write one field where it differs, and where no person has corrected it by hand."""
        if not effect.over_hand and self._corrected(effect):
            return {"skipped": "changed_by_hand"}
        table = metadata.tables[f"crm.{effect.kind}"]
        column = table.c[effect.field]
        changed = self.connection.execute(
            table.update()
            .where(table.c.id == effect.document, column.is_distinct_from(effect.value))
            .values({column: effect.value})
            .returning(table)
        ).first()
        if changed is None:
            return {"skipped": "same_value"}
        self.see(effect.kind, [dict(changed._mapping)])
        return {}

    def _corrected(self, effect: effects.SetField) -> bool:
        """Whether the field's value is a person's correction, not what it was created with."""
        found = (effect.kind, effect.document, effect.field)
        return authors.is_correction(authors.last_author(self.connection, *found))

    def move_stage(self, effect: effects.MoveStage, _row: Row) -> Made:
        """Enter the stage, if the deal is still where the rule saw it."""
        given = {"deal": effect.deal, "seen": effect.seen, "to": effect.to}
        return self._changed_deal(self.connection.execute(MOVE, given).first())

    def close_deal(self, effect: effects.CloseDeal, _row: Row) -> Made:
        """End the deal, if it is still open."""
        end = {"stage": effect.stage} if effect.stage else {"status": effect.result}
        reason = {"lost_reason": effect.lost_reason} if effect.lost_reason else {}
        change = STILL_OPEN.values(**end, **reason).returning(deals)
        return self._changed_deal(self.connection.execute(change, {"deal": effect.deal}).first())

    def cancel_tasks(self, effect: effects.CancelTasks, _row: Row) -> Made:
        """Cancel what rules made at that stage entry and no one has touched."""
        given = {
            "deal": effect.deal,
            "entry": effect.entry,
            "also_earlier": effect.also_earlier,
        }
        gone = self.connection.execute(CANCEL, given).scalars().all()
        self.count_cancelled(effect.deal, len(gone))
        return {"tasks": [str(key) for key in gone]}

    def count_cancelled(self, deal: UUID, gone: int) -> None:
        """The deal has so many open tasks less."""
        known = self.around.rows.get("deal", {}).get(deal)
        if known:
            known["open_tasks"] -= gone

    def _changed_deal(self, row: Any) -> Made:
        if row is None:
            return {"skipped": "moved_on"}
        self.see("deal", [dict(row._mapping)])
        return {}

    def see(self, kind: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Documents are now as these rows say."""
        known = self.around.rows.get(kind, {})
        for row in rows:
            if row["id"] in known:
                known[row["id"]].update(row)


DOERS: dict[type[Any], Callable[[Performer, Any, Row], Made]] = {
    effects.CreateTask: Performer.create_task,
    effects.SetField: Performer.set_field,
    effects.MoveStage: Performer.move_stage,
    effects.CloseDeal: Performer.close_deal,
    effects.CancelTasks: Performer.cancel_tasks,
    **doing_letters.DOERS,
    **doing_deals.DOERS,
    **doing_papers.DOERS,
    **doing_deliveries.DOERS,
    **doing_outside.DOERS,
    **doing_later.DOERS,
    **doing_reports.DOERS,
}
