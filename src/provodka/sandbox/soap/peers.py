"""What the base remembers of each peer of the exchange: versions, numbers, identifiers.

The registration of changes is the base's own (`onec.registration`); here is what the standard
library keeps beside it: the number of the last message received, the peer's prefix, which
versions and kinds of objects it speaks, and under which identifier it knows each object.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from provodka.sandbox.onec.registration import UNIVERSAL_PLAN, Node, Registration
from provodka.sandbox.storage.database import Database

THIS_CODE = "БП"
PEER_CODE = "CRM"
_FIRST = (
    "Catalog_Валюты",
    "Catalog_Организации",
    "Catalog_БанковскиеСчета",
    "Catalog_Контрагенты",
    "Catalog_ДоговорыКонтрагентов",
    "Catalog_Номенклатура",
)
_TABLES = """
CREATE TABLE IF NOT EXISTS peer (
    node TEXT PRIMARY KEY, version TEXT NOT NULL, prefix TEXT NOT NULL, received INTEGER NOT NULL,
    sends TEXT NOT NULL, takes TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS public_identifier (
    node TEXT NOT NULL, set_name TEXT NOT NULL, ref TEXT NOT NULL, public TEXT NOT NULL,
    PRIMARY KEY (node, set_name, ref)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS public_identifier_public ON public_identifier (node, public);
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer as its messages have shown it.

    `version` is the highest common version of the format ("" before the first message),
    `received` the number of its last message, `sends` and `takes` the kinds of format objects it
    speaks by version (None = it did not say, so all).
    """

    node: Node
    version: str = ""
    prefix: str = ""
    received: int = 0
    sends: Mapping[str, list[str]] | None = None
    takes: Mapping[str, list[str]] | None = None

    def speaks(self, direction: str, version: str, name: str) -> bool:
        """Whether a kind of object passes in a direction (`sends` or `takes`) in a version."""
        known = self.sends if direction == "sends" else self.takes
        return known is None or name in known.get(version, [])


class Peers:
    """The peers of one base under the plan of the universal format."""

    def __init__(self, database: Database, changes: Registration) -> None:
        self._database = database
        self._changes = changes
        database.connection.executescript(_TABLES)

    def add(self, code: str, description: str) -> Peer:
        """A peer, made now unless it exists; its first message will hold all catalogs."""
        with self._database.transaction():
            self._changes.add_node(UNIVERSAL_PLAN, THIS_CODE, "Бухгалтерия", this_node=True)
            known = self.find(code)
            if known is not None:
                return known
            node = self._changes.add_node(UNIVERSAL_PLAN, code, description)
            for set_name in _FIRST:
                self._database.run(
                    "INSERT OR IGNORE INTO registered (plan, node, set_name, key, deleted, at) "
                    "SELECT ?, ?, set_name, key, 0, '' FROM object WHERE set_name = ? ORDER BY id",
                    UNIVERSAL_PLAN,
                    node.ref,
                    set_name,
                )
        return Peer(node)

    def found(self) -> list[Peer]:
        """All peers, the base itself not among them."""
        nodes = self._changes.nodes(UNIVERSAL_PLAN)
        return [self._peer(node) for node in nodes if not node.this_node]

    def find(self, code: str) -> Peer | None:
        """A peer by its code."""
        node = self._changes.node(UNIVERSAL_PLAN, code.strip())
        return None if node is None or node.this_node else self._peer(node)

    def _peer(self, node: Node) -> Peer:
        rows = self._database.rows(
            "SELECT version, prefix, received, sends, takes FROM peer WHERE node = ?", node.ref
        )
        if not rows:
            return Peer(node)
        version, prefix, received, sends, takes = rows[0]
        return Peer(node, version, prefix, received, json.loads(sends), json.loads(takes))

    def keep(self, peer: Peer) -> None:
        """Store what is known of a peer."""
        self._database.run(
            "INSERT OR REPLACE INTO peer (node, version, prefix, received, sends, takes) "
            "VALUES (?,?,?,?,?,?)",
            peer.node.ref,
            peer.version,
            peer.prefix,
            peer.received,
            json.dumps(peer.sends, ensure_ascii=False),
            json.dumps(peer.takes, ensure_ascii=False),
        )

    def receive(self, peer: Peer, number: int) -> None:
        """The peer's message with this number is taken in."""
        known = self._peer(peer.node)
        self.keep(replace(known, received=number))

    def confirm(self, peer: Peer, number: int, at: str) -> None:
        """The peer has our messages up to `number`: forget what they held, bind its identifiers."""
        node = peer.node.ref
        with self._database.transaction():
            self._database.run(
                "INSERT OR IGNORE INTO public_identifier (node, set_name, ref, public) "
                "SELECT node, set_name, key, key FROM registered "
                "WHERE plan = ? AND node = ? AND message_no <= ? AND deleted = 0",
                UNIVERSAL_PLAN,
                node,
                number,
            )
            self._changes.confirm(UNIVERSAL_PLAN, node, number, at)

    def bind(self, node: str, set_name: str, ref: str, public: str) -> None:
        """Remember under which identifier a peer knows an object, unless one is known."""
        self._database.run(
            "INSERT OR IGNORE INTO public_identifier (node, set_name, ref, public) "
            "VALUES (?,?,?,?)",
            node,
            set_name,
            ref,
            public,
        )

    def public(self, node: str, set_name: str, ref: str) -> str:
        """The identifier of an object for a peer: the peer's own if it has one."""
        sql = "SELECT public FROM public_identifier WHERE node = ? AND set_name = ? AND ref = ?"
        rows = self._database.rows(sql, node, set_name, ref)
        return str(rows[0][0]) if rows else ref

    def bound(self, node: str, set_name: str, ref: str) -> bool:
        """Whether a peer knows an object under some identifier."""
        sql = "SELECT 1 FROM public_identifier WHERE node = ? AND set_name = ? AND ref = ?"
        return bool(self._database.rows(sql, node, set_name, ref))

    def private(self, node: str, set_name: str, public: str) -> str:
        """The object that a peer means by an identifier, or ""."""
        sql = "SELECT ref FROM public_identifier WHERE node = ? AND set_name = ? AND public = ?"
        rows = self._database.rows(sql, node, set_name, public)
        return str(rows[0][0]) if rows else ""
