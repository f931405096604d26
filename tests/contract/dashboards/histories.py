"""Histories of deals written by hand: deltas as the store journals them, a clock of days."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store import cursors
from provodka.connectors.crm_store.journal import Delta
from provodka.dashboards.reports import stage_visit

START = datetime(2026, 1, 1, tzinfo=UTC)
RANKS = {"letter": 1, "offer": 2, "bill": 3, "won": 4, "lost": 4, "call": 1, "ride": 2, "done": 3}
ENDS = {"won": "won", "lost": "lost", "done": "won"}
SCENARIO = {"call": "water", "ride": "water", "done": "water"}
NAMES = {
    "letter": "Письмо",
    "offer": "КП",
    "bill": "Счет",
    "won": "Успех",
    "lost": "Потеряна",
    "call": "Заявка",
    "ride": "Доставка",
    "done": "Доставлено",
}


def key(number: int) -> UUID:
    """A document's key that reads like its number."""
    return UUID(int=number)


def day(number: float) -> datetime:
    """An instant so many days after the first of January 2026, UTC."""
    return START + timedelta(days=number)


@dataclass
class History:
    """Builds the deltas of documents in the order told, fifty to a transaction."""

    deltas: list[Delta] = field(default_factory=list)
    rows: dict[tuple[str, UUID], dict[str, Any]] = field(default_factory=dict)

    def put(self, kind: str, number: int, at: float, /, **fields: Any) -> Delta:
        """Create the document or change its fields."""
        document = key(number)
        before = self.rows.get((kind, document))
        born = {"id": str(document), "created_at": day(at).isoformat(), "deleted_at": None}
        after = {**(before or born), **fields}
        self.rows[kind, document] = after
        return self._delta(kind, document, at, before, after)

    def purge(self, kind: str, number: int, at: float) -> Delta:
        """Delete the row itself."""
        document = key(number)
        return self._delta(kind, document, at, self.rows.pop((kind, document)), None)

    def deal(self, number: int, at: float, stage: str, **fields: Any) -> Delta:
        """Create a deal on a stage or move it there; a manager and a client unless told."""
        known = self.rows.get(("deal", key(number)), {})
        scenario = SCENARIO.get(stage, "sale")
        fields = {
            "kind": "manual",
            "client_id": known.get("client_id", str(key(901))),
            "responsible_id": known.get("responsible_id", str(key(801))),
            "amount": known.get("amount", 100),
            "currency": "RUB",
            "source": known.get("source"),
            "status": ENDS.get(stage, "open"),
            **fields,
        }
        if (known.get("scenario"), known.get("stage")) != (scenario, stage):
            fields["stage_entered_at"] = day(at).isoformat()
        return self.put("deal", number, at, scenario=scenario, stage=stage, **fields)

    def drop(self, number: int, at: float, into: int | None = None) -> Delta:
        """Put a tombstone on a deal; `into` names the deal it was merged with."""
        survivor = None if into is None else str(key(into))
        return self.put("deal", number, at, deleted_at=day(at).isoformat(), merged_into_id=survivor)

    def _delta(
        self,
        kind: str,
        document: UUID,
        at: float,
        before: dict[str, Any] | None,
        after: dict[str, Any] | None,
    ) -> Delta:
        place = len(self.deltas) + 1
        op = "insert" if before is None else "delete" if after is None else "update"
        delta = Delta(
            place,
            3 + place // 50,
            day(at),
            kind,
            document,
            "",
            op,
            before,
            after,
            "person:test",
            None,
            0,
        )
        self.deltas.append(delta)
        return delta


def write_scenarios(connection: Connection, version: str = "v1") -> None:
    """The two scenarios of these tests: a sale of three stages, a delivery of two."""
    connection.execute(
        text("INSERT INTO crm.scenario VALUES ('sale', 'Продажа', :v), ('water', 'Вода', :v)"),
        {"v": version},
    )
    connection.execute(
        text(
            "INSERT INTO crm.stage (scenario, code, name, rank, kind)"
            " VALUES (:scenario, :code, :name, :rank, :kind)"
        ),
        [
            {
                "scenario": SCENARIO.get(code, "sale"),
                "code": code,
                "name": NAMES[code],
                "rank": rank,
                "kind": ENDS.get(code, "open"),
            }
            for code, rank in RANKS.items()
        ],
    )


def write_deltas(connection: Connection, deltas: Iterable[Delta]) -> None:
    """Store deltas as if old transactions had made them."""
    rows = [
        {
            "id": delta.id,
            "xid": str(delta.xid),
            "at": delta.at,
            "kind": delta.kind,
            "document": delta.document,
            "op": delta.op,
            "before": _json(delta.before),
            "after": _json(delta.after),
            "origin": delta.origin,
        }
        for delta in deltas
    ]
    if rows:
        connection.execute(
            text(
                "INSERT INTO hub.delta (id, xid, at, kind, document, part, op, before, after,"
                " origin) OVERRIDING SYSTEM VALUE VALUES (:id, CAST(:xid AS xid8), :at, :kind,"
                " :document, '', :op, CAST(:before AS jsonb), CAST(:after AS jsonb), :origin)"
            ),
            rows,
        )


def forget_everything(connection: Connection) -> None:
    """Empty the journal and the visits, so that one database serves many examples."""
    for table in ("hub.delta", "report.stage_visit", "report.stage_order"):
        connection.execute(text(f"DELETE FROM {table}"))
    cursors.forget(connection, stage_visit.STREAM)


def _json(row: dict[str, Any] | None) -> str | None:
    return None if row is None else json.dumps(row, default=_plain)


def _plain(value: Any) -> Any:
    assert isinstance(value, Decimal)
    return float(value)
