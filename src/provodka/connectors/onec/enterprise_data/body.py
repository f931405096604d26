"""Elements of a message's body → values: found, misread or deleted."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from uuid import UUID

from lxml import etree

from provodka.connectors.onec.enterprise_data.facets import Unfit
from provodka.connectors.onec.enterprise_data.misfits import (
    MisfitElement,
    local_name,
    misread,
    pass_over,
    refuse_oddities,
    split_name,
)
from provodka.connectors.onec.enterprise_data.object_reading import readers_of
from provodka.connectors.onec.enterprise_data.parsers import tree_of
from provodka.connectors.onec.enterprise_data.schema import DELETION, MESSAGE, schema_of
from provodka.connectors.onec.enterprise_data.values import Deletion, Found, Misread
from provodka.connectors.onec.enterprise_data.versions import namespace_of, supported_versions
from provodka.foundation.i18n import _
from provodka.foundation.nearest import nearest

__all__ = ["BodyObject", "BodyReader", "body_reader", "deletion_targets", "read_object"]

BodyObject = Found | Misread | Deletion
REFERENCE = "СсылкаНаОбъект"


class BodyReader:
    """Reads objects of one version; one that does not fit becomes a `Misread`."""

    def __init__(self, version: str) -> None:
        self.schema = schema_of(version)
        self.namespace = namespace_of(version)
        self.readers = readers_of(version)
        self.kinds = frozenset(self.schema.kinds())
        self.targets = deletion_targets(version)

    def read(self, top: etree._Element, above: int = 0) -> BodyObject:
        """One object; its element may be changed by this.

        `above` is how many lines stand before those that its parser has counted.
        """
        kind, line = local_name(top), _line(top) + above
        try:
            if kind not in self.kinds or self._foreign(top):
                why = Unfit(_("неизвестный тип объекта"), nearest(kind, self.kinds))
                raise MisfitElement(top, why)
            value, beyond = self._value(top, kind)
            if kind == DELETION:
                return self._deletion(top, value, line)
        except MisfitElement as misfit:
            key = (top.findtext("{*}КлючевыеСвойства/{*}Ссылка") or "").strip()
            return Misread(kind, self._payload(top), misread(top, misfit, above), key, line)
        return Found(kind, value, line, beyond)

    def _value(self, top: etree._Element, kind: str) -> tuple[dict[str, Any], tuple[str, ...]]:
        try:
            return self._checked(top, kind), ()
        except MisfitElement:
            schema = self.schema
            beyond = pass_over(top, schema.object_type(kind), schema, self._foreign)
            if not beyond:
                raise
        # Rare enough to be read twice: an extension of the format has added its own elements.
        return self._checked(top, kind), tuple(beyond)

    def _checked(self, top: etree._Element, kind: str) -> dict[str, Any]:
        refuse_oddities(top)
        value: dict[str, Any] = self.readers[kind](top)
        return value

    def _foreign(self, element: etree._Element) -> bool:
        return split_name(element.tag)[0] not in {"", MESSAGE, self.namespace}

    def _deletion(self, top: etree._Element, value: dict[str, Any], line: int) -> Deletion:
        references = list(value[REFERENCE][REFERENCE].items())
        if len(references) != 1:
            found = _("ссылок: {count}").format(count=len(references))
            raise MisfitElement(top[0], Unfit(found, _("одна ссылка")))
        ((name, key),) = references
        try:
            return Deletion(self.targets[name], str(UUID(key)), line)
        except ValueError:
            raise MisfitElement(top[0][0][0], Unfit(repr(key), "GUID")) from None

    def _payload(self, top: etree._Element) -> str:
        text = etree.tostring(top, encoding="unicode", with_tail=False)
        namespace, name = split_name(top.tag)
        if namespace:
            return text
        return text.replace(f"<{name}", f'<{name} xmlns="{self.namespace}"', 1)


def read_object(payload: str, version: str) -> BodyObject:
    """One object from its XML, as a `Misread` keeps it."""
    return body_reader(version).read(tree_of(payload.encode()))


def _line(top: etree._Element) -> int:
    line: Any = top.sourceline
    return line or 0


@lru_cache(maxsize=len(supported_versions()))
def body_reader(version: str) -> BodyReader:
    """The reader of a version's bodies; a version whose schema is not held is `Misunderstood`."""
    return BodyReader(version)


@lru_cache(maxsize=len(supported_versions()))
def deletion_targets(version: str) -> dict[str, str]:
    """What each element of a deletion refers to: `КонтрагентыСсылка` → `Справочник.Контрагенты`."""
    choices = schema_of(version).object_type(f"ЛюбаяСсылка/{REFERENCE}").properties
    return {one.name: one.type.replace("Ссылка.", ".", 1) for one in choices}
