"""What rules need to know about a page of events, read set-based and kept up to date."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from provodka.flows.triggers.asked import (
    COUNTED,
    DEALS_OF,
    HEADS,
    LINES,
    OPEN_DEALS,
    Row,
    alive,
    statement,
)
from provodka.trigger_rules.events import BY_CLIENT, Event
from provodka.trigger_rules.relations import relations, sections
from provodka.trigger_rules.schema import decode

__all__ = ["Surroundings"]


@dataclass
class Surroundings:
    """Rows by kind and key around a page of events; effects keep `rows` up to date.

    An event's own document is seen as its change left it, everything else as it is now.
    """

    connection: Connection
    rows: dict[str, dict[UUID, Row]] = field(default_factory=dict)
    deals_of: dict[tuple[str, UUID], list[UUID]] = field(default_factory=dict)
    heads: list[Row] = field(default_factory=list)
    parents: dict[UUID, UUID | None] = field(default_factory=dict)
    related: tuple[str, ...] = ()
    _joined: bool = False
    _company: bool = False
    _decoded: dict[int, Row] = field(default_factory=dict)
    _clients: dict[UUID, list[tuple[str, UUID]]] = field(default_factory=dict)

    @classmethod
    def around(
        cls,
        connection: Connection,
        events: Collection[Event],
        deals: Collection[UUID],
        related: Collection[str] = (),
    ) -> Surroundings:
        """Read what a page needs: one query for each kind of document and each relation."""
        made = cls(connection, related=tuple(sorted(related)))
        if events or deals:
            made._load_own(events)
            made.load_deals({*deals, *made._link(events)})
            made._load_clients(events)
            made._relate()
            made._joined = True
        return made

    def facts(self, event: Event) -> Iterator[tuple[Event, dict[str, Any]]]:
        """The event with its facts, each as they are when it is asked for."""
        for about, deal in self.occasions(event):
            yield about, self.facts_of(about, deal)

    def occasions(self, event: Event) -> list[tuple[Event, UUID | None]]:
        """The event for each deal that it is about; a payment of several deals is several.

        One of a client is seen once by rules of no scenario, and by those of one once for each
        open deal of the client.
        """
        deals = self.deals_of.get((event.kind, event.document), [])
        if event.kind in BY_CLIENT:
            own = (self._own(event).get(event.kind) or {}).get("deal_id")
            through = replace(event, through_client=True)
            return [(event, own), *((_for_deal(through, deal), deal) for deal in deals)]
        if len(deals) > 1:
            return [(_for_deal(event, deal), deal) for deal in deals]
        return [(event, deals[0] if deals else None)]

    def facts_of(self, about: Event, deal: UUID | None) -> dict[str, Any]:
        """What is known around one occasion of an event now."""
        by_client = about.kind in BY_CLIENT and not about.through_client
        client = self._client_of(about) if by_client or deal is None else None
        return {**self.of_deal(deal, client), **self._own(about)}

    def of_deal(self, deal: UUID | None, client: UUID | None = None) -> dict[str, Any]:
        """The deal with its client, responsible employee and the head above them."""
        row = self.rows.get("deal", {}).get(deal) if deal else None
        buyer = self._get("client", row["client_id"] if row else client)
        charged = row or buyer
        employee = self._get("employee", charged["responsible_id"]) if charged else None
        return {
            "deal": row,
            "client": buyer,
            "responsible": employee,
            "head": self._head(employee),
        }

    def load_deals(self, deals: Collection[UUID]) -> None:
        """Read deals afresh, with their counts, clients and responsible employees."""
        found = self._read("deal", deals)
        for row in self._query(COUNTED, found):
            found[row.pop("id")].update(row)
        self.rows.setdefault("deal", {}).update(found)
        for kind, column in (("client", "client_id"), ("employee", "responsible_id")):
            self._load(kind, {row[column] for row in found.values()})
        if found and not self._company:
            self._load_company()
        if self._joined:
            self._relate(found)

    def reload(self, documents: Mapping[str, Collection[UUID]]) -> None:
        """Read documents of each kind afresh: what was noted of them may not be so."""
        for kind, ids in documents.items():
            if kind == "deal":
                self.load_deals(ids)
            else:
                known = self.rows.get(kind, {})
                for key, row in self._read(kind, known.keys() & ids).items():
                    known[key].update(row)

    def _relate(self, deals: Mapping[UUID, Row] | None = None) -> None:
        """Join documents with those that expressions reach through them; of `deals` alone if told.

        Shorter ways come first, so that a longer one finds its beginning.
        """
        for path in self.related:
            root, *steps = path.split(".")
            kind = "employee" if root in ("responsible", "head") else root
            if deals is not None and kind != "deal":
                continue
            rows = list((deals if deals is not None else self.rows.get(kind, {})).values())
            rows += self.heads if root == "head" else []
            for step in steps[:-1]:
                kind = relations(kind)[step].kind
                rows = [row[step] for row in rows if row.get(step)]
            self._join(kind, steps[-1], rows)

    def _join(self, kind: str, step: str, rows: list[Row]) -> None:
        relation = relations(kind).get(step)
        if relation is None:
            self._join_section(kind, step, rows)
            return
        self._load(relation.kind, {row[relation.column] for row in rows})
        for row in rows:
            row[step] = self._get(relation.kind, row[relation.column])

    def _join_section(self, kind: str, part: str, rows: list[Row]) -> None:
        section = sections(kind)[part]
        by_key: dict[UUID, list[Row]] = {row["id"]: [] for row in rows}
        goods = ", p.name AS product, p.kind AS product_kind" if section.goods else ""
        product = " JOIN crm.product p ON p.id = l.product_id" if section.goods else ""
        query = (
            f"SELECT l.*{goods} FROM crm.{section.table} l{product}"  # noqa: S608
            f" WHERE l.{section.owner} = ANY(:ids) ORDER BY l.{section.owner}, l.line"
        )
        for line in self._query(query, list(by_key)):
            by_key[line[section.owner]].append(line)
        for row in rows:
            row[part] = by_key[row["id"]]

    def _load_clients(self, events: Iterable[Event]) -> None:
        """Clients of events that belong to no deal, and who is responsible for them."""
        wanted = {self._client_of(event) for event in events if event.kind in BY_CLIENT}
        self._load("client", wanted)
        clients = self.rows.get("client", {})
        people = {clients[key]["responsible_id"] for key in wanted if key in clients}
        self._load("employee", people)
        if wanted and not self._company:
            self._load_company()

    def _load(self, kind: str, wanted: Collection[UUID | None]) -> None:
        known = self.rows.setdefault(kind, {})
        known.update(self._read(kind, {key for key in wanted if key and key not in known}))

    def _load_own(self, events: Iterable[Event]) -> None:
        wanted: dict[str, set[UUID]] = {}
        for event in events:
            wanted.setdefault(event.kind, set()).add(event.document)
        for kind, ids in wanted.items():
            if kind != "deal":
                self.rows[kind] = self._read(kind, ids)
            if kind in LINES:
                self._join_section(kind, "lines", list(self.rows[kind].values()))

    def _link(self, events: Iterable[Event]) -> set[UUID]:
        far: dict[str, set[UUID]] = {}
        for event in events:
            key = (event.kind, event.document)
            if event.kind in DEALS_OF:
                far.setdefault(event.kind, set()).add(event.document)
            elif event.kind == "deal":
                self.deals_of[key] = [event.document]
            elif deal := (self._own(event).get(event.kind) or {}).get("deal_id"):
                self.deals_of[key] = [deal]
            elif event.kind in BY_CLIENT and (client := self._client_of(event)):
                self._clients.setdefault(client, []).append(key)
        for row in self._query(OPEN_DEALS, list(self._clients)):
            for key in self._clients[row["client_id"]]:
                self.deals_of.setdefault(key, []).append(row["id"])
        for kind, ids in far.items():
            for row in self._query(DEALS_OF[kind], ids):
                self.deals_of.setdefault((kind, row["document"]), []).append(row["deal_id"])
        return {deal for deals in self.deals_of.values() for deal in deals}

    def _load_company(self) -> None:
        """The heads, and the departments if there is a head who may stand above them."""
        self.heads = list(self._query(HEADS, ()))
        for head in self.heads:
            self.parents = dict(zip(head.pop("departments"), head.pop("above"), strict=True))
        self._company = True

    def head_of(self, employee: UUID | None) -> Row | None:
        """The head above an employee, or the company's first."""
        return self._head(self._get("employee", employee))

    def seen(self, event: Event, deal: UUID | None) -> dict[str, Any]:
        """The facts of an event for one deal, as they are now."""
        client = self._client_of(event)
        return {**self.of_deal(deal, client), **self._own(event)}

    def _head(self, employee: Mapping[str, Any] | None) -> Row | None:
        """The head of the nearest department upwards, else the company's first."""
        department = employee["department_id"] if employee else None
        passed: set[UUID] = set()
        while department and department not in passed:
            passed.add(department)
            for head in self.heads:
                if head["department_id"] == department:
                    return head
            department = self.parents.get(department)
        return self.heads[0] if self.heads else None

    def _own(self, event: Event) -> dict[str, Any]:
        if event.kind == "deal":
            return {}
        now = self.rows.get(event.kind, {}).get(event.document, {})
        if event.about:
            return {event.kind: now} if now else {event.kind: None}
        return {event.kind: {**now, **self._seen(event)}}

    def _seen(self, event: Event) -> Row:
        """The document as its change left it, read once however often it is asked about."""
        seen = self._decoded.get(event.change.id)
        if seen is None:
            seen = self._decoded[event.change.id] = decode(event.kind, event.change.row)
        return seen

    def _client_of(self, event: Event) -> UUID | None:
        if event.kind == "client":
            return event.document
        row: UUID | None = (self._own(event).get(event.kind) or {}).get("client_id")
        return row

    def _get(self, kind: str, key: UUID | None) -> Row | None:
        return self.rows.get(kind, {}).get(key) if key else None

    def _read(self, kind: str, ids: Collection[UUID]) -> dict[UUID, Row]:
        if not ids:
            return {}
        found = self.connection.execute(alive(kind), {"ids": list(ids)})
        names = tuple(found.keys())
        rows = (dict(zip(names, row, strict=True)) for row in found.all())
        return {row["id"]: row for row in rows}

    def _query(self, sql: str, ids: Collection[UUID]) -> Iterator[Row]:
        if ":ids" in sql and not ids:
            return
        found = self.connection.execute(statement(sql), {"ids": list(ids)} if ids else {})
        names = tuple(found.keys())
        for row in found.all():
            yield dict(zip(names, row, strict=True))


def _for_deal(event: Event, deal: UUID) -> Event:
    return replace(event, occurrence=f"{event.occurrence}-{deal}")
