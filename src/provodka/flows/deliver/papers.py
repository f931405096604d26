"""The courier of papers: writes documents of the store to 1C, each exactly once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from provodka.connectors.crm_store import bindings, claims, journal, outbox, quarantine
from provodka.connectors.crm_store.bindings import Binding
from provodka.connectors.crm_store.leases import LostLease
from provodka.connectors.crm_store.outbox import Errand
from provodka.connectors.onec.odata.client import ODataBase
from provodka.connectors.onec.odata.errors import ChangedMeanwhile, NotFound
from provodka.connectors.onec.odata.writes import StoredDifferently, Written
from provodka.flows.deliver.courier import StillMine
from provodka.flows.deliver.meeting import met
from provodka.flows.deliver.outcome import Again, Done, Outcome, outcome_of
from provodka.flows.deliver.posting import forget_posting, post, withdrawn
from provodka.flows.hub import Hub
from provodka.flows.onec import owners
from provodka.flows.onec.documents import Paper, load_paper
from provodka.flows.onec.following import burying
from provodka.flows.onec.queueing import SYSTEM, queue_push
from provodka.flows.onec.settling import Landed, accounting, land
from provodka.flows.onec.tombstones import disputed
from provodka.flows.onec.wiring import answer, around, changes
from provodka.foundation.errors import (
    DocumentError,
    MissingParent,
    ProvodkaError,
)
from provodka.foundation.i18n import _
from provodka.mappings.aligned import Aligned
from provodka.mappings.compiled import Mapping
from provodka.mappings.marker import marker_for
from provodka.mappings.reconcile import Reconciled
from provodka.mappings.writing import WireDocument

__all__ = ["PaperCourier", "refused"]

PARENT_WAIT = timedelta(milliseconds=200)
OVERTAKEN = 2
"""How often a decision is made anew because somebody has changed the document meanwhile."""


@dataclass
class PaperCourier:
    """Creates, updates and posts; remembers the base's small reference books.

    Only one writes to a base at a time: it serves one request, and documents refer to each other.
    `told` hears what was decided about each field of a document that 1C has, before it is written.
    """

    hub: Hub
    base: ODataBase
    lost_answer_wait: timedelta
    target: str = SYSTEM
    told: Callable[[Paper, Reconciled], None] = lambda _paper, _decided: None
    workers: int = 1
    ahead: int = 1
    _books: dict[str, dict[str, str]] = field(default_factory=dict)

    def marker(self, errand: Errand) -> str:
        """What stands in one of the document's own texts."""
        return marker_for(errand.document)

    def carry(self, errand: Errand, still_mine: StillMine) -> Outcome:
        """Write the document as it is now; what is not ready to be sent is left for later."""
        return replace(self, base=self.base.guarded(still_mine))._carry(errand)

    def _carry(self, errand: Errand) -> Outcome:
        mapping = next(m for m in self.hub.mappings.values() if m.kind == errand.kind and m.writes)
        with self.hub.engine.connect() as connection:
            paper = load_paper(connection, SYSTEM, mapping, errand.document)
        reason = paper.not_ready() if paper else "gone"
        if paper is None or reason:
            return Done("delivered", result={"skipped": reason})
        try:
            return self._write(errand, paper)
        except MissingParent as missing:
            return self._after_parent(errand, missing)
        except DocumentError as error:
            return Done("dead", trouble=error, record=refused(errand, paper, error))

    def _write(self, errand: Errand, paper: Paper) -> Outcome:
        if paper.binding is None and (
            self._recognised(errand, paper) or met(self.hub, self.base, paper)
        ):
            with self.hub.engine.connect() as connection:
                paper = load_paper(connection, SYSTEM, paper.mapping, paper.document) or paper
        wire = answer(self.hub, self.base, paper, self._books)
        if paper.binding is None:
            return self._create(errand, paper, wire)
        return self._update(errand, paper, wire)

    def _recognised(self, errand: Errand, paper: Paper) -> bool:
        """Bind what an earlier attempt has left in 1C, if it has, to what that attempt had said.

        From then on it is a document like any other: what either side has changed since is the
        matter of an update, and nobody is asked about what one side alone has changed.
        """
        with self.hub.engine.connect() as connection:
            if not outbox.tried_before(connection, errand):
                return False
            cause, document = errand.cause, paper.document
            newer = journal.changed_after(connection, document, cause, SYSTEM)
            said = outbox.said_before(connection, SYSTEM, [document]).get(document)
        mapping = paper.mapping
        found = self.base.find_by_marker(
            mapping.entity,
            mapping.marker or "",
            marker_for(document),
            None if newer else around(paper),
        )
        if found is None:
            return False
        agreed = paper.agreed() if said is None else said
        with self.hub.engine.begin() as connection:
            bindings.save(
                connection,
                Binding(SYSTEM, mapping.kind, str(found.ref), document, "", agreed),
            )
        return True

    def _create(self, errand: Errand, paper: Paper, wire: WireDocument) -> Outcome:
        kept = owners.of_contract(self.hub, self.base, paper)
        wire = owners.under(kept, paper, wire)
        differing: StoredDifferently | None = None
        with self.hub.engine.begin() as connection:
            claims.remember(connection, errand, paper.agreed())
        try:
            written = self.base.create(
                wire.entity,
                wire.body,
                marker_field=paper.mapping.marker or "",
                marker=wire.marker or "",
                lookup_filter=around(paper),
                may_exist=False,
            )
        except StoredDifferently as flagged:
            written, differing = flagged.written, flagged
        try:
            trouble = differing or post(self.hub, self.base, errand, wire, written)
        except (DocumentError, LostLease):
            raise
        except ProvodkaError as error:
            # It is there by now: the next attempt must look before it writes.
            return outcome_of(error, replace(errand, unsure=True))
        return _told(kept, _landed(paper, written, trouble))

    def _update(self, errand: Errand, paper: Paper, wire: WireDocument) -> Outcome:
        for _once_more in range(OVERTAKEN):
            try:
                return self._update_unchanged(errand, paper, wire)
            except ChangedMeanwhile:
                continue
        return self._update_unchanged(errand, paper, wire)

    def _update_unchanged(self, errand: Errand, paper: Paper, wire: WireDocument) -> Outcome:
        ref = UUID(paper.bound.external_key)
        row = self.base.get(wire.entity, ref)
        if row is None and paper.deleted:
            return Done("delivered", result={"skipped": "gone"}, record=_gone_from_both(paper))
        if row is None:
            raise NotFound(
                f"{wire.entity} {ref}",
                found=_("документа больше нет в 1С"),
                expected=_("документ, который хаб записал раньше"),
                next_step=_(
                    "узнайте у бухгалтера, почему; удалите его и здесь или выставьте новый"
                ),
                code="gone_in_1c",
            )
        with self.hub.engine.connect() as connection:
            body, decided = changes(connection, self.hub, paper, wire, row, self._books)
        if paper.deleted:
            return self._mark_deleted(paper, wire, row, decided)
        self.told(paper, decided)
        kept: owners.Kept | None = None
        if owners.names_contract(paper, body):
            kept = owners.of_contract(self.hub, self.base, paper)
            body = owners.together(paper, owners.under(kept, paper, wire), body)
        trouble: DocumentError | None = None
        written = Written(ref, row)
        taken_back = withdrawn(self.hub, paper, row)
        if body and row.get("Posted") is False and not taken_back:
            forget_posting(self.hub, errand)
        if body:
            try:
                version = str(row.get("DataVersion", ""))
                carry = _line_keys(paper.mapping)
                written = self.base.update(wire.entity, ref, body, version=version, carry=carry)
            except StoredDifferently as flagged:
                written, trouble = flagged.written, flagged
        if not taken_back:
            trouble = trouble or post(self.hub, self.base, errand, wire, written)
        return _told(kept, _landed(paper, written, trouble, decided))

    def _mark_deleted(
        self, paper: Paper, wire: WireDocument, row: dict[str, Any], decided: Aligned
    ) -> Outcome:
        """The deletion goes there, unless the document was changed there meanwhile."""
        ref = UUID(paper.bound.external_key)
        marked_there = row.get("DeletionMark") is True
        asked = disputed(paper.bound.snapshot, marked_there, decided)
        written = Written(ref, row)
        if not (asked or marked_there):
            version = str(row.get("DataVersion", ""))
            written = self.base.update(wire.entity, ref, {"DeletionMark": True}, version=version)
        conflicts = [*decided.conflicts, *([asked] if asked else [])]
        return _landed(paper, written, None, decided.unsent(conflicts))

    def _after_parent(self, errand: Errand, missing: MissingParent) -> Outcome:
        writable = any(m.kind == missing.kind and m.writes for m in self.hub.mappings.values())
        if not writable:
            return Again(timedelta(seconds=5 * errand.attempts), missing)

        def queue_parent(connection: Connection) -> None:
            reason = f"for:{errand.id}:{errand.attempts}"
            parent = UUID(missing.key)
            queue_push(connection, missing.kind, parent, reason, errand.cause, errand.depth)

        return Again(PARENT_WAIT * errand.attempts, missing, record=queue_parent)


