"""Reports of machines about a letter of ours that reached somebody (RFC 8098, RFC 3464)."""

from __future__ import annotations

import re

from provodka.connectors.mail.understanding.addresses import normalised
from provodka.connectors.mail.understanding.identities import in_brackets
from provodka.connectors.mail.understanding.letters import Receipt

__all__ = ["read_receipt"]

FIELD = re.compile(r"(?m)^([A-Za-z-]{3,40}):[ \t]*([^\n]*(?:\n[ \t]+[^\n]*)*)")
KNOWN = frozenset({"displayed", "deleted", "dispatched", "processed", "denied", "failed"})


def read_receipt(report: str) -> Receipt | None:
    """The receipt in a ``message/disposition-notification`` part, or None if it has none."""
    fields = {name.lower(): value.strip() for name, value in reversed(FIELD.findall(report))}
    disposition = fields.get("disposition", "")
    if not disposition:
        return None
    mode, _semicolon, outcome = disposition.lower().partition(";")
    kind = re.split(r"[/\s,]", (outcome or mode).strip())[0]
    recipient = fields.get("final-recipient", "") or fields.get("original-recipient", "")
    return Receipt(
        disposition=kind if kind in KNOWN else "processed",
        original_id=in_brackets(fields.get("original-message-id", "")),
        recipient=normalised(recipient.rpartition(";")[2]),
        automatic="mdn-sent-automatically" in mode,
    )
