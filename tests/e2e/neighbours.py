"""Hands on the sandbox for tests of the hub as a whole: its faults, its people, its own books."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

__all__ = ["INVOICES", "Neighbours"]

INVOICES = "Document_СчетНаОплатуПокупателю"
RECEIPTS = "Document_ПоступлениеНаРасчетныйСчет"
CLIENTS = "Catalog_Контрагенты"
Record = dict[str, Any]


@dataclass
class Neighbours:
    """One sandbox; `about` are its addresses and logins."""

    about: Record
    control: httpx.Client = field(init=False)
    onec: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        about = self.about
        # There is nothing to verify, and certificates would be loaded for each test.
        self.control = httpx.Client(base_url=about["control_url"], timeout=30, verify=False)  # noqa: S501
        self.onec = httpx.Client(
            base_url=about["onec_url"],
            auth=httpx.BasicAuth(about["onec_login"].encode(), about["onec_password"]),
            headers={"Accept": "application/json"},
            timeout=30,
            verify=False,  # noqa: S501
        )

    def close(self) -> None:
        """Hang up."""
        self.control.close()
        self.onec.close()

    def fault(self, kind: str, **details: Any) -> None:
        """Break something: once, unless `count` says otherwise (`None`: always)."""
        self._post("faults", kind=kind, **details)

    def mend(self) -> None:
        """Stop misbehaving."""
        self.control.delete("faults").raise_for_status()

    def switch(self, **switches: Any) -> None:
        """Change lasting traits of the base."""
        self._post("switches", **switches)

    def pay(self, invoice: str, share: str | None = None) -> Record:
        """The accountant registers a payment of an invoice, by its number."""
        return self._post("accountant/pay", invoice=invoice, share=share)

    def ship(self, invoice: str, share: str | None = None) -> Record:
        """The accountant ships what an invoice sells."""
        return self._post("accountant/ship", invoice=invoice, share=share)

    def tried(self, act: str, invoice: str, share: str | None) -> bool:
        """The accountant does so if the invoice is there and posted."""
        wish = {"invoice": invoice, "share": share}
        answer = self.control.post(f"accountant/{act}", json=wish)
        assert answer.status_code in (200, 422), answer.text
        return answer.status_code == 200

    def unpost(self, document: Record) -> None:
        """The accountant takes back a posting; `document` is what `pay` or `ship` gave."""
        self._post("accountant/unpost", document=document["set"], ref=document["ref"])

    def bulk(self, invoices: int) -> None:
        """Years of posted invoices, all at once."""
        self._post("bulk", invoices=invoices)

    def call(self, **details: Any) -> Record:
        """The PBX logs a call."""
        return self._post("call", **details)

    def letters(self) -> list[Record]:
        """Letters that the mail server took."""
        found: list[Record] = self.control.get("mail").raise_for_status().json()["letters"]
        return found

    def subjects(self) -> Counter[tuple[str, str]]:
        """How many letters went to whom about what."""
        return Counter((letter["envelope_to"], letter["subject"]) for letter in self.letters())

    def writes(self, set_name: str = "") -> list[Record]:
        """What the hub (not the accountant) has written to 1C, from the base's own ledger."""
        answer = self.control.get("ledger", params={"set": set_name} if set_name else {})
        entries: list[Record] = answer.raise_for_status().json()["entries"]
        return [one for one in entries if one["source"] == "odata"]

    def rows(self, set_name: str, condition: str = "") -> list[Record]:
        """Objects of a set as the base has them."""
        query = {"$format": "json"} | ({"$filter": condition} if condition else {})
        answer = self.onec.get(set_name, params=query).raise_for_status()
        found: list[Record] = answer.json()["value"]
        return found

    def invoice(self, number: str) -> Record:
        """The one invoice with this number."""
        [found] = self.rows(INVOICES, f"Number eq '{number}'")
        return found

    def patch(self, set_name: str, ref: str, **changes: Any) -> None:
        """Somebody edits an object in 1C itself."""
        answer = self.onec.patch(f"{set_name}(guid'{ref}')?$format=json", json=changes)
        answer.raise_for_status()

    def create(self, set_name: str, **values: Any) -> Record:
        """Somebody enters an object in 1C itself."""
        answer = self.onec.post(f"{set_name}?$format=json", json=values).raise_for_status()
        made: Record = answer.json()
        return made

    def _post(self, action: str, /, **body: Any) -> Record:
        answer = self.control.post(action, json=body)
        assert answer.status_code == 200, answer.text
        made: Record = answer.json()
        return made