def _gone_from_both(paper: Paper) -> Callable[[Connection], None]:
    return lambda connection: burying.agree(connection, paper.mapping, [paper.document])


def _line_keys(mapping: Mapping) -> dict[str, tuple[str, ...]]:
    """By which columns a line of ours is the line that the accountant has completed."""
    sections = (section for part in mapping.parts for section in part.sections)
    return {
        section.theirs: tuple(pair.theirs for pair in section.pairs if "reference" in pair.how)
        for section in sections
    }


def _landed(
    paper: Paper,
    written: Written,
    trouble: DocumentError | None,
    decided: Aligned | None = None,
) -> Done:
    news = bool(decided and (decided.take or decided.behind))
    marked = written.row.get("DeletionMark") is True and not paper.deleted
    unread = news or marked or isinstance(trouble, StoredDifferently)
    # A version that is not known makes the next pull read what 1C has.
    version = "" if unread else written.version
    landed = Landed(paper, str(written.ref), version, trouble, decided)
    return Done(
        landed.state,
        result={"ref": str(written.ref), "version": written.version},
        trouble=trouble,
        record=lambda connection: land(connection, SYSTEM, landed),
    )


def _told(kept: owners.Kept | None, done: Done) -> Done:
    """The same, with a person told of the contract that stays with its owner in 1C."""
    if kept is None:
        return done

    def record(connection: Connection) -> None:
        done.record(connection)
        owners.say(connection, kept)

    return replace(done, record=record)


def refused(errand: Errand, paper: Paper, error: DocumentError) -> Callable[[Connection], None]:
    """What follows from a refusal: the invoice says so, a person finds it in quarantine."""

    def record(connection: Connection) -> None:
        accounting(connection, paper, "refused", str(error))
        payload = {"kind": errand.kind, "document": str(errand.document), "errand": errand.id}
        key = str(errand.document)
        version = paper.mapping.version
        quarantine.set_aside(connection, f"push:{SYSTEM}", key, payload, error, version)

    return record
