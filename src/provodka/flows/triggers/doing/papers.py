"""Documents made from documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from provodka.connectors.crm_store.tables import metadata
from provodka.flows.triggers.doing.deals import copy_lines
from provodka.trigger_rules import effects

if TYPE_CHECKING:
    from provodka.flows.triggers.performing import Performer

__all__ = ["DOERS"]


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


DOERS: Mapping[type[Any], Callable[[Any, Any, Any], dict[str, Any]]] = {
    effects.CreateDocument: create_document
}
