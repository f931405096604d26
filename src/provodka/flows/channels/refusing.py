"""Letters that refuse further mailings: the address that a mailing was sent to gets no more."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection, Engine

from provodka.connectors.crm_store import cursors, journal
from provodka.connectors.crm_store.journal import Delta, Position
from provodka.connectors.letter_tokens import message_of_token
from provodka.flows.deliver.bad_addresses import refuse_by_letter

__all__ = ["SUBJECT", "heed_refusals"]

SUBJECT = "unsubscribe-"
"""What the subject of such a letter begins with; the token of the mailing follows."""
STREAM = "unsubscribe"
AT_ONCE = 500


def heed_refusals(engine: Engine, secret: bytes, now: datetime) -> Counter[str]:
    """Read what has come since the last time; counts `refused`.

    Who asks is known by the token alone: whoever was forwarded a mailing may refuse it for whom
    it was sent to, and nobody else can.
    """
    counts: Counter[str] = Counter()
    while True:
        with engine.begin() as connection:
            place = Position.from_json(cursors.read(connection, STREAM))
            deltas = journal.read_deltas(connection, place, AT_ONCE, ["message"])
            if not deltas:
                return counts
            journal.attribute(connection, "mail")
            counts["refused"] += sum(_heeded(connection, one, secret, now) for one in deltas)
            cursors.move(connection, STREAM, deltas[-1].position.to_json())


def _heeded(connection: Connection, delta: Delta, secret: bytes, now: datetime) -> bool:
    after = delta.after or {}
    subject = (after.get("subject") or "").strip()
    if delta.op != "insert" or after.get("direction") == "outgoing":
        return False
    if not subject.startswith(SUBJECT):
        return False
    letter = message_of_token(subject.removeprefix(SUBJECT), secret)
    return letter is not None and refuse_by_letter(connection, letter, now, "letter")
