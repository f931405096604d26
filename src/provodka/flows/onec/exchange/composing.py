"""Due errands into objects of the format: what is ready, and what has to wait."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from provodka.connectors.crm_store import conflicts
from provodka.connectors.crm_store.exchange import Item
from provodka.connectors.crm_store.outbox import Errand
from provodka.connectors.onec.enterprise_data.message import deletion, encode_object
from provodka.flows.deliver.outcome import LONGEST_WAIT, Again, Done, Outcome
from provodka.flows.deliver.papers import refused
from provodka.flows.hub import Hub
from provodka.flows.onec.documents import Paper, load_paper
from provodka.flows.onec.exchange.counterparts import Counterparts
from provodka.flows.onec.following.settled import untaken
from provodka.flows.onec.queueing import SYSTEM, queue_push
from provodka.flows.onec.taking import stream_of
from provodka.foundation.errors import DocumentError, MissingParent
from provodka.foundation.i18n import _
from provodka.mappings.enterprise_data.format_books import FORMAT_BOOKS
from provodka.mappings.enterprise_data.translation import Translation
from provodka.mappings.tombstones import MARK, insisted
from provodka.mappings.writing import write

__all__ = ["Composed", "Ready", "compose"]


@dataclass(frozen=True, slots=True)
class Ready:
    """A document as an object of the format, checked against the schema."""

    errand: Errand
    paper: Paper
    key: str
    kind: str
    value: Any

    @property
    def item(self) -> Item:
        """The document as the memory of the exchange keeps it."""
        paper = self.paper
        return Item(self.errand.id, paper.mapping.kind, paper.document, self.key, paper.agreed())

    def dead(self, error: DocumentError) -> Done:
        """The base has said no to this very document."""
        return Done("dead", trouble=error, record=refused(self.errand, self.paper, error))


@dataclass
class Composed:
    """Objects that may go, errands that end without going, parents that were queued for them."""

    ready: list[Ready] = field(default_factory=list)
    ended: list[tuple[Errand, Outcome]] = field(default_factory=list)
    queued: int = 0


def compose(connection: Connection, hub: Hub, errands: Sequence[Errand], version: str) -> Composed:
    """Make an object of each errand's document as it is now.

    Documents that others refer to and the base lacks are queued in the same transaction, to go
    along. What does not fit the format is refused at once, with the element's name.
    """
    answers = Counterparts(connection, hub.translations, version, hub.base_zone)
    found = Composed()
    papers = [(errand, _paper(connection, hub, errand)) for errand in errands]
    unread = _unread(connection, [paper for _one, paper in papers if paper])
    for errand, paper in papers:
        reason = paper.not_ready() if paper else "gone"
        if paper is None or reason:
            found.ended.append((errand, Done("delivered", result={"skipped": reason})))
            continue
        if _unheard_deletion(hub, paper):
            result = {"skipped": "disputed"}
            found.ended.append((errand, Done("delivered", result=result, record=_asked(paper))))
            continue
        if paper.document in unread:
            found.ended.append((errand, Again(LONGEST_WAIT, _changed_there(paper))))
            continue
        try:
            found.ready.append(_ready(hub, errand, paper, answers))
        except MissingParent as missing:
            found.ended.append((errand, Again(timedelta(seconds=5 * errand.attempts), missing)))
        except DocumentError as error:
            found.ended.append(
                (errand, Done("dead", trouble=error, record=refused(errand, paper, error)))
            )
    going = {(one.paper.mapping.kind, one.paper.document) for one in found.ready}
    for kind, document in answers.unbound - going:
        found.queued += _queue_parent(connection, kind, document, errands)
    return found


def _unheard_deletion(hub: Hub, paper: Paper) -> bool:
    """Whether nobody can tell that the document was not changed there since; a person has to."""
    heard_of = hub.translations[paper.mapping.name].heard_of
    return paper.deleted and not heard_of and not insisted(paper.bound.snapshot)


def _asked(paper: Paper) -> Callable[[Connection], None]:
    def record(connection: Connection) -> None:
        conflicts.record(
            connection,
            stream=stream_of(paper.mapping),
            kind=paper.mapping.kind,
            document=paper.document,
            field=MARK,
            sides=[False, True, False],
        )

    return record


def _unread(connection: Connection, papers: Sequence[Paper]) -> set[UUID]:
    """Documents that were changed there and could not be taken in since: not to be written over."""
    by_mapping: dict[str, dict[str, Paper]] = defaultdict(dict)
    for paper in papers:
        if paper.binding:
            by_mapping[paper.mapping.name][paper.binding.external_key] = paper
    return {
        known[key].document
        for known in by_mapping.values()
        for key in untaken(connection, next(iter(known.values())).mapping, list(known))
    }


def _changed_there(paper: Paper) -> DocumentError:
    stream = stream_of(paper.mapping)
    return DocumentError(
        f"{paper.mapping.entity} {paper.bound.external_key}",
        found=_("в 1С его изменили, а принять изменение хаб не смог"),
        expected=_("понятный документ: сообщение EnterpriseData переписало бы его целиком"),
        next_step=_("почему не принят: provodka quarantine list --stream {stream}").format(
            stream=stream
        ),
        code="changed_there",
    )


def _paper(connection: Connection, hub: Hub, errand: Errand) -> Paper | None:
    mapping = next(m for m in hub.mappings.values() if m.kind == errand.kind and m.writes)
    return load_paper(connection, SYSTEM, mapping, errand.document)


def _ready(hub: Hub, errand: Errand, paper: Paper, answers: Counterparts) -> Ready:
    translation = hub.translations[paper.mapping.name]
    key = paper.binding.external_key if paper.binding else str(paper.document)
    version = answers.version
    if paper.deleted:
        kind, value = deletion(translation.object, key, version)
    else:
        kind, value = translation.object, _value(hub, paper, translation, key, answers)
    encode_object(kind, value, version)
    return Ready(errand, paper, key, kind, value)


def _value(
    hub: Hub, paper: Paper, translation: Translation, key: str, answers: Counterparts
) -> dict[str, Any]:
    external: Callable[[str, UUID], str | None] = answers.external
    wire = write(
        translation.outgoing,
        paper.document,
        paper.values,
        paper.parts,
        external=external,
        zone=hub.base_zone,
        books=FORMAT_BOOKS,
        creating=paper.binding is None,
    )
    return translation.as_object(wire.body, key, answers.version, answers)


def _queue_parent(
    connection: Connection, kind: str, document: UUID, errands: Sequence[Errand]
) -> int:
    last = errands[-1]
    reason = f"for:{last.id}:{last.attempts}"
    return queue_push(connection, kind, document, reason, last.cause, last.depth)
