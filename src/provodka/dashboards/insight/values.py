"""Values of documents' fields as people read them: codes in words, documents by their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any, TypeAlias

from provodka.dashboards.insight.fields import value_word
from provodka.foundation.i18n import _, language

__all__ = ["LONGEST", "Field", "Number", "Values", "Veil", "moment", "plainly", "unveiled"]

Field: TypeAlias = tuple[str, str, str]
"""Kind of document, tabular section or nothing, column."""
Veil: TypeAlias = Callable[[Field, Any], Any]
"""What a reader sees in place of a value."""
Number: TypeAlias = Callable[[str, Decimal], str]
"""How a number of a column is written."""
LONGEST = 70
DAY = re.compile(r"\d{4}-\d\d-\d\d")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*")


def unveiled(_field: Field, value: Any) -> Any:
    """The value itself."""
    return value


def plainly(_column: str, value: Decimal) -> str:
    """A number as programs write it: 1234.50."""
    return str(value)


def moment(at: datetime | None, zone: tzinfo | None = None) -> str:
    """A time as people read it, in `zone` or in this computer's; nothing for `None`."""
    pattern = "%d.%m.%Y %H:%M:%S" if language() == "ru" else "%Y-%m-%d %H:%M:%S"
    return at.astimezone(zone).strftime(pattern) if at else ""


@dataclass(frozen=True, slots=True)
class Values:
    """How one reader is told values: times in `zone`, no longer than `longest` signs.

    `names` are titles of documents by key, `stages` names of a deal's stages by code, `number`
    writes numbers.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    stages: Mapping[str, str] = field(default_factory=dict)
    zone: tzinfo | None = None
    veil: Veil = unveiled
    longest: int = LONGEST
    number: Number = plainly

    def text(self, of: Field, value: Any) -> str:
        """A value on one line; a dash for none."""
        if value is None or value == []:
            return "—"
        if isinstance(value, bool):
            return _("да") if value else _("нет")
        if of == ("deal", "", "stage"):
            return self.stages.get(value, str(value))
        if isinstance(value, datetime):
            return moment(value, self.zone)
        if isinstance(value, Decimal | int):
            return self.number(of[2], Decimal(value))
        word = value_word(*of, self.veil(of, value))
        text = str(self.names.get(str(word), word))
        if INSTANT.fullmatch(text):
            return moment(datetime.fromisoformat(text), self.zone)
        if DAY.fullmatch(text) and language() == "ru":
            return ".".join(reversed(text.split("-")))
        text = " ".join(text.split())
        return text if len(text) <= self.longest else text[: self.longest - 1] + "…"
