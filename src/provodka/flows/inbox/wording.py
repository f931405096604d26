"""What a form says, in the hub's words; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from provodka.connectors.telephony.numbers import e164
from provodka.flows.settings import FormFields, FormSite

__all__ = ["Said", "understood"]

ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,255}")
TECHNICAL = re.compile(r"^_|captcha|token|csrf|^utm_|^visitor$|^consent$|^form_?id$", re.IGNORECASE)
LONGEST_OTHER = 500
ROOM = {"name": 200, "text": 10_000}


@dataclass(frozen=True, slots=True)
class Said:
    """Who filled in the form and what they want; `phone` in E.164, `email` in lower case."""

    name: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    text: str | None = field(default=None, repr=False)


def understood(fields: Mapping[str, str], form: FormSite) -> Said:
    """Put the fields of a form into places; nothing that a person has written is lost.

    A telephone or an address that is none, and fields without a place, are added to the text.
    """
    names = form.fields
    phone, email = _first(fields, names.phone), _first(fields, names.email)
    number = e164(phone) if phone else None
    address = email.lower() if email and ADDRESS.fullmatch(email) else None
    lines = [
        _first(fields, names.text),
        phone if phone and not number else "",
        email if email and not address else "",
        *_others(fields, names, form.honeypot),
    ]
    text = "\n".join(line for line in lines if line)
    name = _first(fields, names.name)
    return Said(name[: ROOM["name"]] or None, number, address, text[: ROOM["text"]] or None)


def _first(fields: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((value for name in names if (value := fields.get(name, "").strip())), "")


def _others(fields: Mapping[str, str], names: FormFields, trap: str | None) -> Iterator[str]:
    placed = {trap, *names.name, *names.phone, *names.email, *names.text}
    for name, value in fields.items():
        if name not in placed and value.strip() and not TECHNICAL.search(name):
            yield f"{name[:100]}: {value.strip()[:LONGEST_OTHER]}"
