"""What stays in the store after a document has landed in 1C."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from provodka.connectors.crm_store import bindings, conflicts, quarantine
from provodka.connectors.crm_store.bindings import Binding
from provodka.connectors.crm_store.tables.papers import invoice
from provodka.flows.onec.documents import Paper
from provodka.foundation.errors import Difference, DocumentError, ReadBackMismatch
from provodka.mappings.aligned import Aligned
from provodka.mappings.compiled import Mapping
from provodka.mappings.nesting import without
from provodka.mappings.reconcile import FieldConflict
from provodka.mappings.snapshot import canonical
from provodka.mappings.tombstones import MARK, with_mark

__all__ = ["Landed", "accounting", "land"]

IN_SECTION = re.compile(r"^(?P<section>\w+)\[(?P<line>\d+)\]\.(?P<name>\w+)$")


@dataclass(frozen=True)
class Landed:
    """A document that is in 1C now: under which key, in which version, with what trouble.

    `decided` is what was agreed on with a document that had been there before.
    """

    paper: Paper
    external_key: str
    version: str
    trouble: DocumentError | None
    decided: Aligned | None = None

    @property
    def state(self) -> str:
        """How the errand ended."""
        return "delivered" if self.trouble is None else "flagged"

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Fields that 1C stored otherwise than they were sent."""
        return self.trouble.differences if isinstance(self.trouble, ReadBackMismatch) else ()


def land(connection: Connection, system: str, landed: Landed) -> None:
    """Keep the binding and the agreed state; differences wait for a person in the inbox."""
    paper = landed.paper
    # The document's row before the hub's own: the order in which a pull locks them.
    _say(connection, system, landed)
    agreed = _agreed(landed)
    disputes = [_dispute(paper, one) for one in landed.differences]
    for dispute in disputes:
        agreed = without(agreed, dispute.field)
    if landed.decided:
        conflicts.dissolve(connection, paper.document, landed.decided.dissolved)
        conflicts.rename(connection, paper.document, landed.decided.renamed)
        disputes += landed.decided.conflicts
    for dispute in disputes:
        conflicts.record(
            connection,
            stream=f"{system}:{paper.mapping.name}",
            kind=paper.mapping.kind,
            document=paper.document,
            field=dispute.field,
            sides=canonical([dispute.base, dispute.ours, dispute.theirs]),
        )
    bindings.save(
        connection,
        Binding(
            system,
            paper.mapping.kind,
            landed.external_key,
            paper.document,
            landed.version,
            agreed,
        ),
    )


def _agreed(landed: Landed) -> dict[str, Any]:
    """What both sides have now; where they differ, what they last agreed on.

    A deletion is agreed on unless a person is asked about it.
    """
    paper, decided = landed.paper, landed.decided
    if paper.binding is None:
        return paper.agreed()
    known = paper.binding.snapshot
    agreed = decided.settled(known, taken=False) if decided else known
    if decided and any(one.field == MARK for one in decided.conflicts):
        return agreed
    return with_mark(agreed, paper.deleted)


def _say(connection: Connection, system: str, landed: Landed) -> None:
    paper = landed.paper
    if landed.trouble is None:
        accounting(connection, paper, "entered", None)
        quarantine.heal(connection, f"push:{system}", [str(paper.document)])
    else:
        state = "flagged" if landed.differences else "refused"
        accounting(connection, paper, state, _note(landed))


def accounting(connection: Connection, paper: Paper, state: str, note: str | None) -> None:
    """Tell the invoice how it stands in accounting; other documents have no such field."""
    if paper.mapping.kind != "invoice":
        return
    connection.execute(
        invoice.update()
        .where(invoice.c.id == paper.document)
        .values(accounting=state, accounting_note=note)
    )


def _note(landed: Landed) -> str:
    if not landed.differences:
        return str(landed.trouble)
    return "; ".join(f"{one.field}: {one.sent!s} → {one.stored!s}" for one in landed.differences)


def _dispute(paper: Paper, difference: Difference) -> FieldConflict:
    field = _ours(paper.mapping, difference.field)
    return FieldConflict(field, None, _told(difference.sent), _told(difference.stored))


def _told(value: Any) -> Any:
    try:
        return canonical(value)
    except TypeError:
        return str(value)


def _ours(mapping: Mapping, theirs: str) -> str:
    """Our name of a wire field: `Комментарий` → `comment`, `Товары[2].Цена` → `lines.2.price`."""
    cell = IN_SECTION.match(theirs)
    if cell is None:
        return next((pair.ours for pair in mapping.pairs if pair.theirs == theirs), theirs)
    for part in mapping.parts:
        for section in part.sections:
            for pair in section.pairs:
                if section.theirs == cell["section"] and pair.theirs == cell["name"]:
                    return f"{part.name}.{cell['line']}.{pair.ours}"
    return theirs
