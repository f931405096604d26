"""What rules would have known at a moment of the past: documents as the journal remembers them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as KEY

from provodka.connectors.crm_store.journal import Position
from provodka.flows.triggers.asked import COUNTED, OPEN_DEALS, Row
from provodka.flows.triggers.surroundings import Surroundings
from provodka.trigger_rules.changes import Change
from provodka.trigger_rules.events import Event, settled
from provodka.trigger_rules.relations import relations
from provodka.trigger_rules.schema import decode, documents

__all__ = ["OF_A_DEAL", "Past"]

OF_A_DEAL = ("invoice", "task", "interaction")
AS_IT_WAS = text("""
    SELECT k.id, d.before FROM unnest(:ids) AS k(id)
    CROSS JOIN LATERAL (
        SELECT j.before FROM hub.delta j
        WHERE j.document = k.id AND j.kind = :kind AND j.part = ''
          AND (j.xid, j.id) > (CAST(:xid AS text)::xid8, :id)
        ORDER BY j.xid, j.id LIMIT 1) d
""").bindparams(bindparam("ids", type_=ARRAY(KEY(as_uuid=True))))
ALL_DEALS = "SELECT id, client_id FROM crm.deal WHERE client_id = ANY(:ids) ORDER BY id"
CHILDREN = " UNION ALL ".join(
    f"SELECT '{kind}' AS kind, id, deal_id FROM crm.{kind} WHERE deal_id = ANY(:ids)"  # noqa: S608
    for kind in OF_A_DEAL
)


@dataclass
class Past(Surroundings):
    """Surroundings as they were at a place of the journal; `apply` moves them on.

    A document is its state before the first change that came later; one that has not changed
    since is as it is now. Tabular sections, references of payments and shipments to invoices,
    and the tree of departments are as they are now.
    """

    at: Position = field(default_factory=lambda: Position(0, 0))
    counted: bool = False
    _children: dict[UUID, dict[tuple[str, UUID], Mapping[str, Any]]] = field(default_factory=dict)

    @classmethod
    def before(
        cls,
        connection: Connection,
        at: Position,
        events: Collection[Event],
        changes: Iterable[Change],
        related: Collection[str],
        *,
        counted: bool,
    ) -> Past:
        """What is known right after `at`, around the events that follow it."""
        past = cls(connection, related=tuple(sorted(related)), at=at, counted=counted)
        past._load_own(events)
        past.load_deals(past._link(events))
        past._load_clients(events)
        past._load_named(changes)
        past._relate()
        past._joined = True
        return past

    def apply(self, change: Change) -> None:
        """A change has happened; one of a document that no event here looks at is passed over."""
        if change.before == {} and change.after == {}:
            return
        row = change.after
        known = self.rows.setdefault(change.kind, {})
        if self.counted and change.kind in OF_A_DEAL:
            self._count_again(change)
        if row is None or not _alive(row):
            known.pop(change.document, None)
            return
        mine = known.get(change.document)
        if mine is None and _alive(change.before):
            return
        if mine is None:
            mine = known[change.document] = _whole(change.kind, row)
            if change.kind == "deal":
                mine.update(_counts(self._children.get(change.document, {}).values()))
            self._reach(change.kind, mine)
        else:
            mine.update(decode(change.kind, _differing(change.before or {}, row)))
            if _moved(change):
                self._reach(change.kind, mine)

    def person(self, key: UUID | None) -> str | None:
        """An employee's name."""
        if key is None:
            return None
        self._load("employee", {key})
        row = self._get("employee", key)
        return row["name"] if row else None

    def _read(self, kind: str, ids: Collection[UUID]) -> dict[UUID, Row]:
        known = self._was(kind, ids)
        unchanged = super()._read(kind, [key for key in ids if key not in known])
        alive = {key: row for key, row in known.items() if row and row["deleted_at"] is None}
        return unchanged | alive

    def _was(self, kind: str, ids: Collection[UUID]) -> dict[UUID, Row | None]:
        """Documents that have changed since, as they were; nothing for one not there yet."""
        if not ids:
            return {}
        given = {"ids": list(ids), "kind": kind, "xid": str(self.at.xid), "id": self.at.id}
        return {
            row.id: _whole(kind, row.before) if row.before is not None else None
            for row in self.connection.execute(AS_IT_WAS, given)
        }

    def _query(self, sql: str, ids: Collection[UUID]) -> Iterator[Row]:
        if sql == OPEN_DEALS:
            yield from super()._query(ALL_DEALS, ids)
        elif sql == COUNTED:
            yield from self._counted(ids)
        else:
            yield from super()._query(sql, ids)

    def _counted(self, deals: Collection[UUID]) -> Iterator[Row]:
        if self.counted:
            self._load_children(deals)
        for deal in deals:
            yield {"id": deal, **_counts(self._children.get(deal, {}).values())}

    def _load_children(self, deals: Collection[UUID]) -> None:
        ids: dict[str, list[UUID]] = {}
        for row in super()._query(CHILDREN, deals):
            ids.setdefault(row["kind"], []).append(row["id"])
        for kind, keys in ids.items():
            was = self._was(kind, keys)
            now = [key for key in keys if key not in was]
            there = [*super()._read(kind, now).items(), *was.items()]
            for key, then in there:
                if then and then["deal_id"]:
                    mine = self._children.setdefault(then["deal_id"], {})
                    mine[kind, key] = {**then, "of": kind}

    def _count_again(self, change: Change) -> None:
        row = _whole(change.kind, change.row)
        for children in self._children.values():
            children.pop((change.kind, change.document), None)
        deal = row.get("deal_id")
        if deal and change.after is not None:
            mine = {**row, "of": change.kind}
            self._children.setdefault(deal, {})[change.kind, change.document] = mine
        for key in (deal, _deal_before(change)):
            known = self._get("deal", key)
            if known and key:
                known.update(_counts(self._children.get(key, {}).values()))

    def _load_named(self, changes: Iterable[Change]) -> None:
        """Clients and employees that documents will name before the page ends."""
        rows = [one.after for one in changes if one.after]
        self._load("client", _keys(rows, "client_id"))
        people = {row["responsible_id"] for row in self.rows.get("client", {}).values()}
        self._load("employee", people | _keys(rows, "responsible_id"))
        if rows and not self.parents:
            self._load_company()

    def _reach(self, kind: str, row: Row) -> None:
        """Join one document with those that expressions reach through it."""
        for path in self.related:
            root, *steps = path.split(".")
            if root != kind:
                continue
            at, rows = kind, [row]
            for step in steps[:-1]:
                at = relations(at)[step].kind
                rows = [one[step] for one in rows if one.get(step)]
            self._join(at, steps[-1], rows)

    def _join_section(self, kind: str, step: str, rows: list[Row]) -> None:
        """Read only the sections that some expression looks at."""
        if any(path.split(".")[-1] == step for path in self.related):
            super()._join_section(kind, step, rows)


