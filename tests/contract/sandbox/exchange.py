"""The hub's side of an exchange plan, in as few words as a test needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

import httpx
from defusedxml.ElementTree import fromstring
from tests.contract.sandbox.neighbours import Base

ATOM = "{http://www.w3.org/2005/Atom}"
DATA = "{http://schemas.microsoft.com/ado/2007/08/dataservices}"
META = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"
TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
PLAN = "ExchangePlan_ДляODATA"


@dataclass(frozen=True, slots=True)
class Message:
    """What one `SelectChanges` brought."""

    root: Element

    @property
    def entries(self) -> list[Element]:
        """The entries in the feed's order."""
        return self.root.findall(f"{ATOM}entry")

    @property
    def addresses(self) -> list[str]:
        """Addresses of changed objects, under the service's root."""
        found = [str(entry.findtext(f"{ATOM}id")) for entry in self.entries]
        return [address.rpartition("standard.odata/")[2] for address in found]

    @property
    def tombstones(self) -> list[str]:
        """Addresses of objects that are gone."""
        found = [str(item.get("ref")) for item in self.root.findall(TOMBSTONE)]
        return [address.rpartition("standard.odata/")[2] for address in found]

    def properties(self, address: str) -> Element:
        """`m:properties` of the entry with an address."""
        entry = self.entries[self.addresses.index(address)]
        found = entry.find(f"{ATOM}content/{META}properties")
        assert found is not None
        return found


class Hub:
    """A node of the base's exchange plan."""

    def __init__(self, base: Base, code: str) -> None:
        self._base = base
        self._code = code

    @property
    def node(self) -> dict[str, Any]:
        """The node as the base has it now."""
        return next(row for row in self._base.rows(PLAN) if row["Code"] == self._code)

    @property
    def next_no(self) -> int:
        """The number of the next message."""
        return int(self.node["ReceivedNo"]) + 1

    def ask(self, action: str, number: object, point: str = "") -> httpx.Response:
        """Call an action of the plan."""
        root = self._base.about["onec_url"].rstrip("/")
        point = point or f"'{root}/{PLAN}(guid'{self.node['Ref_Key']}')'"
        query = {"DataExchangePoint": point, "MessageNo": str(number)}
        return self._base.http.post(action, params=query)

    def select(self, number: int = 0) -> Message:
        """Take a message, the next one unless a number is given."""
        response = self.ask("SelectChanges", number or self.next_no)
        assert response.status_code == 200, response.text
        return Message(fromstring(response.content))

    def confirm(self, number: int = 0) -> None:
        """Acknowledge a message, the next one unless a number is given."""
        assert self.ask("NotifyChangesReceived", number or self.next_no).status_code == 200

    def catch_up(self) -> None:
        """Take and acknowledge everything that is waiting."""
        self.select()
        self.confirm()
