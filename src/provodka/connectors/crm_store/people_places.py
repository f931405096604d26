"""Where a person's data stands in the store: which columns, and what takes their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from provodka.connectors.crm_store.people_traits import WIPED

__all__ = ["PLACES", "VERSIONS", "Place"]

OF_CLIENT = "client_id = ANY(:clients)"
OF_CONTACT = "contact_id = ANY(:contacts)"


@dataclass(frozen=True, slots=True)
class Place:
    """A kind of document of a person; `whose` is SQL, `wiped` what each column becomes.

    Sums, dates and what links documents to each other stay: accounting must keep them for five
    years (402-ФЗ, art. 29), and without the rest they are nobody's.
    """

    kind: str
    whose: str
    wiped: Mapping[str, str | None]


def _bare(*columns: str) -> dict[str, str | None]:
    return dict.fromkeys(columns)


PLACES = (
    Place(
        "client",
        "id = ANY(:clients)",
        {"name": WIPED}
        | _bare("full_name", "inn", "kpp", "phone", "email", "delivery_address", "source"),
    ),
    Place(
        "contact",
        f"id = ANY(:contacts) OR {OF_CLIENT}",
        {"name": WIPED} | _bare("position", "phone", "email"),
    ),
    Place("delivery_point", f"{OF_CLIENT} OR {OF_CONTACT}", {"address": WIPED} | _bare("name")),
    Place("messenger_account", f"{OF_CLIENT} OR {OF_CONTACT}", _bare("name", "phone")),
    Place("contract", OF_CLIENT, {"name": WIPED}),
    Place("deal", OF_CLIENT, {"title": WIPED} | _bare("source", "lost_reason")),
    Place("order", OF_CLIENT, _bare("comment", "cancel_reason")),
    Place("delivery", OF_CLIENT, _bare("note")),
    Place("proposal", OF_CLIENT, _bare("comment")),
    Place("invoice", OF_CLIENT, _bare("comment", "accounting_note")),
    Place("shipment", OF_CLIENT, _bare("comment")),
    Place("payment", OF_CLIENT, _bare("comment", "purpose")),
    Place("returnable", OF_CLIENT, _bare("comment")),
    Place("task", OF_CLIENT, {"subject": WIPED} | _bare("purpose", "result")),
    Place("interaction", OF_CLIENT, _bare("subject", "text")),
    Place("signal", OF_CLIENT, _bare("title")),
    Place(
        "call",
        f"{OF_CLIENT} OR {OF_CONTACT} OR client_number = ANY(:phones)",
        _bare("client_number", "forwarded_to", "recording", "rung", "transfers"),
    ),
    Place(
        "message",
        f"{OF_CLIENT} OR lower(sender) = ANY(:emails) OR lower(recipient) = ANY(:emails)"
        " OR recipient = ANY(:phones)",
        _bare("sender", "recipient", "subject", "text", "html", "attachments", "reply_to")
        | _bare("sender_name", "copies", "reply_text", "linked_by"),
    ),
    Place(
        "form_entry",
        f"{OF_CLIENT} OR phone = ANY(:phones) OR lower(email) = ANY(:emails)",
        _bare("name", "phone", "email", "text"),
    ),
    Place("visit", OF_CLIENT, _bare("source")),
)
"""Every kind of document that is about clients; `tests` hold it to the tables there are."""

VERSIONS = {
    "client": "client_version",
    "task": "task_version",
    "call": "call_version",
    "interaction": "interaction_version",
    "invoice": "invoice_version",
}
"""Kinds that reports keep every version of, with the table in `report`."""
