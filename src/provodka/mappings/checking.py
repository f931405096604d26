"""A mapping against what a live base publishes, before any data flows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from typing import Protocol

from provodka.foundation.errors import ConfigurationError, Place
from provodka.foundation.i18n import _
from provodka.foundation.nearest import nearest
from provodka.mappings import compiled
from provodka.mappings.books import BOOKS
from provodka.mappings.converters import CONVERTERS
from provodka.mappings.vat import OURS_BY_ENUM

__all__ = ["FieldInfo", "Published", "check_against"]

# The prefixes a set can have: 1C:Enterprise 8.3 developer guide, §17.4.
PREFIXES = (
    "Catalog_",
    "Document_",
    "DocumentJournal_",
    "Constant_",
    "ExchangePlan_",
    "ChartOfAccounts_",
    "ChartOfCalculationTypes_",
    "ChartOfCharacteristicTypes_",
    "InformationRegister_",
    "AccumulationRegister_",
    "CalculationRegister_",
    "AccountingRegister_",
    "BusinessProcess_",
    "Task_",
)


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A published field: its EDM type, whether it may be null, its length in characters."""

    type: str
    nullable: bool = True
    max_length: int | None = None


Fields = AnyMapping[str, FieldInfo]


class Published(Protocol):
    """What the base's metadata tells; the flows adapt the connector's to it."""

    def entities(self) -> Collection[str]:
        """The names of all published sets."""
        ...

    def fields(self, entity: str) -> Fields | None:
        """The fields of a set, without its sections; None when it is not published."""
        ...

    def sections(self, entity: str) -> AnyMapping[str, Fields]:
        """The tabular sections of a set and their fields."""
        ...

    def enum_values(self, type: str) -> Collection[str] | None:
        """The members of an enumeration type; None when the type is not one."""
        ...


def check_against(mapping: compiled.Mapping, published: Published) -> list[ConfigurationError]:
    """Everything in the mapping that the base cannot answer; empty when all is well.

    Each miss names the line of the mapping's file, the nearest existing name and
    what to do, and a set that is not published is told from one that cannot exist.
    """
    fields = published.fields(mapping.entity)
    if fields is None:
        return [_no_set(mapping.place, mapping.entity, published)]
    return [
        *_system(mapping, fields),
        *_pairs(mapping.pairs, mapping.entity, fields, published),
        *_only(mapping, fields, published),
        *_contacts(mapping, published),
        *_parts(mapping, published),
        *_constants(mapping, fields, published),
        *_books(mapping, published),
    ]


def _system(mapping: compiled.Mapping, fields: Fields) -> Iterator[ConfigurationError]:
    names = ["Ref_Key", "DataVersion", "DeletionMark"]
    for name in [*names, mapping.marker] if mapping.marker else names:
        if name not in fields:
            yield _no_field(mapping.place, mapping.entity, name, fields)


def _pairs(
    pairs: tuple[compiled.Pair, ...], where: str, fields: Fields, published: Published
) -> Iterator[ConfigurationError]:
    for pair in pairs:
        for name in pair.theirs_names if pair.how != "contact" else ():
            info = fields.get(name)
            if info is None:
                yield _no_field(pair.place, where, name, fields)
            elif name == pair.theirs:
                yield from _type(pair, where, info, published)
        if pair.otherwise is not None:
            yield from _find(pair.otherwise, published)


def _type(
    pair: compiled.Pair, where: str, info: FieldInfo, published: Published
) -> Iterator[ConfigurationError]:
    members = published.enum_values(info.type)
    if members is not None:
        wanted = list(OURS_BY_ENUM) if pair.how == "vat_rate" else list(map(str, pair.ours_of))
        # Of the rates only some exist in each release; those that do not are never met.
        missing = [] if pair.how == "vat_rate" else [one for one in wanted if one not in members]
        for one in missing:
            yield _error(
                pair.place,
                _("у {where}.{name} нет значения «{one}»").format(
                    where=where, name=pair.theirs, one=one
                ),
                nearest(one, members),
                _("исправьте values"),
                "no_enum_value",
            )
    elif info.type not in CONVERTERS[pair.how].wire:
        yield _error(
            pair.place,
            _("«{how}» для {where}.{name} типа {type}").format(
                how=pair.how, where=where, name=pair.theirs, type=info.type
            ),
            ", ".join(sorted(CONVERTERS[pair.how].wire)),
            _("выберите преобразование под тип поля"),
            "wrong_type",
        )