def _whole(kind: str, row: Mapping[str, Any]) -> Row:
    """A row of the journal with every field that the kind has now."""
    return {**dict.fromkeys(documents()[kind]), **decode(kind, row)}


def _keys(rows: Iterable[Mapping[str, Any]], name: str) -> set[UUID | None]:
    return {UUID(key) for key in {row.get(name) for row in rows} if key}


def _alive(row: Mapping[str, Any] | None) -> bool:
    return row is not None and row.get("deleted_at") is None


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> Row:
    return {name: value for name, value in after.items() if before.get(name) != value}


def _moved(change: Change) -> bool:
    """Whether a change has made a document refer to others."""
    before, after = change.before or {}, change.after or {}
    names = relations(change.kind).values()
    return any(before.get(one.column) != after.get(one.column) for one in names)


def _deal_before(change: Change) -> UUID | None:
    was = (change.before or {}).get("deal_id")
    return UUID(was) if was else None


def _counts(children: Iterable[Mapping[str, Any]]) -> Row:
    """What the store counts of a deal, from the documents that belonged to it then."""
    all_ = list(children)
    alive = [one for one in all_ if one["deleted_at"] is None]
    papers = [one for one in alive if one["of"] == "invoice" and one["posted"]]
    tasks = [one for one in all_ if one["of"] == "task"]
    return {
        "invoices_posted": Decimal(len(papers)),
        "invoices_unpaid": _unsettled(papers, "paid_amount"),
        "invoices_unshipped": _unsettled(papers, "shipped_amount"),
        "tasks": Decimal(len(tasks)),
        "open_tasks": Decimal(
            sum(one["of"] == "task" and one["status"] == "open" for one in alive)
            + sum(one["of"] == "interaction" and one["status"] == "planned" for one in alive)
        ),
    }


def _unsettled(papers: Iterable[Mapping[str, Any]], done: str) -> Decimal:
    return Decimal(sum(not settled(one["amount"], one[done]) for one in papers))
