"""`$metadata` (EDMX, CSDL 3.0) → `Metadata`, in one pass over the bytes.

A real base's document is 17 MB, so no tree is built. A document type
declaration is refused: with it come entities that expand without end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from sys import intern
from xml.parsers import expat

from provodka.connectors.onec.odata.literals import NAMESPACE
from provodka.connectors.onec.odata.metadata import EntitySet, Function, Metadata, Property
from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _

__all__ = ["digest_of", "parse_metadata"]

RECORD_TYPE = "_RecordType"
RECORD_SET = "RecordSet"


@dataclass(slots=True)
class _Kind:
    """An entity or complex type as it is being read."""

    name: str
    keys: list[str] = field(default_factory=list)
    properties: dict[str, Property] = field(default_factory=dict)
    navigation: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(slots=True)
class _Import:
    """A function import as it is being read."""

    name: str
    bound_to: str
    returns: str
    action: bool
    parameters: dict[str, str] = field(default_factory=dict)


class _DoctypeRefused(Exception):
    pass


class _Reader:
    """Handlers of the parser; what they gathered is turned into values at the end."""

    def __init__(self) -> None:
        self.entities: dict[str, _Kind] = {}
        self.complex: dict[str, _Kind] = {}
        self.enums: dict[str, list[str]] = {}
        self.sets: dict[str, str] = {}
        self.ends: dict[str, dict[str, str]] = {}
        self.imports: list[_Import] = []
        self._kind = _Kind("")
        self._shared: dict[tuple[str, str, bool, str], Property] = {}
        self._members: list[str] = []
        self._association = ""
        self._handlers = {
            "Property": self._property,
            "PropertyRef": self._key,
            "NavigationProperty": self._navigation,
            "EntityType": self._entity,
            "ComplexType": self._complex,
            "EnumType": self._enum,
            "Member": self._member,
            "Association": self._open_association,
            "End": self._end,
            "EntitySet": self._set,
            "FunctionImport": self._import,
            "Parameter": self._parameter,
        }

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """One opening tag, whatever prefix the document gave it."""
        handler = self._handlers.get(tag.rpartition(":")[2])
        if handler is not None:
            handler(attributes)

    def _entity(self, said: dict[str, str]) -> None:
        self._kind = self.entities[said["Name"]] = _Kind(said["Name"])

    def _complex(self, said: dict[str, str]) -> None:
        self._kind = self.complex[said["Name"]] = _Kind(said["Name"])

    def _property(self, said: dict[str, str]) -> None:
        name, length = intern(said["Name"]), said.get("MaxLength", "")
        like = (name, intern(said["Type"]), said.get("Nullable") != "false", length)
        # The same field stands in hundreds of types: one value for all of them.
        known = self._shared.get(like)
        if known is None:
            longest = int(length) if length.isdecimal() and len(length) < 10 else None
            known = self._shared[like] = Property(*like[:3], longest)
        self._kind.properties[name] = known

    def _key(self, said: dict[str, str]) -> None:
        self._kind.keys.append(said["Name"])

    def _navigation(self, said: dict[str, str]) -> None:
        relation = said.get("Relationship", "")
        self._kind.navigation[said["Name"]] = (_local(relation), said.get("ToRole", ""))

    def _enum(self, said: dict[str, str]) -> None:
        self._members = self.enums[said["Name"]] = []

    def _member(self, said: dict[str, str]) -> None:
        self._members.append(said["Name"])

    def _open_association(self, said: dict[str, str]) -> None:
        self._association = said["Name"]

    def _end(self, said: dict[str, str]) -> None:
        if "Role" in said and "Type" in said:
            roles = self.ends.setdefault(self._association, {})
            roles[said["Role"]] = _local(said["Type"])

    def _set(self, said: dict[str, str]) -> None:
        self.sets[said["Name"]] = _local(said["EntityType"])

    def _import(self, said: dict[str, str]) -> None:
        plain = {name.rpartition(":")[2]: value for name, value in said.items()}
        reading = plain.get("IsSideEffecting") == "false" or plain.get("HttpMethod") == "GET"
        returns = Property("", said.get("ReturnType", ""))
        self.imports.append(
            _Import(
                said["Name"],
                said.get("EntitySetPath", ""),
                _local(returns.item_type or returns.type),
                not reading,
            )
        )

    def _parameter(self, said: dict[str, str]) -> None:
        if not self.imports:
            return
        if said["Name"] == "bindingParameter":
            self.imports[-1].bound_to = _local(said["Type"])
        else:
            self.imports[-1].parameters[said["Name"]] = said["Type"]

    def value(self, digest: str) -> Metadata:
        """Everything that was read, linked up."""
        by_entity = {entity: name for name, entity in self.sets.items()}
        built = {
            name: self._built(name, self.entities.get(entity, _Kind(name)), by_entity)
            for name, entity in self.sets.items()
        }
        functions = self._functions(by_entity)
        parts = _parts(built)
        for name, one in built.items():
            owner, section = parts.get(name, ("", ""))
            built[name] = replace(
                one,
                functions=functions.get(name, {}),
                targets=_targets(one, built),
                owner=owner,
                section=section,
            )
        enums = {name: tuple(members) for name, members in self.enums.items()}
        return Metadata(built, enums, digest)

    def _built(self, name: str, kind: _Kind, by_entity: dict[str, str]) -> EntitySet:
        sections, plain = {}, {}
        for one in kind.properties.values():
            row = self.complex.get(_local(one.item_type)) if one.item_type else None
            if row is None:
                plain[one.name] = one
            else:
                sections[one.name] = row.properties
        targets = {
            field_name: by_entity.get(self.ends.get(relation, {}).get(role, ""), "")
            for field_name, (relation, role) in kind.navigation.items()
        }
        navigation = {field_name: target for field_name, target in targets.items() if target}
        return EntitySet(name, tuple(kind.keys), plain, sections, navigation)

    def _functions(self, by_entity: dict[str, str]) -> dict[str, dict[str, Function]]:
        found: dict[str, dict[str, Function]] = {}
        for one in self.imports:
            bound = by_entity.get(one.bound_to, one.bound_to)
            # A slice is declared on the record type and called on the register.
            register = bound.removesuffix(RECORD_TYPE)
            owner = register if register in self.sets else bound
            if owner in self.sets:
                function = Function(one.name, one.parameters, self._fields(one), one.action)
                found.setdefault(owner, {})[one.name] = function
        return found

    def _fields(self, one: _Import) -> dict[str, Property]:
        kind = self.complex.get(one.returns) or self.entities.get(one.returns)
        return kind.properties if kind is not None else {}


def _parts(sets: dict[str, EntitySet]) -> dict[str, tuple[str, str]]:
    """Sets of rows → their owner and section: composed, because names may hold `_` themselves."""
    found = {}
    for name, one in sets.items():
        for section in one.sections:
            own = name + RECORD_TYPE if section == RECORD_SET else f"{name}_{section}"
            if own in sets:
                found[own] = (name, section)
    return found


def _targets(one: EntitySet, sets: dict[str, EntitySet]) -> dict[str, str]:
    found = _pointed(one.properties, one.navigation)
    for section, fields in one.sections.items():
        own = one.name + RECORD_TYPE if section == RECORD_SET else f"{one.name}_{section}"
        rows = sets.get(own)
        if rows is not None:
            inner = _pointed(fields, rows.navigation)
            found |= {f"{section}/{name}": target for name, target in inner.items()}
    return found


def _pointed(fields: Mapping[str, Property], navigation: Mapping[str, str]) -> dict[str, str]:
    return {
        spelt: target
        for name, target in navigation.items()
        for spelt in (f"{name}_Key", name)
        if spelt in fields
    }


def digest_of(document: bytes) -> str:
    """What `Metadata.digest` is for this document."""
    return hashlib.sha256(document).hexdigest()


def parse_metadata(document: bytes) -> Metadata:
    """Parse a base's `$metadata`; anything that is not one is `Misunderstood`."""
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise _unreadable(str(error)) from error
    except _DoctypeRefused:
        raise _unreadable(_("в документе есть DOCTYPE")) from None
    except KeyError as error:
        raise _unreadable(_("в описании нет атрибута {name}").format(name=error)) from error
    except (LookupError, ValueError) as error:
        # An encoding that nobody knows, or of more bytes than expat can take.
        raise _unreadable(str(error)) from error
    if not reader.sets and not reader.entities and not reader.complex:
        raise _unreadable(_("в документе нет ни одного набора"))
    return reader.value(digest_of(document))


def _local(name: str) -> str:
    return name.removeprefix(NAMESPACE)


def _refuse_doctype(*declaration: object) -> None:
    del declaration
    raise _DoctypeRefused


def _unreadable(found: str) -> Misunderstood:
    return Misunderstood(
        _("Описание базы ($metadata)"),
        found=found,
        expected=_("документ EDMX от 1С"),
        next_step=_("откройте адрес $metadata в браузере и посмотрите, что отвечает база"),
        code="bad_metadata",
    )
