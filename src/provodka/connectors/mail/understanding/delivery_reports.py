"""The machine-readable part of a delivery report (RFC 3464), as systems really write it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from provodka.connectors.mail.understanding.addresses import ADDRESS, normalised
from provodka.connectors.mail.understanding.words import SPACES

__all__ = ["REFUSED", "Reported", "reported_recipients"]

MOST_RECIPIENTS = 500
FIELD = re.compile(r"(?m)^[ \t]?([A-Za-z][A-Za-z-]{2,40}):[ \t]*([^\n]*(?:\n[ \t]+[^\n]*)*)")
BLANK = re.compile(r"\n[ \t]*\n")
STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
REFUSED = re.compile(r"\b([45]\.\d{1,3}\.\d{1,3})\b")
ACTIONS = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})


@dataclass(frozen=True, slots=True)
class Reported:
    """What a report says of one recipient; `action` is one of RFC 3464 §2.3.3 or empty."""

    address: str = field(repr=False)
    action: str
    status: str
    diagnostic: str = field(repr=False)


def reported_recipients(report: str) -> list[Reported]:
    """Each recipient named in a ``message/delivery-status`` part, in order."""
    found: list[Reported] = []
    for block in BLANK.split(report.replace("\r\n", "\n"))[: MOST_RECIPIENTS * 2]:
        fields = {name.lower(): value for name, value in reversed(FIELD.findall(block))}
        address = _address(fields)
        action = fields.get("action", "").strip().lower().partition(" ")[0].rstrip(";,")
        if not address and not (action in ACTIONS or "status" in fields):
            continue
        diagnostic = SPACES.sub(" ", fields.get("diagnostic-code", "")).strip()
        given = STATUS.search(fields.get("status", ""))
        found.append(
            Reported(
                address=address,
                action=action if action in ACTIONS else _action(given[1] if given else ""),
                status=given[1] if given else "",
                diagnostic=diagnostic.partition(";")[2].strip() or diagnostic,
            )
        )
    return found[:MOST_RECIPIENTS]


def _action(status: str) -> str:
    return {"2": "delivered", "4": "delayed"}.get(status[:1], "failed")


def _address(fields: dict[str, str]) -> str:
    """The one we wrote to where it is told, else the one it was passed on to."""
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        written = SPACES.sub("", fields.get(name, "")).rpartition(";")[2]
        if found := ADDRESS.search(written):
            return normalised(found[0])
    return ""
