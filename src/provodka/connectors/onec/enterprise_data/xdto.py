"""XDTO packages → `Schema`: 1C's own notation of XML schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from provodka.connectors.onec.enterprise_data.schema import (
    Facets,
    ObjectType,
    Property,
    Schema,
    ValueType,
)
from provodka.connectors.onec.enterprise_data.schemas import package_text

__all__ = ["compile_package"]

XDTO = "{http://v8.1c.ru/8.1/xdto}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
XS = "http://www.w3.org/2001/XMLSchema"
PRIMITIVES = frozenset(
    {
        "anyType",
        "base64Binary",
        "boolean",
        "date",
        "dateTime",
        "decimal",
        "int",
        "integer",
        "string",
    }
)


def compile_package(name: str, namespace: str, imported: Schema | None) -> Schema:
    """A package of the shipped ones as a schema; `imported` gives it the base of objects."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(package_text(name), parser)
    return Schema(namespace, _Package(namespace, imported).compiled(root))


class _Package:
    """One package while its types are compiled."""

    def __init__(self, namespace: str, imported: Schema | None) -> None:
        self.namespace = namespace
        self.types: dict[str, ObjectType | ValueType] = {
            f"xs:{name}": ValueType(f"xs:{name}", name) for name in PRIMITIVES
        }
        if imported:
            self.types |= {f"msg:{name}": imported.types[name] for name in ("Object", "Ref")}

    def compiled(self, root: etree._Element) -> Mapping[str, ObjectType | ValueType]:
        """All types of the package; a base may stand after what is derived from it."""
        waiting = {one.get("name", ""): one for one in root.iterchildren(f"{XDTO}valueType")}
        while waiting:
            for name, one in list(waiting.items()):
                if self.named(one, one.get("base", "")) not in waiting:
                    self.types[name] = self.value_type(name, waiting.pop(name))
        for one in root.iterchildren(f"{XDTO}objectType"):
            self.object_type(one.get("name", ""), one)
        return self.types

    def named(self, near: etree._Element, name: str) -> str:
        """The key of a type that is named `prefix:Name` or `{namespace}Name`."""
        if name.startswith("{"):
            namespace, _brace, local = name[1:].partition("}")
        else:
            prefix, _colon, local = name.rpartition(":")
            namespace = near.nsmap[prefix or None]
        if namespace == XS:
            return f"xs:{local}"
        return local if namespace == self.namespace else f"msg:{local}"

    def simple(self, near: etree._Element, name: str) -> ValueType:
        """The simple type of this name, compiled before; `TypeError` if it is complex."""
        found = self.types[self.named(near, name)]
        if not isinstance(found, ValueType):
            raise TypeError(f"{name} is not a simple type")
        return found

    def value_type(self, name: str, one: etree._Element) -> ValueType:
        """A simple type, narrowed from its base or united from its members."""
        members = one.get("memberTypes")
        if members:
            simple = tuple(self.simple(one, member) for member in members.split())
            return ValueType(name, simple[0].primitive, members=simple)
        base = self.simple(one, one.get("base", ""))
        return ValueType(name, base.primitive, _facets(one, base.facets))

    def object_type(self, name: str, one: etree._Element) -> None:
        """Note a complex type, the properties of its base first."""
        base = self.named(one, one.get("base", "")) if "base" in one.attrib else None
        inherited = self.types[base] if base else None
        properties = list(inherited.properties) if isinstance(inherited, ObjectType) else []
        properties += [self.property(name, each) for each in one.iterchildren(f"{XDTO}property")]
        self.types[name] = ObjectType(
            name,
            tuple(properties),
            base,
            ordered=one.get("ordered") != "false",
            abstract=one.get("abstract") == "true",
        )

    def property(self, owner: str, one: etree._Element) -> Property:
        """An element of a complex type."""
        name, most = one.get("name", ""), int(one.get("upperBound", "1"))
        return Property(
            name,
            self.namespace,
            self.type_of(f"{owner}/{name}", one),
            minimum=int(one.get("lowerBound", "1")),
            maximum=None if most < 0 else most,
            nillable=one.get("nillable") == "true",
        )

    def type_of(self, path: str, one: etree._Element) -> str:
        """The key of a property's type; one that is declared in place gets its path as name."""
        if "type" in one.attrib:
            return self.named(one, one.get("type", ""))
        inner = one.find(f"{XDTO}typeDef")
        if inner is None:
            return "xs:anyType"
        if inner.get(XSI_TYPE) == "ObjectType":
            self.object_type(path, inner)
        else:
            self.types[path] = self.value_type(path, inner)
        return path


def _facets(one: etree._Element, base: Facets) -> Facets:
    def number(attribute: str, inherited: int | None) -> int | None:
        said = one.get(attribute)
        return inherited if said is None else int(said)

    return Facets(
        tuple(_texts(one, "enumeration")) or base.enumeration,
        base.patterns + tuple(_texts(one, "pattern")),
        number("length", base.length),
        number("minLength", base.min_length),
        number("maxLength", base.max_length),
        number("totalDigits", base.total_digits),
        number("fractionDigits", base.fraction_digits),
    )


def _texts(one: etree._Element, facet: str) -> Iterator[str]:
    return (each.text or "" for each in one.iterchildren(f"{XDTO}{facet}"))
