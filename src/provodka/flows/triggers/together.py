"""Effects of a wave become rows, each kind by one statement; what they say of it in the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import text

from provodka.connectors.crm_store import authors, outbox
from provodka.connectors.crm_store.batches import (
    Change,
    Why,
    as_oneself,
    insert_rows,
    of_field,
    update_rows,
)
from provodka.connectors.crm_store.engine import dump_json
from provodka.connectors.crm_store.tables import metadata
from provodka.connectors.crm_store.tables.deals import deal as deals
from provodka.connectors.crm_store.tables.deals import task as tasks
from provodka.connectors.crm_store.tables.hub import effect as ledger
from provodka.connectors.crm_store.tables.letters import letter_paper
from provodka.connectors.crm_store.tables.reacting import audience, firing, signal, waiting
from provodka.connectors.crm_store.tables.talk import message as messages
from provodka.flows.triggers.doing import later, letters, outside
from provodka.flows.triggers.doing.staff import note_lent
from provodka.flows.triggers.waves import Item, Wave
from provodka.foundation.identifiers import uuid7s
from provodka.trigger_rules import effects

if TYPE_CHECKING:
    from provodka.flows.triggers.performing import Performer

__all__ = ["write_wave"]

AMEND = text("""
    UPDATE hub.effect e SET made = v.made
    FROM json_to_recordset(CAST(:rows AS json)) AS v (key text, made jsonb) WHERE e.key = v.key
""")
STALE = text("""
    SELECT v.place, t.id FROM json_to_recordset(CAST(:rows AS json))
        AS v (place int, deal uuid, entry int, also_earlier boolean)
    JOIN crm.task t ON t.deal_id = v.deal
    WHERE t.status = 'open' AND t.rule IS NOT NULL AND t.author_id IS NULL
      AND (t.stage_entry = v.entry OR (v.also_earlier AND t.stage_entry < v.entry))
      AND t.due_at IS NOT DISTINCT FROM t.original_due_at
      AND NOT EXISTS (SELECT FROM hub.delta d WHERE d.document = t.id AND d.kind = 'task'
                      AND d.op = 'update' AND d.origin NOT LIKE 'rule:%')
    ORDER BY v.place, t.id FOR UPDATE OF t
