"""Contracts that a merge of clients has moved here: whose they are in 1C, and when that may change.

A contract without documents is given to the counterpart of the client that was kept. With
documents it stays where it is, as 1C's own forms have it; what is written under it from now on
names its owner there, and a person is told how to go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store import bindings, quarantine
from provodka.connectors.onec.odata.client import ODataBase
from provodka.connectors.onec.odata.filters import Field
from provodka.connectors.onec.odata.query import Query
from provodka.flows.hub import Hub
from provodka.flows.onec.documents import Paper
from provodka.flows.onec.queueing import SYSTEM
from provodka.foundation.errors import DocumentError
from provodka.foundation.i18n import _
from provodka.mappings.compiled import Mapping as Compiled
from provodka.mappings.compiled import Pair
from provodka.mappings.writing import WireDocument

__all__ = ["Kept", "names_contract", "of_contract", "say", "together", "under"]

CONTRACT, CLIENT = "contract", "client"
MOVED = text("""
    SELECT EXISTS (
        SELECT FROM hub.client_merge m JOIN hub.client_merge_step s ON s.merge_id = m.id
        WHERE m.undone_at IS NULL AND s.kind = 'contract' AND s.part = ''
          AND s.document = :contract)
""")


@dataclass(frozen=True, slots=True)
class Kept:
    """A contract that stays with its owner in 1C, and why."""

    contract: UUID
    key: str
    owner: str
    entity: str

    @property
    def error(self) -> DocumentError:
        """What a person is told."""
        return DocumentError(
            f"{self.entity} {self.key}",
            found=_("договор перешел к объединенному клиенту, а в 1С по нему есть документы"),
            expected=_("договор того контрагента, с которым клиент объединен"),
            next_step=_(
                "документы по нему хаб записывает на прежнего контрагента; объедините контрагентов"
                " в 1С («Поиск и удаление дублей»)"
            ),
            code="contract_keeps_owner",
        )


def of_contract(hub: Hub, base: ODataBase, paper: Paper) -> Kept | None:
    """Have 1C hold the contract of a document about to be written by its new client.

    A contract that no merge has moved costs one look into the store. Returns the contract that
    has to stay with its owner there.
    """
    contract = paper.document if paper.mapping.kind == CONTRACT else paper.values.get("contract_id")
    mapping = next((one for one in hub.mappings.values() if one.kind == CONTRACT), None)
    if contract is None or mapping is None:
        return None
    with hub.engine.connect() as connection:
        if not connection.execute(MOVED, {"contract": contract}).scalar():
            return None
        bound = bindings.find(connection, SYSTEM, CONTRACT, contract)
    client = paper.external(CLIENT, paper.values["client_id"])
    owner = _field(mapping, CLIENT)
    if bound is None or client is None or owner is None:
        return None
    return _given(hub, base, mapping, Kept(contract, bound.external_key, client, owner))


def under(kept: Kept | None, paper: Paper, wire: WireDocument) -> WireDocument:
    """The document in the name of the contract's owner in 1C."""
    client = _field(paper.mapping, CLIENT)
    if kept is None or client is None or paper.mapping.kind == CONTRACT:
        return wire
    return replace(wire, body=wire.body | {client: kept.owner})


def together(paper: Paper, wire: WireDocument, body: dict[str, Any]) -> dict[str, Any]:
    """What is to be sent; a contract goes with its owner, lest the two disagree."""
    contract, client = (_field(paper.mapping, kind) for kind in (CONTRACT, CLIENT))
    if contract not in body or client is None:
        return body
    return body | {client: wire.body[client]}


def names_contract(paper: Paper, body: Mapping[str, Any]) -> bool:
    """Whether what is about to be written is a contract, or puts a document under one."""
    return paper.mapping.kind == CONTRACT or _field(paper.mapping, CONTRACT) in body


def _given(hub: Hub, base: ODataBase, mapping: Compiled, wanted: Kept) -> Kept | None:
    """Change the owner if that may be; `wanted.entity` is the owner's field there."""
    ref, field = UUID(wanted.key), wanted.entity
    row = base.get(mapping.entity, ref)
    if row is None or row.get(field) == wanted.owner:
        return None
    if not mapping.writes or _in_use(hub, base, ref):
        return Kept(wanted.contract, wanted.key, str(row.get(field)), mapping.entity)
    base.update(mapping.entity, ref, {field: wanted.owner}, version=str(row["DataVersion"]))
    return None


def _field(mapping: Compiled, kind: str) -> str | None:
    """The wire field of the header that refers to a document of a kind."""
    pairs = (pair for pair in mapping.pairs if _refers(pair, kind))
    return next((pair.theirs for pair in pairs), None)


def _refers(pair: Pair, kind: str) -> bool:
    return pair.how == "reference" and pair.argument == kind and bool(pair.theirs)


def _in_use(hub: Hub, base: ODataBase, contract: UUID) -> bool:
    return any(
        page.rows
        for entity, field in _users(hub)
        for page in base.read_pages(
            entity,
            Query(select=("Ref_Key",), filter=Field(field) == contract, order=("Ref_Key",), top=1),
        )
    )


def _users(hub: Hub) -> Iterator[tuple[str, str]]:
    """Sets of documents that may be under a contract, and by which field."""
    found = {
        (mapping.entity, field)
        for mapping in hub.mappings.values()
        if (field := _field(mapping, CONTRACT)) and mapping.kind != CONTRACT
    }
    yield from sorted(found)


def say(connection: Connection, kept: Kept) -> None:
    """Put the contract before a person; said before, it is counted."""
    payload = {"kind": CONTRACT, "document": str(kept.contract)}
    key = str(kept.contract)
    quarantine.set_aside(connection, f"push:{SYSTEM}", key, payload, kept.error)
