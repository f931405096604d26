"""Both sides as they are, read past the hub."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from tests.e2e.neighbours import CLIENTS, INVOICES, RECEIPTS
from tests.property.machine.documents import Row, Sight
from tests.property.machine.places import Place

__all__ = ["SETS", "Looker"]

SETS = {"client": CLIENTS, "invoice": INVOICES, "payment": RECEIPTS}
MARK = re.compile(r"^\[prv:[0-9a-f]{32}\] ?")
HERE = {
    "client": "SELECT id, name, full_name, deleted_at IS NOT NULL AS deleted_at FROM crm.client",
    "invoice": "SELECT id, number, comment, posted, deleted_at IS NOT NULL AS deleted_at,"
    " (SELECT content FROM crm.invoice_lines WHERE invoice_id = id AND line = 1)"
    ' AS "lines.1.content" FROM crm.invoice',
    "payment": "SELECT id, number, amount, posted, deleted_at IS NOT NULL AS deleted_at"
    " FROM crm.payment",
}
BOUND = "SELECT kind, external_key, document FROM hub.binding WHERE kind = ANY(:kinds)"
REFUSED = "SELECT id FROM crm.invoice WHERE accounting = 'refused'"
DISPUTED = "SELECT document, field FROM hub.conflict WHERE resolved_at IS NULL"


@dataclass
class Looker:
    """Looks at one place; remembers the base as its ledger has told of it so far."""

    place: Place
    read: int = 0
    there: dict[tuple[str, str], Row] = field(default_factory=dict)

    def look(self, *, afresh: bool = False) -> Sight:
        """Both sides now, and what was written to the base since the last look.

        The base is read again if its ledger has anything new, or if it is to be looked at `afresh`.
        """
        before, written = self.read, self._written()
        if afresh or self.read != before or not self.there:
            self.there = self._read()
        with self.place.operator.connect() as connection:
            here = {
                (kind, str(row.id)): {n: v for n, v in row._mapping.items() if n != "id"}
                for kind, sql in HERE.items()
                for row in connection.execute(text(sql))
            }
            bound = connection.execute(text(BOUND), {"kinds": list(SETS)}).all()
            disputed = connection.execute(text(DISPUTED)).all()
            refused = connection.execute(text(REFUSED)).scalars().all()
        return Sight(
            here,
            self.there,
            frozenset((kind, key, str(document)) for kind, key, document in bound),
            frozenset((str(document), field) for document, field in disputed),
            written,
            frozenset(map(str, refused)),
        )

    def _read(self) -> dict[tuple[str, str], Row]:
        return {
            (kind, row["Ref_Key"]): _there(kind, row)
            for kind, set_name in SETS.items()
            for row in self.place.sandbox.rows(set_name)
            if row.get("IsFolder") is not True
        }

    def _written(self) -> Mapping[str, int]:
        control = self.place.sandbox.control
        answer = control.get("ledger", params={"since": self.read}).raise_for_status().json()
        wanted = set(SETS.values())
        entries = [one for one in answer["entries"] if one["source"] == "odata"]
        if answer["entries"]:
            self.read = answer["entries"][-1]["id"]
        return Counter(one["ref"] for one in entries if one["set"] in wanted)


def _there(kind: str, row: Mapping[str, Any]) -> Row:
    deleted = row["DeletionMark"]
    if kind == "client":
        full = row["НаименованиеПолное"] or None
        return {"name": row["Description"], "full_name": full, "deleted_at": deleted}
    known = {"number": row["Number"], "posted": row["Posted"], "deleted_at": deleted}
    if kind == "payment":
        return known | {"amount": _money(row["СуммаДокумента"])}
    content = row["Товары"][0]["Содержание"] or None
    comment = MARK.sub("", row["Комментарий"]) or None
    return known | {"comment": comment, "lines.1.content": content}


def _money(value: Any) -> Any:
    from decimal import Decimal

    return Decimal(str(value))
