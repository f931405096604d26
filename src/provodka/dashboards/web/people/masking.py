"""Phones, addresses of mail and names for those who may not see them whole (152-ФЗ, art. 5).

Enough is left to tell one from another while speaking of them, too little to call or to write.
"""

from __future__ import annotations

import re

from provodka.dashboards.web.people.roles import Role
from provodka.dashboards.web.people.visitor import Visitor

__all__ = [
    "MASK",
    "SEES_NAMES",
    "SEES_PERSONAL",
    "masked_email",
    "masked_name",
    "masked_phone",
    "masked_text",
    "sees_names",
    "sees_personal",
]

MASK = "•••"
SEES_PERSONAL = frozenset({Role.HEAD, Role.DISPATCHER, Role.COURIER})
"""Roles that work with people, and see phones and addresses of mail whole.

A courier sees those of the stops that are his: pages show him no others.
"""
SEES_NAMES = SEES_PERSONAL | {Role.ACCOUNTANT}
"""Roles that see names of people whole: a name of a client stands on every invoice."""
PHONE = re.compile(r"(?<![\w.-])\+?\d[\d\s()\u00a0-]{8,18}\d(?![\w-])")
EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")


def sees_personal(visitor: Visitor) -> bool:
    """Whether phones and addresses of mail are shown whole."""
    return not visitor.roles.isdisjoint(SEES_PERSONAL)


def sees_names(visitor: Visitor) -> bool:
    """Whether names of people are shown whole; those of companies always are."""
    return not visitor.roles.isdisjoint(SEES_NAMES)


def masked_phone(text: str | None) -> str:
    """The last two digits of a phone: ``•••67``; nothing for nothing."""
    digits = [sign for sign in text or "" if sign.isdigit()]
    if not digits:
        return MASK if text else ""
    return MASK + ("".join(digits[-2:]) if len(digits) >= 7 else "")


def masked_email(text: str | None) -> str:
    """The first letter and the domain's last part: ``i•••@•••.ru``; nothing for nothing."""
    if not text:
        return ""
    account, at, domain = text.rpartition("@")
    if not at or not account:
        return MASK
    last = domain.rpartition(".")[2] if "." in domain else ""
    return f"{account[0]}{MASK}@{MASK}" + (f".{last}" if last else "")


def masked_name(text: str | None) -> str:
    """The first letter of each word of a person's name: ``И. П.``; nothing for nothing."""
    words = [word for word in (text or "").split() if word[0].isalnum()]
    if not words:
        return MASK if text and text.strip() else ""
    return " ".join(f"{word[0]}." for word in words)


def masked_text(text: str | None) -> str:
    """Free text (a comment, a letter's subject) with phones and addresses of mail masked in it."""
    without = EMAIL.sub(lambda found: masked_email(found[0]), text or "")
    return PHONE.sub(lambda found: masked_phone(found[0]), without)
