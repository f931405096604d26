"""Documents made from documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from provodka.connectors.crm_store.tables import metadata
from provodka.flows.triggers.doing.deals import copy_lines
from provodka.trigger_rules import effects

if TYPE_CHECKING:
    from provodka.flows.triggers.performing import Performer

__all__ = ["DOERS"]

DELETE = """
    UPDATE {table} p SET deleted_at = now()
    WHERE p.deal_id = :deal AND p.deleted_at IS NULL AND NOT p.posted
      AND EXISTS (SELECT FROM hub.effect e WHERE e.rule = :rule AND e.action = 'CreateDocument'
                  AND e.made ->> 'document' = CAST(p.id AS text))
      AND NOT EXISTS (SELECT FROM hub.binding b WHERE b.kind = :kind AND b.document = p.id)
      AND NOT EXISTS (SELECT FROM hub.delta d WHERE d.kind = :kind AND d.document = p.id
                      AND d.op = 'update' AND d.origin NOT LIKE 'rule:%')
    RETURNING p.id
"""


def create_document(
    performer: Performer, effect: effects.CreateDocument, _row: Any
) -> dict[str, Any]:
    """Insert the document under the reason's own key, with the lines of its basis."""
    table = metadata.tables[f"crm.{effect.kind}"]
    new = effect.reason.new_id
    performer.connection.execute(table.insert().values({**effect.values, "id": new}))
    if effect.basis:
        kind, basis = effect.basis
        source = metadata.tables[f"crm.{kind}_lines"]
        target = metadata.tables[f"crm.{effect.kind}_lines"]
        copy_lines(performer, source, target, f"{kind}_id", f"{effect.kind}_id", (basis, new))
    return {"kind": effect.kind, "document": str(new)}


def delete_document(
    performer: Performer, effect: effects.DeleteDocument, _row: Any
) -> dict[str, Any]:
    """A tombstone for the drafts; whatever anybody may rely on stays."""
    given = {"deal": effect.deal, "kind": effect.kind, "rule": effect.created_by}
    statement = text(DELETE.format(table=metadata.tables[f"crm.{effect.kind}"].fullname))
    gone = performer.connection.execute(statement, given).scalars().all()
    if not gone:
        return {"skipped": "nothing_to_delete"}
    return {"kind": effect.kind, "documents": [str(key) for key in gone]}


DOERS: Mapping[type[Any], Callable[[Any, Any, Any], dict[str, Any]]] = {
    effects.CreateDocument: create_document,
    effects.DeleteDocument: delete_document,
}
