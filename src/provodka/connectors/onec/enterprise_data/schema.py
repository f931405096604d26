"""The types of the format, as the official XDTO packages declare them.

A `Schema` is compiled from a package once in a process, on first use. Types are found by
name: `Документ.ЗаказКлиента`, `СтавкиНДС`, `xs:string`, `msg:Object`; a type declared inside
a property is called by its path: `Документ.ЗаказКлиента/КонтактноеЛицоКонтрагента`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from provodka.connectors.onec.enterprise_data.versions import (
    PACKAGES,
    namespace_of,
    supported_versions,
)
from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _

__all__ = [
    "MESSAGE",
    "Facets",
    "ObjectType",
    "Property",
    "Schema",
    "ValueType",
    "message_schema",
    "schema_of",
]

MESSAGE = "http://www.1c.ru/SSL/Exchange/Message"
OBJECT = "msg:Object"
DELETION = "УдалениеОбъекта"


@dataclass(frozen=True, slots=True)
class Facets:
    """Restrictions on a value: lengths in characters, digits of its decimal notation."""

    enumeration: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    length: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    total_digits: int | None = None
    fraction_digits: int | None = None


@dataclass(frozen=True, slots=True)
class ValueType:
    """A simple type: an XML Schema primitive (`string`, `decimal`, …) and what narrows it.

    A union has `members`; its value fits any one of them.
    """

    name: str
    primitive: str
    facets: Facets = field(default_factory=Facets)
    members: tuple[ValueType, ...] = ()


@dataclass(frozen=True, slots=True)
class Property:
    """An element of an object type; `maximum` None is without bound."""

    name: str
    namespace: str
    type: str
    minimum: int = 1
    maximum: int | None = 1
    nillable: bool = False

    @property
    def tag(self) -> str:
        """The element's name with its namespace: `{http://…}Количество`."""
        return f"{{{self.namespace}}}{self.name}"

    @property
    def repeated(self) -> bool:
        """Whether its value is a list."""
        return self.maximum is None or self.maximum > 1


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A complex type with the properties of its bases first, in the order of the XML.

    In a type that is not `ordered` the elements may come in any order.
    """

    name: str
    properties: tuple[Property, ...]
    base: str | None = None
    ordered: bool = True
    abstract: bool = False

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the elements that must be there."""
        return tuple(one.name for one in self.properties if one.minimum)

    def property(self, name: str) -> Property:
        """The element of this name; `KeyError` if the type has none."""
        for one in self.properties:
            if one.name == name:
                return one
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Schema:
    """Every type of one package and of those it imports."""

    namespace: str
    types: Mapping[str, ObjectType | ValueType]

    def object_type(self, name: str) -> ObjectType:
        """The complex type of this name; `KeyError` if there is none."""
        found = self.types[name]
        if not isinstance(found, ObjectType):
            raise KeyError(name)
        return found

    def value_type(self, name: str) -> ValueType:
        """The simple type of this name; `KeyError` if there is none."""
        found = self.types[name]
        if not isinstance(found, ValueType):
            raise KeyError(name)
        return found

    def kinds(self) -> tuple[str, ...]:
        """Types of objects that a body may hold: all that derive from `Object`, and deletions."""
        return tuple(
            name
            for name, one in self.types.items()
            if isinstance(one, ObjectType) and (one.base == OBJECT or name == DELETION)
        )


@lru_cache(maxsize=len(PACKAGES))
def schema_of(version: str) -> Schema:
    """The schema of a version; a version whose schema is not held is `Misunderstood`."""
    from provodka.connectors.onec.enterprise_data.xdto import compile_package

    if version not in PACKAGES:
        raise Misunderstood(
            _("Формат EnterpriseData"),
            found=_("версия {version}").format(version=version),
            expected=_("одна из версий: {versions}").format(
                versions=", ".join(supported_versions())
            ),
            next_step=_("включите в базе 1С одну из этих версий формата для этого обмена"),
            code="version_not_held",
        )
    return compile_package(PACKAGES[version], namespace_of(version), message_schema())


@lru_cache(maxsize=1)
def message_schema() -> Schema:
    """Types of the envelope: `Header`, `Confirmation` and the base of all objects."""
    from provodka.connectors.onec.enterprise_data.xdto import compile_package

    return compile_package("ExchangeMessage", MESSAGE, None)
