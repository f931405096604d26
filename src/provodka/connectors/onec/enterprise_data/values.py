"""What a message of EnterpriseData holds, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from provodka.connectors.onec.enterprise_data.versions import version_of
from provodka.foundation.errors import Misunderstood

__all__ = [
    "EXCHANGE_PLAN",
    "AvailableObject",
    "Confirmation",
    "Deletion",
    "Extension",
    "Found",
    "Header",
    "Limits",
    "Misread",
]

EXCHANGE_PLAN = "СинхронизацияДанныхЧерезУниверсальныйФормат"
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """Who sends to whom, under which number, and what has been received so far.

    `sender` and `recipient` are codes of nodes; `message_no` numbers this message and
    `received_no` is the last number taken from the other side: messages up to it need
    not be sent again.
    """

    sender: str
    recipient: str | None = None
    exchange_plan: str | None = EXCHANGE_PLAN
    message_no: int | None = None
    received_no: int | None = None


@dataclass(frozen=True, slots=True)
class AvailableObject:
    """A type that the sender can handle: `name`, and in which versions it sends and receives.

    The versions are as written: `*`, an empty text, or a list divided by commas.
    """

    name: str
    sending: str = ""
    receiving: str = ""


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension of the format that the sender knows, and the version it extends."""

    namespace: str
    base_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """`msg:Header`: everything about the message but its objects.

    `format` is the namespace of the body with its version, or without one in a message
    that only introduces the sender. `created` is the sender's local time, without a zone.
    `versions` are those the sender speaks. `objects` is None when the sender does not say
    what it handles.
    """

    format: str
    created: datetime
    versions: tuple[str, ...]
    confirmation: Confirmation | None = None
    new_from: str | None = None
    objects: tuple[AvailableObject, ...] | None = None
    prefix: str | None = None
    extensions: tuple[Extension, ...] = ()

    @property
    def version(self) -> str | None:
        """The version that `format` names, such as `1.21`; None if it names none."""
        return version_of(self.format)


@dataclass(frozen=True, slots=True)
class Found:
    """An object of the body that fits the schema.

    `kind` is its type (`Документ.ЗаказКлиента`). `value` has element names as keys, in the
    order of the schema: nested objects as dicts, repeated elements as lists, absent ones
    left out, `xsi:nil` as None. Numbers are `Decimal` or `int`; `xs:dateTime` is a
    `datetime` without a zone (the base's local time) unless the text names one, `xs:date` a
    `date`. `line` counts from 1. `beyond` are the paths of
    elements of the format's extensions, passed over.
    """

    kind: str
    value: Mapping[str, Any]
    line: int = field(compare=False, default=0)
    beyond: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Misread:
    """An object of the body that does not fit: its XML is kept whole for quarantine.

    `key` is its `Ссылка` as far as it could be made out, else empty.
    """

    kind: str
    payload: str
    error: Misunderstood
    key: str = ""
    line: int = field(compare=False, default=0)


@dataclass(frozen=True, slots=True)
class Deletion:
    """`УдалениеОбъекта`: the sender has deleted this object.

    `kind` is the type of the object (`Документ.ЗаказКлиента`), `key` its GUID.
    """

    kind: str
    key: str
    line: int = field(compare=False, default=0)


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a message may be, in bytes, and any one of its objects, in characters."""

    message: int = 4096 * MEBIBYTE
    an_object: int = 32 * MEBIBYTE