def _only(
    mapping: compiled.Mapping, fields: Fields, published: Published
) -> Iterator[ConfigurationError]:
    for name, allowed, place in mapping.only:
        info = fields.get(name)
        if info is None:
            yield _no_field(place, mapping.entity, name, fields)
            continue
        members = published.enum_values(info.type)
        for one in sorted(map(str, allowed)) if members is not None else ():
            if members is not None and one not in members:
                found = _("у {name} нет значения «{one}»").format(name=name, one=one)
                step = _("исправьте only")
                yield _error(place, found, nearest(one, members), step, "no_enum_value")


def _contacts(mapping: compiled.Mapping, published: Published) -> Iterator[ConfigurationError]:
    sections = published.sections(mapping.entity)
    for pair in mapping.pairs:
        if pair.how == "contact":
            where = f"{mapping.entity}.{pair.theirs}"
            fields = sections.get(pair.theirs)
            if fields is None:
                yield _no_section(pair.place, mapping.entity, pair.theirs, sections)
                continue
            for name in ("Тип", "Представление"):
                if name not in fields:
                    yield _no_field(pair.place, where, name, fields)


def _parts(mapping: compiled.Mapping, published: Published) -> Iterator[ConfigurationError]:
    sections = published.sections(mapping.entity)
    for part in mapping.parts:
        for section in part.sections:
            fields = sections.get(section.theirs)
            where = f"{mapping.entity}.{section.theirs}"
            if fields is None:
                yield _no_section(section.place, mapping.entity, section.theirs, sections)
                continue
            if "LineNumber" not in fields:
                yield _no_field(section.place, where, "LineNumber", fields)
            yield from _pairs(section.pairs, where, fields, published)


def _constants(
    mapping: compiled.Mapping, fields: Fields, published: Published
) -> Iterator[ConfigurationError]:
    for name, constant, place in mapping.constants:
        if name not in fields:
            yield _no_field(place, mapping.entity, name, fields)
        if isinstance(constant, compiled.Find):
            yield from _find(constant, published)


def _find(find: compiled.Find, published: Published) -> Iterator[ConfigurationError]:
    fields = published.fields(find.entity)
    if fields is None:
        yield _no_set(find.place, find.entity, published)
        return
    for name in (*(name for name, _value in find.where), find.take):
        if name not in fields:
            yield _no_field(find.place, find.entity, name, fields)


def _books(mapping: compiled.Mapping, published: Published) -> Iterator[ConfigurationError]:
    for pair in mapping.all_pairs():
        if pair.how == "book":
            book = BOOKS[pair.argument]
            fields = published.fields(book.entity)
            if fields is None:
                yield _no_set(pair.place, book.entity, published)
            elif book.field not in fields:
                yield _no_field(pair.place, book.entity, book.field, fields)


def _no_section(
    place: Place, entity: str, name: str, sections: AnyMapping[str, Fields]
) -> ConfigurationError:
    return _error(
        place,
        _("у {entity} нет табличной части «{name}»").format(entity=entity, name=name),
        nearest(name, sections.keys()),
        _("исправьте имя табличной части"),
        "no_section",
    )


def _no_field(place: Place, where: str, name: str, fields: Fields) -> ConfigurationError:
    return _error(
        place,
        _("у {where} нет поля «{name}»").format(where=where, name=name),
        nearest(name, fields.keys()),
        _("исправьте имя поля или уберите его"),
        "no_field",
    )


def _no_set(place: Place, entity: str, published: Published) -> ConfigurationError:
    if not entity.startswith(PREFIXES):
        return _error(
            place,
            _("набора «{entity}» не бывает").format(entity=entity),
            _("имя с приставкой: {prefixes}").format(prefixes=nearest(entity, PREFIXES)),
            _("исправьте имя набора"),
            "no_such_set",
        )
    close = nearest(entity, [name for name in published.entities() if _alike(name, entity)])
    return _error(
        place,
        _("набор «{entity}» не опубликован или его нет в этой конфигурации").format(entity=entity),
        close or _("набор в составе стандартного интерфейса OData"),
        _(
            "если имя верно, администратор 1С добавляет объект в «Настройка состава "
            "стандартного интерфейса OData»"
        ),
        "not_published",
    )


def _alike(name: str, entity: str) -> bool:
    return name.partition("_")[0] == entity.partition("_")[0]


def _error(
    place: Place, found: str, expected: str, next_step: str, code: str
) -> ConfigurationError:
    return ConfigurationError(place, found=found, expected=expected, next_step=next_step, code=code)
