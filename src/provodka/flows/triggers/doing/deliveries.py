"""What rules do about deliveries: tasks moved along with a stop, a company's bill of the month."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from provodka.flows.water.billing import bill_month
from provodka.trigger_rules import effects

if TYPE_CHECKING:
    from provodka.flows.triggers.performing import Performer

__all__ = ["DOERS"]

MOVE = text("""
    UPDATE crm.task t SET executor_id = coalesce(CAST(:executor AS uuid), t.executor_id),
      due_at = coalesce(CAST(:due AS timestamptz), t.due_at),
      original_due_at = coalesce(CAST(:due AS timestamptz), t.original_due_at)
    WHERE t.deal_id = :deal AND t.rule = :rule AND t.status = 'open' AND t.deleted_at IS NULL
      AND t.author_id IS NULL AND t.due_at IS NOT DISTINCT FROM t.original_due_at
      AND (t.executor_id, t.due_at) IS DISTINCT FROM
        (coalesce(CAST(:executor AS uuid), t.executor_id),
         coalesce(CAST(:due AS timestamptz), t.due_at))
      AND NOT EXISTS (SELECT FROM hub.delta d WHERE d.document = t.id AND d.kind = 'task'
                      AND d.op = 'update' AND d.origin NOT LIKE 'rule:%')
    RETURNING t.id
""")
Made = dict[str, Any]


def move_tasks(performer: Performer, effect: effects.MoveTasks, _row: Any) -> Made:
    """Give the tasks over or put them off; those that a person has touched stay."""
    given = {
        "deal": effect.deal,
        "rule": effect.created_by,
        "executor": effect.executor,
        "due": effect.due_at,
    }
    moved = performer.connection.execute(MOVE, given).scalars().all()
    return {"tasks": [str(key) for key in moved]} if moved else {"skipped": "same_value"}


def bill(performer: Performer, effect: effects.BillMonth, _row: Any) -> Made:
    """Enter the invoice; orders that are in one already are left alone."""
    made = bill_month(
        performer.connection,
        effect.month,
        performer.letters.zone,
        performer.now,
        client=effect.client,
    )
    if not made:
        return {"skipped": "nothing_to_bill"}
    return {"kind": "invoice", "document": str(made[0].invoice), "orders": made[0].orders}


DOERS: Mapping[type[Any], Callable[[Any, Any, Any], dict[str, Any]]] = {
    effects.MoveTasks: move_tasks,
    effects.BillMonth: bill,
}
