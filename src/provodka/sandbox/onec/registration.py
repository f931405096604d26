"""Registration of changes for the nodes of exchange plans: which node must still hear of what.

One mechanism for every exchange: `SelectChanges` of OData and the messages of EnterpriseData.
It follows the platform's own (1C developer guide 8.3.27, "Data exchange mechanisms"):

- writing anything registers it for **every** node of every plan whose content holds its kind,
  except for the node that sent the change. A write over OData has no sender, so the node that a
  hub reads hears of the hub's own writes too; a message over EnterpriseData has one.
- an object is registered once per node; a further change takes away the number of the message
  that it was already sent in, so that it is sent again.
- `changes_for` stamps what is not yet stamped with the message's number, and gives everything
  that is registered, also what earlier messages held and nobody confirmed.
- `confirm` forgets everything stamped with that number or a smaller one. What changed between
  selecting and confirming has lost its stamp and therefore stays.
- marking for deletion is a change like any other; a physical deletion leaves a tombstone.

Everything is in the base's own file and in the caller's transaction: it outlives a kill.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from provodka.sandbox.storage.database import Database

ODATA_PLAN = "ДляODATA"
"""The plan that a base has for readers of OData, under the name of the recorded trade base."""

UNIVERSAL_PLAN = "СинхронизацияДанныхЧерезУниверсальныйФормат"
"""The plan of EnterpriseData, which every configuration on the standard library has."""

CONTENT: dict[str, tuple[str, ...]] = {
    ODATA_PLAN: (
        "Catalog",
        "Document",
        "InformationRegister",
        "AccumulationRegister",
        "AccountingRegister",
    ),
    UNIVERSAL_PLAN: ("Catalog", "Document"),
}
"""Which kinds of sets each plan's content holds, by the prefix of their names."""


@dataclass(frozen=True, slots=True)
class Node:
    """One participant of a plan; `this_node` is the base itself, which registers nothing."""

    plan: str
    ref: str
    code: str
    description: str
    this_node: bool
    sent_no: int
    received_no: int
    exchange_date: str


@dataclass(frozen=True, slots=True)
class Change:
    """A registered change: the set, the key as `objects.key_of` joins it, and whether it is gone.

    `message_no` is the number of the first message that held it. For a register that belongs to
    recorders the key is `recorder|type` and means the recorder's whole set of records.
    """

    set_name: str
    key: str
    deleted: bool
    message_no: int
    at: str


_NODE = "plan, ref, code, description, this_node, sent_no, received_no, exchange_date"
_EMPTY_DATE = "0001-01-01T00:00:00"


def _node(row: tuple[Any, ...]) -> Node:
    plan, ref, code, description, this_node, sent_no, received_no, at = row
    return Node(plan, ref, code, description, bool(this_node), sent_no, received_no, at)


class Registration:
    """The change registration of one base."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_node(self, plan: str, code: str, description: str, *, this_node: bool = False) -> Node:
        """A node of a plan, made now unless it exists; it hears of changes from here on.

        Its reference depends on the plan and the code alone.
        """
        known = self.node(plan, code)
        if known is not None:
            return known
        ref = str(uuid5(NAMESPACE_URL, f"provodka-sandbox/ExchangePlan_{plan}/{code}"))
        self._database.run(
            f"INSERT INTO exchange_node ({_NODE}) VALUES (?,?,?,?,?,0,0,?)",  # noqa: S608
            plan,
            ref,
            code,
            description,
            int(this_node),
            _EMPTY_DATE,
        )
        return Node(plan, ref, code, description, this_node, 0, 0, _EMPTY_DATE)

    def nodes(self, plan: str) -> list[Node]:
        """All nodes of a plan, the base's own among them, in the order they were made."""
        found = self._database.rows(
            f"SELECT {_NODE} FROM exchange_node WHERE plan = ? ORDER BY rowid",  # noqa: S608
            plan,
        )
        return [_node(row) for row in found]

    def node(self, plan: str, name: str) -> Node | None:
        """A node by its reference or its code."""
        wanted = name.casefold()
        return next((n for n in self.nodes(plan) if wanted in {n.ref, n.code.casefold()}), None)

    def register(
        self, set_name: str, key: str, *, deleted: bool, at: str = "", origin_node: str = ""
    ) -> None:
        """Remember a change for all nodes but `origin_node` (a reference, "" = nobody's).

        `at` is the base's local time, ISO without a zone, for the tombstone's `when`. Call it in
        the transaction of the write itself.
        """
        kind = set_name.partition("_")[0]
        for plan, kinds in CONTENT.items():
            if kind in kinds:
                self._database.run(
                    "INSERT OR REPLACE INTO registered (plan, node, set_name, key, deleted, at) "
                    "SELECT plan, ref, ?, ?, ?, ? FROM exchange_node "
                    "WHERE plan = ? AND this_node = 0 AND ref <> ?",
                    set_name,
                    key,
                    int(deleted),
                    at,
                    plan,
                    origin_node,
                )

    def changes_for(self, plan: str, node: str, message_no: int) -> list[Change]:
        """What the node must hear in message `message_no`, in the order of the last changes."""
        with self._database.transaction():
            self._database.run(
                "UPDATE registered SET message_no = ? "
                "WHERE plan = ? AND node = ? AND message_no IS NULL",
                message_no,
                plan,
                node,
            )
            self._database.run(
                "UPDATE exchange_node SET sent_no = max(sent_no, ?) WHERE plan = ? AND ref = ?",
                message_no,
                plan,
                node,
            )
        found = self._database.rows(
            "SELECT set_name, key, deleted, message_no, at FROM registered "
            "WHERE plan = ? AND node = ? ORDER BY id",
            plan,
            node,
        )
        return [Change(row[0], row[1], bool(row[2]), row[3], row[4]) for row in found]

    def confirm(self, plan: str, node: str, message_no: int, at: str = "") -> int:
        """The node has received message `message_no`: forget what it and earlier ones held.

        Gives how many registrations are gone. A number below the last one changes no counter.
        """
        with self._database.transaction():
            before = self.waiting(plan, node)
            self._database.run(
                "DELETE FROM registered WHERE plan = ? AND node = ? AND message_no <= ?",
                plan,
                node,
                message_no,
            )
            self._database.run(
                "UPDATE exchange_node SET received_no = max(received_no, ?), exchange_date = ? "
                "WHERE plan = ? AND ref = ?",
                message_no,
                at or _EMPTY_DATE,
                plan,
                node,
            )
            return before - self.waiting(plan, node)

    def waiting(self, plan: str, node: str) -> int:
        """How many changes are registered for a node."""
        sql = "SELECT count(*) FROM registered WHERE plan = ? AND node = ?"
        return int(self._database.rows(sql, plan, node)[0][0])
