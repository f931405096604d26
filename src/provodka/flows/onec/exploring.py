"""Looking around in a base: its sets, their fields, a few rows; changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any
from uuid import UUID

from provodka.connectors.onec.odata.client import ODataBase
from provodka.connectors.onec.odata.conditions import Filter
from provodka.connectors.onec.odata.filters import Field
from provodka.connectors.onec.odata.metadata import EntitySet, Metadata
from provodka.connectors.onec.odata.query import Query, default_order
from provodka.flows.hub import Hub
from provodka.flows.onec.raw_filter import raw_filter
from provodka.foundation.errors import ConfigurationError, DocumentError
from provodka.foundation.i18n import _
from provodka.foundation.nearest import nearest
from provodka.mappings.named import named_by

__all__ = [
    "PAGE",
    "Asked",
    "count",
    "meant",
    "named_fields",
    "one",
    "published",
    "rows",
    "sets",
    "telling",
]

PAGE = 100
"""The most rows that are read unless all are asked for."""

TELLING = ("Number", "Date", "Code", "Description", "Posted", "DeletionMark", "СуммаДокумента")
KEY = "Ref_Key"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person wants of a set: fields (empty: the telling ones), a condition, how many."""

    select: tuple[str, ...] = ()
    condition: str = ""
    top: int | None = None
    whole: bool = False


def published(base: ODataBase, now: datetime, *, anew: bool) -> Metadata:
    """What the base publishes, at most a day old unless `anew`."""
    return base.metadata(now=now, max_age=timedelta() if anew else timedelta(days=1))


def sets(metadata: Metadata, pattern: str) -> list[EntitySet]:
    """Sets whose name has the pattern in it (or fits it, with `*`), capitals aside.

    Sets of the rows of tabular sections are left out: they are told with their owner.
    """
    wanted = pattern.casefold()
    wanted = wanted if "*" in wanted or "?" in wanted else f"*{wanted}*"
    own = (found for found in metadata.sets.values() if not found.section)
    return sorted(
        (found for found in own if fnmatchcase(found.name.casefold(), wanted)),
        key=lambda found: found.name,
    )


def meant(metadata: Metadata, name: str) -> EntitySet:
    """The set of that name, its prefix left out if nothing else is called so.

    Raises `ConfigurationError` with the nearest names.
    """
    if name not in metadata.sets and "_" not in name:
        folded = name.casefold()
        alike = [one for one in metadata.sets if one.partition("_")[2].casefold() == folded]
        if len(alike) == 1:
            return metadata.sets[alike[0]]
        near = nearest(name, [one.partition("_")[2] for one in metadata.sets])
        raise ConfigurationError(
            _("Набор {name}").format(name=name),
            found=_("база такого не публикует") if not alike else ", ".join(sorted(alike)),
            expected=near if not alike else _("один набор"),
            next_step=_("назовите набор целиком; все покажет provodka onec sets"),
            code="no_such_set",
        )
    return metadata.set(name)


def rows(base: ODataBase, of: EntitySet, asked: Asked) -> tuple[list[dict[str, Any]], bool]:
    """Rows that fit and whether there are more; never more than `PAGE` unless all are wanted."""
    most = None if asked.whole else min(asked.top or PAGE, PAGE)
    query = Query(
        select=_checked(of, asked.select) or telling(of),
        filter=_condition(of, asked.condition),
        order=_order(of),
        top=None if most is None else most + 1,
    )
    found: list[dict[str, Any]] = []
    for page in base.read_pages(of.name, query, at_once=True):
        found += page.rows
        if most is not None and len(found) > most:
            return found[:most], True
    return found, False


def one(base: ODataBase, of: EntitySet, key: str, select: Sequence[str] = ()) -> dict[str, Any]:
    """One object whole, or the named fields of it, by its reference."""
    if KEY not in of.properties:
        raise DocumentError(
            of.name,
            found=_("у строк этого набора нет ссылки"),
            expected=", ".join(of.keys),
            next_step=_("отберите строки: provodka onec get {set} --filter …").format(set=of.name),
            code="no_reference",
        )
    query = Query(
        select=_checked(of, tuple(select)) or ("*",),
        filter=Field(KEY) == _guid(of, key),
        order=_order(of),
        top=1,
    )
    for page in base.read_pages(of.name, query, at_once=True):
        return page.rows[0]
    raise DocumentError(
        f"{of.name} {key}",
        found=_("в базе нет объекта с таким ключом"),
        next_step=_("проверьте ключ и набор"),
        code="not_found",
    )


def count(base: ODataBase, of: EntitySet, condition: str = "") -> int:
    """How many rows fit."""
    return base.count(of.name, _condition(of, condition))


def telling(of: EntitySet) -> tuple[str, ...]:
    """The fields by which people know the rows of a set; its keys where it has none of them."""
    own = tuple(name for name in (KEY, *TELLING) if name in of.properties)
    return own if len(own) > 1 else ("**",)


def named_fields(hub: Hub, entity: str) -> dict[tuple[str, str], list[str]]:
    """Which mappings name each field of a set: `(section, field)` → their names.

    Mappings that cannot be read name nothing: `check` tells what is wrong with them.
    """
    found: dict[tuple[str, str], list[str]] = {}
    try:
        mappings = hub.mappings.values()
    except ConfigurationError:
        return found
    for mapping in mappings:
        for name in named_by(mapping):
            known = found.setdefault((name.section, name.field), [])
            if name.entity == entity and mapping.name not in known:
                known.append(mapping.name)
    return found


def _condition(of: EntitySet, text: str) -> Filter | None:
    return raw_filter(text, of) if text.strip() else None


def _order(of: EntitySet) -> tuple[str, ...]:
    usual = tuple(name for name in default_order(of.name) if name in of.properties)
    return usual or tuple(name for name in of.keys if name in of.properties)


def _checked(of: EntitySet, select: tuple[str, ...]) -> tuple[str, ...]:
    known = {*of.properties, *of.sections, *of.navigation, "*", "**"}
    for name in select:
        if name not in known and name.partition("/")[0] not in known:
            raise ConfigurationError(
                of.name,
                found=_("поля «{name}» нет").format(name=name),
                expected=nearest(name, known),
                next_step=_("все поля покажет provodka onec describe {set}").format(set=of.name),
                code="no_field",
            )
    return select


def _guid(of: EntitySet, key: str) -> UUID:
    try:
        return UUID(key)
    except ValueError:
        raise DocumentError(
            f"{of.name} {key}",
            found=_("это не ключ объекта"),
            expected=_("GUID вида 11111111-2222-3333-4444-555555555555"),
            next_step=_("по номеру или имени ищите отбором: --filter \"Number eq '…'\""),
            code="bad_key",
        ) from None
