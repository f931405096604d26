"""Composition of the base's web services, and what the control API can do with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from provodka.sandbox.faults import FaultBook
from provodka.sandbox.onec.gate import Gate
from provodka.sandbox.onec.objects import Objects
from provodka.sandbox.onec.registration import UNIVERSAL_PLAN
from provodka.sandbox.onec.writing import Writer
from provodka.sandbox.soap.door import ROOT, Door
from provodka.sandbox.soap.exchange import Exchange
from provodka.sandbox.soap.files import Files
from provodka.sandbox.soap.jobs import Jobs
from provodka.sandbox.soap.loading import Loader
from provodka.sandbox.soap.peers import PEER_CODE, THIS_CODE, Peer, Peers
from provodka.sandbox.soap.protocol import Protocol
from provodka.sandbox.soap.sending import Sender
from provodka.sandbox.soap.settings import SettingsBoard
from provodka.sandbox.storage.ledger import Ledger

Body = dict[str, Any]
Action = Callable[[Body, dict[str, str]], Awaitable[Any]]


class WebServices:
    """The web services of one base; `clock` gives its local time (ISO, no zone)."""

    def __init__(
        self,
        gate: Gate,
        faults: FaultBook,
        objects: Objects,
        writer: Writer,
        ledger: Ledger,
        clock: Callable[[], str],
    ) -> None:
        database = objects.database
        self._objects = objects
        self._settings = SettingsBoard(database)
        self._protocol = Protocol(database)
        self._peers = Peers(database, objects.changes)
        self._jobs = Jobs(database)
        sender = Sender(objects, self._peers, self._protocol, clock)
        loader = Loader(objects, writer, ledger, self._peers, self._protocol, clock)
        files = Files(database)
        exchange = Exchange(self._settings, self._peers, files, self._jobs, sender, loader)
        self._peers.add(PEER_CODE, "Обмен с CRM")
        self.door = Door(gate, faults, exchange, self._jobs)

    def about(self) -> dict[str, Any]:
        """What a client of the services must be told, besides the address and the login."""
        return {
            "exchange_plan": UNIVERSAL_PLAN,
            "exchange_node": THIS_CODE,
            "exchange_peer": PEER_CODE,
        }

    def listen(self, root: str) -> str:
        """The services are reached at this root from now on; gives their address."""
        base = f"{root}{ROOT}/"
        self.door.listen(base)
        return base

    def stop(self) -> None:
        """Carry out no more jobs; what is due waits for the next start."""
        self.door.stop()

    def actions(self) -> dict[tuple[str, str], Action]:
        """Actions of the control API by method and path under its root."""
        return {
            ("GET", "/enterprise-data"): self._list,
            ("GET", "/enterprise-data/settings"): self._list_settings,
            ("POST", "/enterprise-data/settings"): self._change_settings,
            ("POST", "/enterprise-data/peers"): self._add_peer,
        }

    async def _list(self, _body: Body, query: dict[str, str]) -> Any:
        return {
            "peers": [self._shown(peer) for peer in self._peers.found()],
            "protocol": self._protocol.notes(int(query.get("since", 0))),
        }

    async def _list_settings(self, _body: Body, _query: dict[str, str]) -> Any:
        return self._settings.listed()

    async def _change_settings(self, body: Body, _query: dict[str, str]) -> Any:
        return self._settings.change(body)

    async def _add_peer(self, body: Body, _query: dict[str, str]) -> Any:
        code = str(body["code"])
        return self._shown(self._peers.add(code, str(body.get("name", code))))

    def _shown(self, peer: Peer) -> dict[str, Any]:
        node = peer.node
        return {
            "code": node.code,
            "version": peer.version,
            "prefix": peer.prefix,
            "sent": node.sent_no,
            "received": peer.received,
            "waiting": self._objects.changes.waiting(UNIVERSAL_PLAN, node.ref),
        }
