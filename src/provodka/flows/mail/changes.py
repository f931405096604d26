"""What others do with letters that are known: flags, moves, deletions. No message is deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, text

from provodka.connectors.crm_store import journal
from provodka.connectors.mail.imap.folder import Flagged
from provodka.flows.mail.folders import Reading

__all__ = ["flag", "forget_numbering", "lost_among", "note_gone", "note_missing"]

HERE = "mailbox = :mailbox AND folder = :folder AND uid_validity = :uid_validity"
FLAGGED = text(f"""
    WITH told AS (
        SELECT * FROM unnest(CAST(:uids AS bigint[]), CAST(:flags AS text[])) t (uid, flags)),
    changed AS (
        UPDATE hub.mail_copy c SET flags = t.flags,
            seen_at = CASE WHEN t.flags ~ '\\\\Seen' THEN coalesce(c.seen_at, :now) END
        FROM told t WHERE {HERE} AND c.uid = t.uid AND c.flags <> t.flags
        RETURNING c.message_id, c.seen_at)
    SELECT count(*) AS count,
           array_agg(message_id) FILTER (WHERE seen_at IS NOT NULL AND message_id IS NOT NULL)
    FROM changed
""")  # noqa: S608
LOOKED_AT = text(
    "UPDATE crm.interaction SET checked = true"
    " WHERE id = ANY(:ids) AND kind = 'letter' AND NOT checked"
)
GONE = text(f"""
    UPDATE hub.mail_copy SET gone_at = :now
    FROM unnest(CAST(:firsts AS bigint[]), CAST(:lasts AS bigint[])) r (first, last)
    WHERE {HERE} AND uid BETWEEN r.first AND r.last AND gone_at IS NULL
""")  # noqa: S608
MISSING = text(f"""
    UPDATE hub.mail_copy SET gone_at = :now
    WHERE {HERE} AND uid BETWEEN :first AND :last AND gone_at IS NULL AND uid <> ALL(:there)
""")  # noqa: S608
COPIES = text(f"""
    SELECT uid FROM hub.mail_copy WHERE {HERE} AND uid = ANY(:uids)
""")  # noqa: S608
RENUMBERED = text("""
    UPDATE hub.mail_copy SET gone_at = :now
    WHERE mailbox = :mailbox AND folder = :folder AND uid_validity <> :uid_validity
      AND gone_at IS NULL
""")


def flag(
    connection: Connection, reading: Reading, told: Sequence[Flagged], now: datetime
) -> Counter[str]:
    """Note flags; a letter that somebody has read in his program is no longer unseen here."""
    if not told:
        return Counter()
    given = _here(reading) | {
        "uids": [one.uid for one in told],
        "flags": [" ".join(one.flags) for one in told],
        "now": now,
    }
    count, seen = connection.execute(FLAGGED, given).one()
    if seen:
        journal.attribute(connection, "mail")
        connection.execute(LOOKED_AT, {"ids": seen})
    return Counter(reflagged=count)


def note_gone(
    connection: Connection, reading: Reading, ranges: Sequence[tuple[int, int]], now: datetime
) -> Counter[str]:
    """Note that letters of these UIDs are no longer there."""
    if not ranges:
        return Counter()
    ends = {"firsts": [one[0] for one in ranges], "lasts": [one[1] for one in ranges]}
    return Counter(gone=connection.execute(GONE, _here(reading) | ends | {"now": now}).rowcount)


def note_missing(
    connection: Connection, reading: Reading, first: int, last: int, there: Sequence[int],
    now: datetime,
) -> Counter[str]:  # fmt: skip
    """Note that of a range of UIDs only those `there` are left."""
    given = {"first": first, "last": last, "there": list(there), "now": now}
    return Counter(gone=connection.execute(MISSING, _here(reading) | given).rowcount)


def lost_among(connection: Connection, reading: Reading, uids: Sequence[int]) -> list[int]:
    """Letters that came after the folder was connected and were never read.

    A server that shows letters out of the order of their UIDs makes such.
    """
    wanted = [uid for uid in uids if uid > reading.past_until]
    known = set(connection.execute(COPIES, _here(reading) | {"uids": wanted}).scalars())
    return [uid for uid in wanted if uid not in known]


def forget_numbering(connection: Connection, reading: Reading, now: datetime) -> None:
    """After a new UIDVALIDITY the old numbers say nothing."""
    connection.execute(RENUMBERED, _here(reading) | {"now": now})


def _here(reading: Reading) -> dict[str, object]:
    return {
        "mailbox": reading.mailbox,
        "folder": reading.folder,
        "uid_validity": reading.uid_validity,
    }
