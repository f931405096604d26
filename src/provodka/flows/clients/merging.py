"""Two clients become one by a person's word, in one transaction that can be taken back.

The dropped client stays as a tombstone with its own counterparts, so that no side makes it anew;
what refers to them leads to the kept one (`bindings.documents`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, MetaData, or_, select, text

from provodka.connectors.crm_store import journal
from provodka.connectors.crm_store.tables import metadata
from provodka.connectors.crm_store.tables.clients import client
from provodka.connectors.crm_store.tables.hub import binding
from provodka.connectors.crm_store.tables.merging import client_merge, duplicate, duplicate_key
from provodka.flows.clients import carrying, steps
from provodka.flows.clients.parting import refuse_parted
from provodka.flows.clients.references import hand_over, references_to
from provodka.flows.clients.refusing import locked, refuse_merge

__all__ = ["Merged", "merge"]

Row = Mapping[str, Any]
KIND = "client"
HIDDEN = frozenset({"id", "created_at", "deleted_at", "merged_into_id"})
OWN = HIDDEN | {"name", "kind"}
EMPTY = (None, "")
BURY = text("UPDATE crm.client SET merged_into_id = :kept, deleted_at = now() WHERE id = :dropped")
PASS = text("""
    UPDATE hub.binding b SET document = :kept
    WHERE b.document = :dropped AND b.kind = :kind AND NOT EXISTS (
        SELECT FROM hub.binding k
        WHERE k.document = :kept AND k.kind = b.kind AND k.system = b.system)
    RETURNING b.system, b.external_key
""")


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did, or would do: `number` is what `unmerge` is told.

    `filled` are fields that were empty and took the dropped client's value, `differing` those
    in which the kept client's (first) won. `moved` counts documents by kind, `carried` are
    what was made so that no telephone, e-mail or address is lost; `bindings` are counterparts
    that passed to the kept client, `tombstone` those that stay with the dropped one.
    """

    number: int
    kept: UUID
    dropped: UUID
    names: tuple[str, str]
    filled: Mapping[str, Any]
    differing: Mapping[str, tuple[Any, Any]]
    moved: Mapping[str, int]
    carried: tuple[str, ...]
    bindings: tuple[str, ...]
    tombstone: tuple[str, ...]


def merge(
    connection: Connection, kept: UUID, dropped: UUID, who: str, declared: MetaData = metadata
) -> Merged:
    """Merge two clients in the current transaction; rolled back, it is a rehearsal.

    Raises `DocumentError` when either is gone, merged already, in conflict, or being sent, or
    when a person has said that they are not one.
    """
    clients = locked(connection, kept, dropped)
    refuse_merge(connection, clients, kept, dropped)
    refuse_parted(connection, kept, dropped)
    mine, other = clients[kept], clients[dropped]
    journal.attribute(connection, f"person:{who}")
    begun = steps.mark(connection)
    # First, so that taking it back ends with it: a living client makes delivery points.
    connection.execute(BURY, {"kept": kept, "dropped": dropped})
    filled = _filled(mine, other)
    if filled:
        connection.execute(client.update().where(client.c.id == kept).values(filled))
    carrying.free_points(connection, kept, dropped)
    moved: Counter[str] = Counter()
    for one in references_to(KIND, declared):
        moved[one.table.name] += hand_over(connection, one, dropped, kept)
    now = {**mine, **filled}
    carried = carrying.carry_contact(connection, now, other)
    carried += carrying.carry_address(connection, now, other)
    passed, stay = _bindings(connection, kept, dropped)
    number = _record(connection, (kept, dropped), who, passed, stay)
    steps.keep(connection, number, begun)
    _forget_candidates(connection, dropped)
    return Merged(
        number,
        kept,
        dropped,
        (mine["name"], other["name"]),
        filled,
        _differing(mine, other),
        {table: count for table, count in moved.items() if count},
        carried,
        tuple(f"{row['system']} {row['external_key']}" for row in passed),
        tuple(f"{row['system']} {row['external_key']}" for row in stay),
    )


def _filled(mine: Row, other: Row) -> dict[str, Any]:
    """What the kept client lacks and the other has; a КПП only along with its own ИНН."""
    filled = {
        name: value
        for name, value in other.items()
        if name not in OWN and value not in EMPTY and mine[name] in EMPTY
    }
    if "kpp" in filled and filled.get("inn", mine["inn"]) != other["inn"]:
        del filled["kpp"]
    return filled


def _differing(mine: Row, other: Row) -> dict[str, tuple[Any, Any]]:
    return {
        name: (mine[name], value)
        for name, value in other.items()
        if name not in HIDDEN and value not in EMPTY and mine[name] not in (*EMPTY, value)
    }


def _bindings(
    connection: Connection, kept: UUID, dropped: UUID
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Counterparts that pass to the kept client, which has none there, and those that stay."""
    given = {"kept": kept, "dropped": dropped, "kind": KIND}
    passed = [dict(row._mapping) for row in connection.execute(PASS, given)]
    rows = connection.execute(
        select(binding.c.system, binding.c.external_key, binding.c.external_version)
        .where(binding.c.document == dropped, binding.c.kind == KIND)
        .order_by(binding.c.system)
    )
    return passed, [dict(row._mapping) for row in rows]


def _record(
    connection: Connection,
    of: tuple[UUID, UUID],
    who: str,
    passed: list[dict[str, str]],
    stay: list[dict[str, str]],
) -> int:
    values = {
        "kept": of[0],
        "dropped": of[1],
        "who": f"person:{who}",
        "bindings": passed,
        "versions": stay,
    }
    made = connection.execute(client_merge.insert().values(values).returning(client_merge.c.id))
    return int(made.scalar_one())


def _forget_candidates(connection: Connection, dropped: UUID) -> None:
    connection.execute(duplicate_key.delete().where(duplicate_key.c.client_id == dropped))
    connection.execute(
        duplicate.delete().where(or_(duplicate.c.first == dropped, duplicate.c.second == dropped))
    )
