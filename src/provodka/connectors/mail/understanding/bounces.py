"""Letters that say that a letter was not delivered: reports by the standard and by no standard.

A report by the standard (RFC 3464) is believed. Everything else is a bounce where two signs
meet: who sent it, what its subject says, what its text says, headers that only mail systems
write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from provodka.connectors.mail.understanding.addresses import ADDRESS, normalised
from provodka.connectors.mail.understanding.bounce_forms import (
    COPY_BEGINS,
    FAILURE,
    MACHINE,
    SUBJECT,
    WAITING,
    reason_of,
)
from provodka.connectors.mail.understanding.delivery_reports import REFUSED, Reported
from provodka.connectors.mail.understanding.headers import Headers
from provodka.connectors.mail.understanding.identities import in_brackets
from provodka.connectors.mail.understanding.letters import Address, Bounce, FailedRecipient

__all__ = ["Evidence", "read_bounce"]

MOST_TEXT = 30_000
MOST_RECIPIENTS = 30
OWN_LINE = re.compile(
    r"(?im)^[\s>*•-]*(?:(?:to|failed\s+recipient|recipient|address|получатель|кому)\s*:\s*)?"
    r"[\"'(<\[]*(?:mailto:)?([^\s<>()\[\],;:\"']{1,200}@[^\s<>()\[\],;:\"'@]{1,200})[>)\]\"']*\s*"
    r"(?::|;|$|\(|\.\.\.|<|\s-\s|,\s*$)"
)
ANSWER = re.compile(r"(?i)\s*(?:re|fwd?|отв|на|пер(?:есл)?)\s*:")
REPLY_CODE = re.compile(r"(?<![\d.:-])([45])[0-7]\d(?=[\s-])(?![\d.])")
MESSAGE_ID = re.compile(r"(?im)^[\s>|]*Message-ID\s*:\s*\n?\s*(<[^<>\s]{3,500}>)")
LOST = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4")
NO_REPLY = re.compile(r"(?i)(?:no|do-?not)[-_.]?reply@")
COMPLAINS = re.compile(r"(?i)\s*complaint about message from\b")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a letter offers to judge it by; `enclosed` are the headers of the letter returned."""

    headers: Headers
    sender: Address | None
    subject: str = field(repr=False)
    text: str = field(repr=False)
    own: frozenset[str] = field(repr=False)
    reported: tuple[Reported, ...] = ()
    enclosed: Headers | None = None
    is_report: bool = False


def read_bounce(seen: Evidence) -> Bounce | None:
    """The bounce that a letter is, or None where it is something else."""
    if COMPLAINS.match(seen.subject) and seen.enclosed is not None:
        return Bounce(original_id=_original_id(seen), complaint=True)
    failed = [one for one in seen.reported if one.action in {"failed", "delayed"}]
    if failed:
        return Bounce(
            recipients=tuple(_judged(one, seen.text) for one in failed),
            original_id=_original_id(seen),
            delayed=all(one.action == "delayed" for one in failed),
        )
    explained = _before_copy(seen.text)
    if seen.reported or not _looks_like_bounce(seen, explained):
        return None
    delayed = bool(WAITING.search(explained)) and not re.search(
        r"(?i)permanent|giving up|gave up|fatal", explained
    )
    return Bounce(
        recipients=_named(seen, explained, delayed=delayed),
        original_id=_original_id(seen),
        delayed=delayed,
    )


def _looks_like_bounce(seen: Evidence, explained: str) -> bool:
    headers = seen.headers
    if "x-failed-recipients" in headers:
        return True
    sender = f"{seen.sender.address} {seen.sender.name}" if seen.sender else ""
    by_machine = bool(MACHINE.search(sender))
    nowhere = headers.raw("return-path").replace(b" ", b"") in {b"<>", b'<"">'}
    returned = seen.enclosed is not None
    if not by_machine and (
        ANSWER.match(seen.subject) or not (nowhere or returned or seen.is_report)
    ):
        # A person who writes that something was not delivered, or passes a bounce on.
        return False
    said = bool(SUBJECT.search(seen.subject))
    told = bool(FAILURE.search(f"{seen.subject}\n{explained}"))
    signs = by_machine * 2 + nowhere + said * 2 + told + seen.is_report * 2
    signs += returned and bool(NO_REPLY.search(sender)) + returned
    return (told and signs >= 3) or (said and (by_machine or seen.is_report))


