"""Documents as one reader may see them: phones, addresses and names of people by role."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.dashboards.insight.values import Field
from provodka.dashboards.web.people.masking import (
    MASK,
    masked_email,
    masked_name,
    masked_phone,
    masked_text,
    sees_names,
    sees_personal,
)
from provodka.dashboards.web.people.visitor import Visitor

__all__ = ["Discreet"]

PHONES = frozenset({"phone", "client_number", "forwarded_to"})
MAILS = frozenset({"email", "sender", "recipient", "reply_to"})
PLACES = frozenset({"address", "delivery_address"})
LETTERS = frozenset({"subject", "text", "html", "reply_text", "copies", "body"})
NOTES = frozenset({"comment", "purpose", "content", "result", "title", "note", "fields", "reason"})
TEXTS = LETTERS | NOTES | {"accounting_note"}
NAMES = frozenset({"sender_name"})
NAMED = frozenset({"client", "contact"})
"""Kinds of documents whose own name may be a person's."""
SAID_NAMES = ("name", "имя", "фамилия", "отчество", "наименование", "description")
SAID_PLACES = ("address", "адрес")
NUMBERS = ("inn", "kpp", "account", "bik")
PEOPLE = text("""
    SELECT id FROM crm.client WHERE kind = 'individual' AND id = ANY(CAST(:keys AS uuid[]))
    UNION ALL SELECT id FROM crm.contact WHERE id = ANY(CAST(:keys AS uuid[]))
""")


@dataclass(frozen=True, slots=True)
class Discreet:
    """What a visitor sees; whoever may see everything is shown everything as it is."""

    personal: bool
    names: bool

    @classmethod
    def of(cls, visitor: Visitor) -> Discreet:
        """By the visitor's roles."""
        return cls(sees_personal(visitor), sees_names(visitor))

    def veil(self, of: Field, value: Any) -> Any:
        """A field's value, as in a journal or on a document."""
        kind, part, column = of
        if not isinstance(value, str):
            return value if self.personal or column not in TEXTS else _stilled(self, value)
        if not self.names and (column in NAMES or (kind in NAMED and not part and _named(column))):
            return masked_name(value)
        if self.personal:
            return value
        if column in PHONES:
            return masked_phone(value)
        if column in MAILS or (kind == "address_state" and column == "address"):
            return masked_email(value)
        if column in PLACES:
            return MASK
        return masked_text(value) if column in TEXTS else value

    def titles(self, connection: Connection, named: Mapping[str, str]) -> dict[str, str]:
        """Titles of documents by their keys, those of people by their initials."""
        if self.names and self.personal:
            return dict(named)
        people = frozenset() if self.names else _people(connection, named)
        return {
            key: masked_name(title) if key in people else self.words(title)
            for key, title in named.items()
        }

    def name(self, name: str, *, person: bool) -> str:
        """A client's or a contact's name."""
        return masked_name(name) if person and not self.names else name

    def words(self, said: str | None, code: str = "") -> str:
        """Free text; requisites stay in what is said of requisites (`code` of an error)."""
        if self.personal or any(word in code for word in NUMBERS):
            return said or ""
        return masked_text(said)

    def payload(self, value: Any, column: str = "") -> Any:
        """A document as it came: the words for its fields are those of another system."""
        if self.personal and self.names:
            return value
        return _stilled(self, value, column)


def _stilled(discreet: Discreet, value: Any, column: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _stilled(discreet, one, str(name)) for name, one in value.items()}
    if isinstance(value, list):
        return [_stilled(discreet, one, column) for one in value]
    if not isinstance(value, str):
        return value
    called = column.casefold()
    if not discreet.names and any(word in called for word in SAID_NAMES):
        return masked_name(value)
    if discreet.personal or called.endswith(("_key", "guid")) or called in ("inn", "инн", "кпп"):
        return value
    return MASK if any(word in called for word in SAID_PLACES) else masked_text(value)


def _named(column: str) -> bool:
    return column in ("name", "full_name")


def _people(connection: Connection, keys: Collection[str]) -> frozenset[str]:
    given = {"keys": [UUID(key) for key in keys]}
    return frozenset(str(row.id) for row in connection.execute(PEOPLE, given))
