"""What waits for a person, as a page shows it: the matter, its next step, the buttons for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from provodka.dashboards.web.pages.visit import Visit
from provodka.foundation.errors import DocumentError
from provodka.foundation.i18n import _

__all__ = ["Ask", "Button", "Fact", "Matter", "Section", "Side", "cursor_of", "wrong"]


@dataclass(frozen=True, slots=True)
class Ask:
    """A field that a person fills before pressing: `choices` make it a list to choose from."""

    name: str
    label: str
    required: bool = False
    choices: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Button:
    """A wish: its kind, the word on the button, what goes with it. Pressed twice it is one wish."""

    kind: str
    word: str
    given: Mapping[str, str] = field(default_factory=dict)
    asks: tuple[Ask, ...] = ()
    main: bool = False
    number: UUID = field(default_factory=uuid4)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known of a matter; `at` is shown by the company's clock."""

    title: str
    said: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """What one side says: whose word it is, the value, who has written it and when."""

    title: str
    value: str
    who: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that waits: `found` is what is wrong, `step` what to do about it."""

    title: str
    found: str = ""
    step: str = ""
    href: str = ""
    facts: Sequence[Fact] = ()
    sides: Sequence[Side] = ()
    buttons: Sequence[Button] = ()
    whole: str = ""
    """The page with everything that is known of it."""


@dataclass(frozen=True, slots=True)
class Section:
    """One sort of matters. `empty` says what would be here, `note` how to read it.

    `more` is the address of the next page, `bulk` are buttons for all that the filter shows;
    `filters` are lists of a name, a label and choices.
    """

    matters: Sequence[Matter]
    empty: str
    note: str = ""
    more: str = ""
    bulk: Sequence[Button] = ()
    filters: Sequence[tuple[str, str, Sequence[tuple[str, str]]]] = ()


def cursor_of(visit: Visit, name: str = "after") -> int:
    """A number in the address from which a page goes on; 0 for the first.

    Raises `DocumentError` for what is no such number.
    """
    said = visit.query.get(name, "")
    if not said:
        return 0
    if not (said.isascii() and said.isdigit() and len(said) <= 18):
        raise wrong(name, said, _("номер, с которого продолжить"))
    return int(said)


def wrong(name: str, said: str, expected: str) -> DocumentError:
    """An address that asks for what there cannot be."""
    return DocumentError(
        _("Отбор «{name}»").format(name=name),
        found=f"«{said[:60]}»",
        expected=expected,
        next_step=_("исправьте адрес или выберите из списка"),
        code="wrong_filter",
    )
