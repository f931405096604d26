"""Exchange plans over OData: who is told of changes, what has changed, and «received».

1C registers every change for each node of a plan. `SelectChanges` puts a message's number on what
is registered and gives all of it; `NotifyChangesReceived` forgets what bears that number or a
smaller one. What changes in between loses its number and stays for the next message, so that a
confirmation never forgets more than was given (1C developer guide 8.3.27 §17.4.9, "Data exchange
mechanisms").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from provodka.connectors.http import HttpAnswer
from provodka.connectors.onec.odata.atom import Item, NotAFeed, Types, read_feed
from provodka.connectors.onec.odata.errors import Call, NotFound, unreadable
from provodka.connectors.onec.odata.pages import rows_of
from provodka.connectors.onec.odata.query import JSON, entity_path
from provodka.connectors.onec.odata.transport import Transport
from provodka.connectors.onec.odata.wire_json import BOM
from provodka.foundation.errors import RetriableError, UnknownOutcome
from provodka.foundation.i18n import _

__all__ = ["PREFIX", "ExchangePlans", "Node", "plan_set"]

PREFIX = "ExchangePlan_"
PLAIN = "'():/,=;@"
"""What stays as it is in the address of a node: quotes and brackets are part of 1C's syntax."""


@dataclass(frozen=True, slots=True)
class Node:
    """A participant of a plan: `plan` is the set's name, `sent` and `received` message numbers.

    `this` is the base itself, for which nothing is registered; some platforms do not say.
    """

    plan: str
    ref: UUID
    code: str = ""
    name: str = ""
    sent: int = 0
    received: int = 0
    this: bool = False

    @property
    def next_message(self) -> int:
        """The number to select changes under."""
        return self.received + 1


def plan_set(name: str) -> str:
    """The set of a plan by either of its names: `ДляODATA` or `ExchangePlan_ДляODATA`."""
    return name if name.startswith(PREFIX) else PREFIX + name


class ExchangePlans:
    """The change feed of one base."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def nodes(self, plan: str) -> tuple[Node, ...]:
        """Every node of a plan that is not marked for deletion.

        Raises `ConfigurationError` if the plan is not published, `AccessDenied` without rights.
        """
        set_name = plan_set(plan)
        call = Call(self._transport.where(set_name))
        rows = rows_of(self._transport.read_json(set_name, JSON), call)
        return tuple(
            _node(set_name, row, call) for row in rows if row.get("DeletionMark") is not True
        )

    def node(self, known: Node) -> Node | None:
        """The node as it stands now; `None` if the base has it no more."""
        try:
            row = self._transport.read_json(entity_path(known.plan, known.ref), JSON)
        except NotFound:
            return None
        call = Call(self._transport.where(known.plan))
        if not isinstance(row, dict):
            raise unreadable(call, _("в ответе нет узла плана обмена"))
        return None if row.get("DeletionMark") is True else _node(known.plan, row, call)

    def select_changes(self, node: Node, message_no: int, types: Types) -> Iterator[Item]:
        """All that is registered for the node, as message `message_no`; may be asked again.

        The answer is fetched at once, its entries are read one by one. Raises `AnswerTooLarge`
        for a message over the limit, `SystemUnavailable` for one that cannot be read; what has
        been handed over before is then true but not all.
        """
        query = self._query(node, message_no)
        call = Call(self._transport.where("SelectChanges"), query_length=len(query))

        def understand(answer: HttpAnswer) -> bytes:
            body = answer.body.removeprefix(BOM)
            if not _is_whole(body):
                raise unreadable(call, _("лента изменений оборвана или это не лента"))
            return body

        body = self._transport.read("SelectChanges", query, understand, method="POST")
        return _items(body, types, call)

    def notify_received(self, node: Node, message_no: int) -> None:
        """Confirm a message, after it has been stored: the base forgets what it held.

        A lost answer is looked up by the node's number. What cannot be confirmed now comes
        again, and confirming it then is as good.
        """
        try:
            self._transport.write(
                "POST", "NotifyChangesReceived", self._query(node, message_no), None
            )
        except (UnknownOutcome, RetriableError):
            now = self.node(node)
            if now is None or now.received < message_no:
                raise

    def _query(self, node: Node, message_no: int) -> str:
        address = f"{self._transport.settings.service_url()}/{entity_path(node.plan, node.ref)}"
        point = quote(f"'{address}'", safe=PLAIN)
        return f"DataExchangePoint={point}&MessageNo={message_no}"


def _items(body: bytes, types: Types, call: Call) -> Iterator[Item]:
    try:
        yield from read_feed([body], types)
    except NotAFeed as error:
        found = _("лента изменений не читается ({reason})").format(reason=error)
        raise unreadable(call, found) from error


def _is_whole(body: bytes) -> bool:
    """Whether the end is there: a cut message is asked for again before anything is made of it."""
    return body.rstrip().endswith((b"feed>", b"/>"))


def _node(set_name: str, row: dict[str, Any], call: Call) -> Node:
    try:
        return Node(
            set_name,
            UUID(row["Ref_Key"]),
            str(row.get("Code") or "").strip(),
            str(row.get("Description") or "").strip(),
            int(row["SentNo"]),
            int(row["ReceivedNo"]),
            row.get("ThisNode") is True,
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        found = _("у узла плана обмена нет ссылки или номеров сообщений")
        raise unreadable(call, found) from error
