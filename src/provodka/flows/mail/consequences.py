"""What follows from letters: shown on client and deal, answers, bounces, receipts, meetings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import Connection, text

from provodka.connectors.mail.understanding import Bounce, FailedRecipient, Invitation, Kind
from provodka.flows.mail.arrivals import Arrival
from provodka.flows.mail.linking import Link
from provodka.flows.mail.texts import clean

__all__ = ["follow", "show"]

SHOWN = text("""
    INSERT INTO crm.interaction AS kept
        (id, client_id, deal_id, employee_id, kind, direction, status, at, subject, text, checked)
    SELECT m.id, m.client_id, m.deal_id, m.employee_id, 'letter', m.direction, 'done', m.sent_at,
           m.subject, left(coalesce(m.reply_text, m.text), 2000),
           m.past OR m.direction = 'outgoing' OR EXISTS (
               SELECT FROM hub.mail_copy c WHERE c.message_id = m.id AND c.seen_at IS NOT NULL)
    FROM crm.message m
    WHERE m.id = ANY(:ids) AND m.client_id IS NOT NULL AND m.direction <> 'service'
      AND m.kind <> 'list' AND m.deleted_at IS NULL
    ON CONFLICT (id) DO UPDATE SET client_id = excluded.client_id, deal_id = excluded.deal_id
    WHERE (kept.client_id, kept.deal_id) IS DISTINCT FROM (excluded.client_id, excluded.deal_id)
""")
ANSWERED = text("""
    UPDATE crm.message SET answered_at = :at
    WHERE id = :id AND direction = 'outgoing' AND (answered_at IS NULL OR answered_at > :at)
""")
ALIVE = text("""
    UPDATE crm.address_state SET bounced_at = NULL, soft_bounces = 0, reason = 'wrote'
    WHERE address = ANY(:addresses) AND (bounced_at < :at OR soft_bounces > 0)
""")
ORIGINAL = text("""
    SELECT id, recipient FROM crm.message
    WHERE direction = 'outgoing' AND channel = 'mail' AND deleted_at IS NULL
      AND (message_id = :message_id OR id = :answers OR (
           :message_id = '' AND lower(recipient) = :address AND sent_at BETWEEN
           CAST(:at AS timestamptz) - interval '14 days' AND :at))
    ORDER BY sent_at DESC NULLS LAST LIMIT 1
""")
BOUNCED = text("""
    UPDATE crm.message SET bounced_at = :at, bounce_code = :code
    WHERE id = :id AND bounced_at IS NULL
""")
BAD_ADDRESS = text("""
    INSERT INTO crm.address_state AS kept
        (address, bounced_at, bounce_code, soft_bounces, unsubscribed_at, reason)
    VALUES (:address, :bounced_at, :code, :soft, :unsubscribed_at, :reason)
    ON CONFLICT (address) DO UPDATE SET
        bounced_at = coalesce(kept.bounced_at, excluded.bounced_at),
        bounce_code = coalesce(excluded.bounce_code, kept.bounce_code),
        soft_bounces = coalesce(kept.soft_bounces, 0) + excluded.soft_bounces,
        unsubscribed_at = coalesce(kept.unsubscribed_at, excluded.unsubscribed_at),
        reason = excluded.reason
""")
READ = text("UPDATE crm.message SET read_at = :at WHERE id = :id AND read_at IS NULL")
DELIVERED = text(
    "UPDATE crm.message SET delivered_at = :at WHERE id = :id AND delivered_at IS NULL"
)
MEETING = text("""
    INSERT INTO crm.interaction AS kept
        (id, client_id, deal_id, employee_id, kind, direction, status, at, subject, text)
    VALUES (:id, :client, :deal, :employee, 'meeting', 'incoming', :status, :at, :subject, :text)
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, at = excluded.at,
        subject = excluded.subject, text = excluded.text
    WHERE (kept.status, kept.at, kept.subject, kept.text)
        IS DISTINCT FROM (excluded.status, excluded.at, excluded.subject, excluded.text)
""")
NEWER = text("""
    INSERT INTO hub.invited AS kept (id, sequence, stamped_at) VALUES (:id, :sequence, :stamped_at)
    ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, stamped_at = excluded.stamped_at
    WHERE (kept.sequence, coalesce(kept.stamped_at, '-infinity'))
        <= (excluded.sequence, coalesce(excluded.stamped_at, '-infinity'))
    RETURNING id
