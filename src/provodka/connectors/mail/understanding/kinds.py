"""Whether a person wrote a letter, or a program did, and which kind of program."""

from __future__ import annotations

import re

from provodka.connectors.mail.understanding.headers import Headers
from provodka.connectors.mail.understanding.letters import Invitation, Kind

__all__ = ["is_auto_reply", "kind_of"]

SUPPRESSING = re.compile(rb"(?i)\b(?:all|autoreply|oof)\b")
AUTO_HEADERS = (
    "x-autoreply",
    "x-autorespond",
    "x-auto-reply",
    "x-autoresponder",
    "x-autoreply-from",
    "x-mail-autoreply",
    "x-ms-exchange-inbox-rules-loop",
    "x-vacation",
)
AUTO_PRECEDENCE = frozenset({b"auto_reply", b"auto-reply"})
LIST_HEADERS = ("list-id", "list-post", "list-unsubscribe", "mailing-list")
BULK = frozenset({b"bulk", b"list", b"junk"})
AWAY = re.compile(
    r"(?i)^\s*(?:(?:re|отв|ответ)\s*:\s*)?(?:"
    r"auto(?:matic)?[- ]?(?:reply|response|answer)|autoreply|auto:|out\s+of\s+(?:the\s+)?office|"
    r"(?:i\s+am|i'm)\s+(?:currently\s+)?(?:out\s+of|away)|away\s+(?:from|until)|on\s+(?:vacation|leave)\b|"
    r"vacation\s+(?:reply|notice|message)|автоответ|автоматическ\w+\s+(?:ответ|уведомлен|сообщен)|"
    r"(?:нахожусь|я)\s+(?:в\s+отпуске|не\s+в\s+офисе)|вне\s+офиса|нет\s+на\s+месте|отсутству|"
    r"в\s+отпуске|abwesenheit|automatische\s+antwort|réponse\s+automatique|absence\s+du|"
    r"respuesta\s+automática|risposta\s+automatica|resposta\s+automática|automatisch\s+antwoord|"
    r"automatiskt?\s+svar|autosvar|автоматична\s+відповідь)"
)
SUPPRESSED_SUBJECT = re.compile(
    r"(?i)auto|away|office|отпуск|отсутств|абсен|abwesen|absence|urlaub"
)


def kind_of(headers: Headers, subject: str, invitation: Invitation | None) -> Kind:
    """The kind of a letter that is neither a bounce nor a receipt.

    An auto-reply is known by RFC 3834 and by what programs write instead; a list by
    RFC 2369 and RFC 2919; an invitation by a calendar that asks something.
    """
    if is_auto_reply(headers, subject):
        return Kind.AUTO_REPLY
    if invitation is not None and invitation.method in {
        "REQUEST",
        "REPLY",
        "CANCEL",
        "COUNTER",
        "ADD",
    }:
        return Kind.INVITATION
    return Kind.LIST if _is_list(headers) else Kind.PERSON


def is_auto_reply(headers: Headers, subject: str) -> bool:
    """Whether a program answered by itself: a note of absence, a ticket's confirmation."""
    submitted = headers.raw("auto-submitted").strip().lower()
    if submitted.startswith((b"auto-replied", b"auto-notified")):
        return True
    if any(name in headers and headers.raw(name).strip().lower() != b"no" for name in AUTO_HEADERS):
        return True
    if headers.raw("precedence").strip().lower() in AUTO_PRECEDENCE:
        return True
    if "delivered-to" in headers and b"autoresponder" in headers.raw("delivered-to").lower():
        return True
    if AWAY.search(subject):
        return True
    answers = "in-reply-to" in headers or "references" in headers
    if submitted.startswith(b"auto-generated") and answers:
        return True
    suppresses = SUPPRESSING.search(headers.raw("x-auto-response-suppress")) is not None
    return suppresses and SUPPRESSED_SUBJECT.search(subject) is not None


def _is_list(headers: Headers) -> bool:
    if any(
        name in headers for name in ("list-id", "list-post", "list-unsubscribe", "mailing-list")
    ):
        return True
    if headers.raw("precedence").strip().lower() in BULK:
        return True
    return headers.raw("auto-submitted").strip().lower().startswith(b"auto-generated")
