"""What is known of the typical configurations of 1C beside what a base publishes.

`$metadata` lists neither unpublished sets nor the members of enumerations: these facts do.
They are names and types of one release each, kept in `facts/`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

__all__ = ["CONFIGURATIONS", "Configuration", "Known", "configuration", "recognised"]

FACTS = Path(__file__).parent / "facts"
ENUM = "Enum_"
CUT = "…"


@dataclass(frozen=True, slots=True)
class Known:
    """A configuration by the name of its mapping set: its title, the sets that give it away.

    A base that publishes one of `marks` and none of `never` is of this configuration.
    """

    name: str
    title: str
    marks: tuple[str, ...]
    never: tuple[str, ...] = ()


CONFIGURATIONS = (
    Known(
        "ut11",
        "УТ 11 / КА 2 / ERP 2",
        ("Document_ЗаказКлиента", "Document_ПоступлениеБезналичныхДенежныхСредств"),
    ),
    Known(
        "unf",
        "УНФ",
        ("Document_РасходнаяНакладная", "Document_ПоступлениеНаСчет", "Document_ЗаказПокупателя"),
        ("Document_ПоступлениеНаРасчетныйСчет",),
    ),
    Known("crm3", "1С:CRM 3", ("Document_CRM_Интерес",), ("Document_ПоступлениеНаРасчетныйСчет",)),
    Known(
        "bp30",
        "Бухгалтерия предприятия 3.0",
        ("Document_СчетНаОплатуПокупателю", "Document_ПоступлениеНаРасчетныйСчет"),
    ),
)
"""In the order in which they are tried: the CRM module also lives inside УТ 11."""


def recognised(sets: Collection[str]) -> Known | None:
    """The configuration that publishes such sets; None when nothing gives it away."""
    for one in CONFIGURATIONS:
        if any(mark in sets for mark in one.marks) and not any(no in sets for no in one.never):
            return one
    return None


@dataclass(frozen=True)
class Configuration:
    """The facts of one release of one configuration.

    `fields` is set → section (`""` for the set's own) → field → what is known of it: `""`, the
    sets a reference leads to or the enumerations (`Enum_X`) it is of, joined by `|`; a list that
    ends with `…` is cut. `sets` are names known to exist, `enums` the members known.
    """

    name: str
    title: str
    release: str
    fields: Mapping[str, Mapping[str, Mapping[str, str]]]
    sets: frozenset[str]
    enums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def known_as(self) -> str:
        """The title with the release, for messages."""
        return f"{self.title} ({self.release})" if self.release else self.title

    def has_field(self, entity: str, section: str, name: str) -> bool:
        """Whether the release has this attribute; False also where nothing is known."""
        return name in self.fields.get(entity, {}).get(section, {})

    def members(self, entity: str, section: str, name: str) -> tuple[str, ...] | None:
        """The members of the enumeration that a field is of; None when they are not known."""
        enum = self._said(entity, section, name)
        return self.enums.get(enum.removeprefix(ENUM)) if enum.startswith(ENUM) else None

    def targets(self, entity: str, section: str, name: str) -> frozenset[str] | None:
        """The sets a reference may lead to; None when they are not known or not all of them."""
        said = self._said(entity, section, name)
        if not said or CUT in said or ENUM in said:
            return None
        return frozenset(said.split("|"))

    def _said(self, entity: str, section: str, name: str) -> str:
        return self.fields.get(entity, {}).get(section, {}).get(name, "")


@cache
def configuration(name: str) -> Configuration | None:
    """The facts of a configuration by the name of its mapping set; None when there are none."""
    path = FACTS / f"{name}.json"
    if not path.is_file():
        return None
    said = json.loads(path.read_text(encoding="utf-8"))
    fields = said["entities"]
    enums = {title: tuple(members) for title, members in said["enums"].items()}
    sets = frozenset({*fields, *said["sets"]})
    return Configuration(name, said["title"], said["release"], fields, sets, enums)