""")
CALLED_OFF = text("UPDATE crm.interaction SET status = 'cancelled' WHERE id = :id")
PERSONAL = frozenset({Kind.PERSON, Kind.INVITATION})
CODE = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


def follow(connection: Connection, new: Sequence[tuple[Arrival, Link]], now: datetime) -> None:
    """Carry out what letters that are new mean for others."""
    show(connection, [one.id for one, link in new if link.client])
    _answered(connection, new)
    for one, link in new:
        letter = one.letter
        if letter.bounce is not None:
            _bounced(connection, letter.bounce, link, min(one.at, now))
        if letter.receipt is not None and link.answers is not None:
            given = {"id": link.answers, "at": one.at}
            if letter.receipt.was_read:
                connection.execute(READ, given)
            elif letter.receipt.disposition == "delivered":
                connection.execute(DELIVERED, given)
        if letter.invitation is not None and link.client is not None:
            _meeting(connection, letter.invitation, link)


def show(connection: Connection, ids: Sequence[UUID]) -> None:
    """Show letters that have a client as interactions, under the letters' own keys."""
    if ids:
        connection.execute(SHOWN, {"ids": list(ids)})


def _answered(connection: Connection, new: Sequence[tuple[Arrival, Link]]) -> None:
    """Only what a person wrote answers a letter, and shows that his address is alive."""
    written = [(one, link) for one, link in new if one.letter.kind in PERSONAL]
    answers = [
        {"id": link.answers, "at": one.at}
        for one, link in written
        if link.answers and one.role != "sent"
    ]
    if answers:
        connection.execute(ANSWERED, answers)
    senders = {
        one.letter.sender.address.lower(): one.at for one, _l in written if one.letter.sender
    }
    if senders:
        connection.execute(ALIVE, {"addresses": list(senders), "at": max(senders.values())})


def _bounced(connection: Connection, bounce: Bounce, link: Link, at: datetime) -> None:
    """Believed only of letters that were sent from here: anybody can write a bounce."""
    for failed in bounce.recipients or (FailedRecipient("", bounce.status),):
        original = _original(connection, bounce, failed, link, at)
        if original is None:
            continue
        code = failed.status if CODE.fullmatch(failed.status) else None
        if not (bounce.delayed or bounce.complaint):
            connection.execute(BOUNCED, {"id": original.id, "at": at, "code": code})
        address = (failed.address or original.recipient or "").strip().lower()
        if "@" in address and "," not in address:
            hard = failed.permanent and not bounce.delayed and not bounce.complaint
            soft = not hard and not bounce.complaint
            given: dict[str, Any] = {
                "address": address,
                "bounced_at": at if hard else None,
                "code": code,
                "soft": int(soft),
                "unsubscribed_at": at if bounce.complaint else None,
                "reason": "complaint" if bounce.complaint else "bounce",
            }
            connection.execute(BAD_ADDRESS, given)


def _original(
    connection: Connection, bounce: Bounce, failed: FailedRecipient, link: Link, at: datetime
) -> Any:
    given = {
        "message_id": bounce.original_id,
        "answers": link.answers,
        "address": failed.address.strip().lower(),
        "at": at,
    }
    return connection.execute(ORIGINAL, given).first()


def _meeting(connection: Connection, meeting: Invitation, link: Link) -> None:
    """A meeting that a client asks to: one interaction, moved and cancelled by its UID.

    What comes late and is older than what is known changes nothing (RFC 5546 §2.1.5); one
    occurrence of a series is a meeting of its own.
    """
    which = f":{meeting.recurrence_id}" if meeting.recurrence_id else ""
    key = uuid5(NAMESPACE_URL, f"meeting:{link.client}:{meeting.uid}{which}")
    if meeting.method not in ("CANCEL", "REQUEST", "PUBLISH"):
        return
    given = {"id": key, "sequence": meeting.sequence, "stamped_at": meeting.stamped_at}
    if connection.execute(NEWER, given).first() is None:
        return
    if meeting.method == "CANCEL":
        connection.execute(CALLED_OFF, {"id": key})
    elif meeting.starts is not None:
        values = {
            "id": key,
            "client": link.client,
            "deal": link.deal,
            "employee": link.employee,
            "status": "cancelled" if meeting.status.upper() == "CANCELLED" else "planned",
            "at": meeting.starts,
            "subject": clean(meeting.summary),
            "text": clean("\n".join(filter(None, (meeting.location, meeting.description)))),
        }
        connection.execute(MEETING, values)