""")
CANCELLED = Change("id uuid", "status = 'cancelled'", "t.status = 'open'")
MOVED = Change(
    "id uuid, seen text, stage text", "stage = v.stage", "t.status = 'open' AND t.stage = v.seen"
)
CLOSED = Change(
    "id uuid, stage text, status text, lost_reason text",
    "stage = coalesce(v.stage, t.stage), lost_reason = coalesce(v.lost_reason, t.lost_reason),"
    " status = CASE WHEN v.stage IS NULL THEN v.status ELSE t.status END",
    "t.status = 'open'",
)
Made = dict[str, Any]
Rows = list[dict[str, Any]]
SKIPPED: Made = {"skipped": "moved_on"}


def write_wave(performer: Performer, wave: Wave) -> None:
    """Write all, in the order of the slots; `Item.done` says what was new and not too late.

    Whatever goes wrong with one of them is raised, and then nothing of the wave may stay.
    """
    items = wave.items
    keys = dict(zip(map(id, items), sorted(uuid7s(len(items))), strict=True))
    made = {id(one): performer.made(one.effect, {"id": keys[id(one)]}) for one in items}
    entries = _entries(items, made)
    new = set(insert_rows(performer.connection, ledger, entries, once="key"))
    for slot in wave.slots:
        fresh = [_New(one, keys[id(one)], made[id(one)]) for one in slot.items if one.key in new]
        if fresh:
            _write(performer, fresh)
    as_oneself(performer.connection)


class _New(NamedTuple):
    """An effect that is new to the ledger, the key of what it makes, and what the ledger says."""

    item: Item
    key: UUID
    made: Made


def _write(performer: Performer, fresh: Sequence[_New]) -> None:
    rows = [performer.row(one.item.effect, one.item.facts, one.key) for one in fresh]
    write = WRITERS[type(fresh[0].item.effect)]
    said = write(performer, [one.item.effect for one in fresh], rows)
    for one, more in zip(fresh, said, strict=True):
        one.item.done = "skipped" not in more
    amended = [
        {"key": one.item.key, "made": one.made | more}
        for one, more in zip(fresh, said, strict=True)
        if more
    ]
    if amended:
        performer.connection.execute(AMEND, {"rows": dump_json(amended)})


def _entries(items: Sequence[Item], made: Mapping[int, Made]) -> Rows:
    return [
        {
            "key": one.key,
            "rule": one.effect.reason.rule,
            "rule_version": one.effect.reason.version,
            "action": type(one.effect).__name__,
            "kind": one.effect.reason.kind,
            "document": one.effect.reason.document,
            "cause": one.effect.reason.cause,
            "made": made[id(one)],
        }
        for one in items
    ]


def _why(document: UUID, effect: effects.Effect) -> Why:
    reason = effect.reason
    return Why(document, f"rule:{reason.rule}", reason.cause, reason.depth)


def _whys(wanted: Sequence[Any], rows: Rows) -> list[Why]:
    return [_why(row["id"], effect) for effect, row in zip(wanted, rows, strict=True)]


def _tasks(performer: Performer, wanted: Sequence[effects.CreateTask], rows: Rows) -> list[Made]:
    insert_rows(performer.connection, tasks, rows, _whys(wanted, rows))
    note_lent(performer, rows)
    for effect in wanted:
        performer.count_task(effect.deal)
    return [{} for _one in wanted]


def _letters(performer: Performer, wanted: Sequence[Any], rows: Rows) -> list[Made]:
    insert_rows(performer.connection, messages, rows, _whys(wanted, rows))
    papers = [one for pair in zip(wanted, rows, strict=True) for one in letters.papers_of(*pair)]
    insert_rows(performer.connection, letter_paper, papers)
    intents = [letters.intent(*one) for one in zip(wanted, rows, strict=True)]
    outbox.enqueue_all(performer.connection, intents)
    return [{} for _one in wanted]


def _field(performer: Performer, wanted: Sequence[effects.SetField], _none: Rows) -> list[Made]:
    first = wanted[0]
    kind, field = first.kind, first.field
    free = list(wanted)
    if not first.over_hand:
        known = {one.document for one in wanted}
        found = authors.last_authors(performer.connection, kind, known, field)
        free = [one for one in wanted if not authors.is_correction(found.get(one.document))]
    table = metadata.tables[f"crm.{kind}"]
    new = [{"id": one.document, field: one.value} for one in free]
    change = of_field(table, field)
    changed = update_rows(performer.connection, table, change, new, _whys(free, new))
    by_hand = {one.document for one in wanted} - {one.document for one in free}
    performer.see(kind, changed.values())
    return [_told(one.document, changed, by_hand) for one in wanted]


def _told(document: UUID, changed: Mapping[UUID, Any], by_hand: set[UUID]) -> Made:
    if document in by_hand:
        return {"skipped": "changed_by_hand"}
    return {} if document in changed else {"skipped": "same_value"}


def _moves(performer: Performer, wanted: Sequence[effects.MoveStage], _none: Rows) -> list[Made]:
    rows = [{"id": one.deal, "seen": one.seen, "stage": one.to} for one in wanted]
    return _deals(performer, MOVED, wanted, rows)


def _ends(performer: Performer, wanted: Sequence[effects.CloseDeal], _none: Rows) -> list[Made]:
    rows = [
        {
            "id": one.deal,
            "stage": one.stage or None,
            "status": one.result,
            "lost_reason": one.lost_reason or None,
        }
        for one in wanted
    ]
    return _deals(performer, CLOSED, wanted, rows)


def _deals(performer: Performer, change: Change, wanted: Sequence[Any], rows: Rows) -> list[Made]:
    changed = update_rows(performer.connection, deals, change, rows, _whys(wanted, rows))
    performer.see("deal", changed.values())
    return [{} if one.deal in changed else SKIPPED for one in wanted]


def _cancelled(
    performer: Performer, wanted: Sequence[effects.CancelTasks], _rows: Rows
) -> list[Made]:
    asked = [
        {"place": place, "deal": one.deal, "entry": one.entry, "also_earlier": one.also_earlier}
        for place, one in enumerate(wanted)
    ]
    gone: dict[int, list[UUID]] = defaultdict(list)
    for row in performer.connection.execute(STALE, {"rows": dump_json(asked)}):
        gone[row.place].append(row.id)
    whys = [_why(key, wanted[place]) for place, keys in gone.items() for key in keys]
    rows = [{"id": why.document} for why in whys]
    update_rows(performer.connection, tasks, CANCELLED, rows, whys)
    for place, keys in gone.items():
        performer.count_cancelled(wanted[place].deal, len(keys))
    return [{"tasks": [str(key) for key in gone[place]]} for place in range(len(wanted))]


def _waits(performer: Performer, wanted: Sequence[effects.Wait], _none: Rows) -> list[Made]:
    insert_rows(
        performer.connection, waiting, [later.waiting_row(one) for one in wanted], once="key"
    )
    return [{"due_at": one.due_at} for one in wanted]


def _firings(performer: Performer, wanted: Sequence[effects.Fired], _none: Rows) -> list[Made]:
    insert_rows(
        performer.connection, firing, [later.firing_row(one) for one in wanted], once="rule"
    )
    for one in wanted:
        later.remember(performer, one)
    return [{} for _one in wanted]


def _signals(performer: Performer, wanted: Sequence[effects.Signal], _none: Rows) -> list[Made]:
    rows = [outside.signal_row(one) for one in wanted]
    insert_rows(performer.connection, signal, rows, _whys(wanted, rows), once="key")
    return [{"kind": "signal", "document": str(row["id"])} for row in rows]


def _webhooks(
    performer: Performer, wanted: Sequence[effects.CallWebhook], _rows: Rows
) -> list[Made]:
    outbox.enqueue_all(performer.connection, [outside.webhook_intent(one) for one in wanted])
    return [{"address": one.address} for one in wanted]


def _audiences(
    performer: Performer, wanted: Sequence[effects.AddToAudience], _rows: Rows
) -> list[Made]:
    rows = [row for one in wanted for row in outside.audience_rows(one)]
    added = insert_rows(performer.connection, audience, rows, once="list || ' ' || hash")
    left = set(added)
    return [_added(one, left) for one in wanted]


def _added(effect: effects.AddToAudience, left: set[str]) -> Made:
    """What this effect has added: of contacts that several name, the first one's."""
    mine = {f"{effect.audience} {digest}" for _kind, digest in effect.hashes} & left
    left -= mine
    return {"added": len(mine)} if mine else {"skipped": "known"}


WRITERS: Mapping[type[Any], Callable[[Performer, Sequence[Any], Rows], list[Made]]] = {
    effects.CreateTask: _tasks,
    effects.SendLetter: _letters,
    effects.Notify: _letters,
    effects.SetField: _field,
    effects.MoveStage: _moves,
    effects.CloseDeal: _ends,
    effects.CancelTasks: _cancelled,
    effects.Wait: _waits,
    effects.Fired: _firings,
    effects.Signal: _signals,
    effects.CallWebhook: _webhooks,
    effects.AddToAudience: _audiences,
}
