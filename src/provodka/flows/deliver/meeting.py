"""Before a catalog item is created in 1C: whether 1C has it already, by somebody's hand."""

from __future__ import annotations

from typing import Any

from provodka.connectors.crm_store import bindings, locks, quarantine
from provodka.connectors.onec.odata.client import ODataBase
from provodka.connectors.onec.odata.filters import Field, all_of
from provodka.connectors.onec.odata.query import Query
from provodka.flows.hub import Hub
from provodka.flows.onec.documents import Paper
from provodka.flows.onec.matching import EXACT
from provodka.flows.onec.pulling import TAKING, taking_for
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.onec.taking import stream_of, take
from provodka.foundation.errors import AmbiguousMatch
from provodka.foundation.i18n import _

__all__ = ["met"]


def met(hub: Hub, base: ODataBase, paper: Paper) -> bool:
    """Take in what 1C has under the same exact attribute (ИНН); whether that is our document.

    A pull would match it the same way, only later than the document would be created.
    Raises `AmbiguousMatch` when a person has to choose.
    """
    rows = _alike(base, paper)
    if not rows:
        return False
    mapping = paper.mapping
    taking = taking_for(hub, [mapping])
    with locks.alone(hub.engine, TAKING, wait=True), hub.engine.begin() as connection:
        take(connection, taking, mapping, rows)
        if bindings.find(connection, SYSTEM, mapping.kind, paper.document):
            return True
        waiting = quarantine.payloads(connection, stream_of(mapping))
    unclear = [row["Ref_Key"] for row in rows if row["Ref_Key"] in waiting]
    if unclear:
        raise _choose(paper, unclear)
    return False


def _alike(base: ODataBase, paper: Paper) -> list[dict[str, Any]]:
    mapping = paper.mapping
    if not mapping.entity.startswith("Catalog_"):
        return []
    ours = next((name for step in mapping.match for name in step if name in EXACT), None)
    theirs = next((pair.theirs for pair in mapping.pairs if pair.ours == ours), None)
    if theirs is None or not paper.values.get(ours or ""):
        return []
    same = [Field(theirs) == paper.values[ours or ""]]
    same += [Field(name).one_of(sorted(values, key=str)) for name, values, _place in mapping.only]
    query = Query(select=mapping.select, filter=all_of(same), order=mapping.order)
    return [
        row for page in base.read_pages(mapping.entity, query, at_once=True) for row in page.rows
    ]


def _choose(paper: Paper, candidates: list[str]) -> AmbiguousMatch:
    return AmbiguousMatch(
        f"{paper.mapping.kind} {paper.document} → {paper.mapping.entity}",
        candidates=candidates,
        found=_("в 1С уже есть похожие: {keys}").format(keys=", ".join(candidates)),
        expected=_("один такой элемент, или ни одного"),
        next_step=_("объедините двойников, затем повторите: quarantine replay"),
        code="already_there",
    )