def _judged(one: Reported, text: str) -> FailedRecipient:
    status, permanent = _outcome(one.status, one.diagnostic, text if not one.diagnostic else "")
    return FailedRecipient(
        address=one.address,
        status=status,
        permanent=permanent and one.action == "failed",
        diagnostic=one.diagnostic[:1000],
    )


def _outcome(given: str, diagnostic: str, text: str) -> tuple[str, bool]:
    """The enhanced code, and whether the address is lost: words tell more than a bare 5.0.0.

    A refusal for what we sent or who we are (spam, size, policy) says nothing of the address.
    """
    within = REFUSED.search(diagnostic)
    status = given
    if within and within[1][0] == (given or within[1])[0] and given.endswith((".0", "")):
        status = within[1] if given in {"", "5.0.0", "4.0.0", "5.5.0"} else given
    meant = reason_of(diagnostic) or (reason_of(text[:4000]) if text else None)
    code = REPLY_CODE.search(diagnostic or text)
    if not status:
        status = meant[0] if meant else f"{code[1]}.0.0" if code else ""
        if code and meant and code[1] != status[:1]:
            status = code[1] + status[1:]
    if status.startswith("4"):
        return status, False
    if meant and not (meant[0] == "4.4.1" and status.startswith(LOST)):
        return status, meant[1]
    return status, status in LOST


def _before_copy(text: str) -> str:
    """What the mail system says, without the letter that it returns below."""
    text = text[:MOST_TEXT]
    for found in COPY_BEGINS.finditer(text):
        if text[: found.start()].strip():
            return text[: found.start()]
    return text


def _named(seen: Evidence, explained: str, *, delayed: bool) -> tuple[FailedRecipient, ...]:
    places = _addresses(seen, explained)
    found = []
    for number, (address, place) in enumerate(places):
        end = places[number + 1][1] if number + 1 < len(places) else len(explained)
        words = explained[place : min(max(end, place), place + 600)] if place >= 0 else explained
        given = REFUSED.search(words) or REFUSED.search(explained)
        status, permanent = _outcome(given[1] if given else "", words, explained)
        found.append(
            FailedRecipient(
                address=address,
                status=status,
                permanent=permanent and not delayed,
                diagnostic=" ".join(words.split())[:500],
            )
        )
    return tuple(found)


def _addresses(seen: Evidence, explained: str) -> list[tuple[str, int]]:
    """(address, where it stands in the text or -1), each address once."""
    told = [raw.decode("ascii", "replace") for raw in seen.headers.every("x-failed-recipients")]
    if told:
        listed = [normalised(one) for one in ADDRESS.findall(" ".join(told))]
        return [(one, explained.find(one)) for one in dict.fromkeys(listed)][:MOST_RECIPIENTS]
    own_lines = [(normalised(one[1]), one.start(1)) for one in OWN_LINE.finditer(explained)]
    anywhere = [(normalised(one[0]), one.start()) for one in ADDRESS.finditer(explained)]
    returned = [
        (normalised(one), -1)
        for name in ("x-failed-recipients", "to")
        for raw in (seen.enclosed.every(name) if seen.enclosed else ())
        for one in ADDRESS.findall(raw.decode("utf-8", "replace"))
    ]
    for places in (own_lines, anywhere, returned):
        fitting = [one for one in places if _may_fail(one[0], seen)]
        once = dict(reversed(fitting))
        if once:
            kept = [(address, once[address]) for address in reversed(once)]
            return kept[: MOST_RECIPIENTS if places is not anywhere else 1]
    return own_lines[:1]


def _may_fail(address: str, seen: Evidence) -> bool:
    sender = seen.sender.address if seen.sender else ""
    if address.lower() in seen.own or address == sender or address.endswith((".gif", ".png")):
        return False
    return not MACHINE.match(address)


def _original_id(seen: Evidence) -> str:
    if seen.enclosed is not None and (raw := seen.enclosed.raw("message-id")):
        return in_brackets(raw.decode("ascii", "replace"))
    if found := MESSAGE_ID.search(seen.text):
        return found[1]
    for name in ("in-reply-to", "references", "x-original-message-id", "original-message-id"):
        if raw := seen.headers.raw(name):
            return in_brackets(raw.decode("ascii", "replace"))
    return ""
