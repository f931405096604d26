"""Deals as a whole: assigned, copied, put away, paused, resumed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text

from provodka.connectors.crm_store import authors
from provodka.connectors.crm_store.tables.deals import deal as deals
from provodka.connectors.crm_store.tables.deals import deal_item
from provodka.flows.triggers.doing.staff import choice_for
from provodka.trigger_rules import effects

if TYPE_CHECKING:
    from provodka.flows.triggers.performing import Performer

__all__ = ["DOERS"]

NOT_COPIED = frozenset(
    {
        "id", "number", "stage", "stage_entry", "stage_entered_at", "status", "lost_reason",
        "closed_at", "paused_at", "paused_until", "merged_into_id", "created_at", "deleted_at",
        "delivery_at",
    }
)  # fmt: skip
GIVE = text("""
    UPDATE crm.deal SET responsible_id = :person
    WHERE id = :deal AND deleted_at IS NULL AND responsible_id IS DISTINCT FROM :person
    RETURNING id
""")
GIVE_TASKS = text("""
    UPDATE crm.task SET executor_id = :person
    WHERE deal_id = :deal AND status = 'open' AND deleted_at IS NULL
      AND executor_id IS NOT DISTINCT FROM CAST(:former AS uuid)
""")
PUT_AWAY = text("""
    UPDATE crm.deal SET deleted_at = now(), lost_reason = coalesce(:why, lost_reason)
    WHERE id = :deal AND deleted_at IS NULL RETURNING id
""")
DROP_TASKS = text("""
    UPDATE crm.task SET status = 'cancelled'
    WHERE deal_id = :deal AND status = 'open' AND deleted_at IS NULL
""")
PAUSE = text("""
    UPDATE crm.deal SET paused_at = now(), paused_until = :until
    WHERE id = :deal AND status = 'open' AND paused_until IS DISTINCT FROM :until RETURNING id
""")
RESUME = text("""
    UPDATE crm.deal SET paused_at = NULL, paused_until = NULL
    WHERE id = :deal AND paused_at IS NOT NULL RETURNING id
""")
Made = dict[str, Any]


def assign(performer: Performer, effect: effects.Assign, _row: Any) -> Made:
    """Give the deal to somebody who is there, and the former one's open tasks with it."""
    deal = performer.around.rows["deal"][effect.deal]
    if not effect.over_hand and _chosen_by_hand(performer, effect.deal):
        return {"skipped": "changed_by_hand"}
    person = choice_for(performer, effect, deal)
    if person is None:
        return {"skipped": "nobody"}
    former = deal["responsible_id"]
    given = {"deal": effect.deal, "person": person}
    if performer.connection.execute(GIVE, given).first() is None:
        return {"skipped": "same_value", "employee": str(person)}
    if effect.tasks:
        performer.connection.execute(GIVE_TASKS, {**given, "former": former})
    performer.around.load_deals([effect.deal])
    return {"employee": str(person)}


def copy(performer: Performer, effect: effects.CopyDeal, _row: Any) -> Made:
    """Insert a deal with the same fields and items."""
    deal = performer.around.rows["deal"][effect.deal]
    known = {column.name for column in deals.columns} - NOT_COPIED
    values = {name: value for name, value in deal.items() if name in known}
    new = effect.reason.new_id
    values |= {"stage": deal["stage"], "id": new} | dict(effect.values)
    performer.connection.execute(deals.insert().values(values))
    copy_lines(performer, deal_item, deal_item, "deal_id", "deal_id", (effect.deal, new))
    return {"document": str(new)}


def copy_lines(
    performer: Performer, source: Any, target: Any, of: str, to: str, keys: tuple[UUID, UUID]
) -> None:
    """Copy the lines of one document to another: the columns that both sections have."""
    both = [
        column.name
        for column in target.columns
        if column.name in set(source.columns.keys()) - {of, to}
    ]
    listed = ", ".join(both)
    statement = (
        f"INSERT INTO {target.fullname} ({to}, {listed})"  # noqa: S608
        f" SELECT CAST(:new AS uuid), {listed} FROM {source.fullname} WHERE {of} = :old"
    )
    performer.connection.execute(text(statement), {"old": keys[0], "new": keys[1]})


def archive(performer: Performer, effect: effects.ArchiveDeal, _row: Any) -> Made:
    """A tombstone for the deal; nobody has to do anything about it any more."""
    given = {"deal": effect.deal, "why": effect.why}
    if performer.connection.execute(PUT_AWAY, given).first() is None:
        return {"skipped": "moved_on"}
    performer.connection.execute(DROP_TASKS, {"deal": effect.deal})
    gone = {"deleted_at": performer.now, "status": "lost"}
    performer.around.rows["deal"][effect.deal].update(gone)
    return {}


def pause(performer: Performer, effect: effects.PauseDeal, _row: Any) -> Made:
    """Ask nothing of the deal until its time."""
    given = {"deal": effect.deal, "until": effect.until}
    return _changed(performer, effect.deal, performer.connection.execute(PAUSE, given).first())


def resume(performer: Performer, effect: effects.ResumeDeal, _row: Any) -> Made:
    """The deal goes on."""
    done = performer.connection.execute(RESUME, {"deal": effect.deal}).first()
    return _changed(performer, effect.deal, done)


def _changed(performer: Performer, deal: UUID, row: Any) -> Made:
    if row is None:
        return {"skipped": "moved_on"}
    performer.around.load_deals([deal])
    return {}


def _chosen_by_hand(performer: Performer, deal: UUID) -> bool:
    author = authors.last_author(performer.connection, "deal", deal, "responsible_id")
    return authors.is_correction(author)


DOERS: Mapping[type[Any], Callable[[Any, Any, Any], dict[str, Any]]] = {
    effects.Assign: assign,
    effects.CopyDeal: copy,
    effects.ArchiveDeal: archive,
    effects.PauseDeal: pause,
    effects.ResumeDeal: resume,
}
