"""Phones, e-mails and addresses: rows of the section `КонтактнаяИнформация`, one column each here.

The section belongs to the standard subsystems library (БСП 3.1, `УправлениеКонтактнойИнформацией`):
`Тип` tells the kind of a row, `Представление` is what people see.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from provodka.connectors.telephony.numbers import e164
from provodka.mappings.compiled import Pair
from provodka.mappings.reader_base import Page, Reader, Row, when_empty
from provodka.mappings.text_readers import refuse_unstorable

__all__ = ["CONTACTS", "read_contact"]

CONTACTS = {"phone": "Телефон", "email": "АдресЭлектроннойПочты", "address": "Адрес"}


def _phone(text: str) -> str:
    """E.164 where the text is a full number, so that callers are found; else as it stands."""
    return e164(text) or text


TIDY: dict[str, Callable[[str], str]] = {"phone": _phone, "email": str.lower, "address": str}


def read_contact(pair: Pair, _page: Page) -> Reader:
    """The first filled row of the pair's kind; the rest stay in accounting."""
    name, wanted, empty = pair.theirs, CONTACTS[pair.argument], when_empty(pair)
    tidy = TIDY[pair.argument]

    def read(row: Row) -> Any:
        rows = row[name]
        if rows.__class__ is not list:
            raise TypeError
        for line in rows:
            if line["Тип"] == wanted and (shown := line["Представление"].strip()):
                refuse_unstorable(shown)
                return tidy(shown)
        return empty()

    return read
