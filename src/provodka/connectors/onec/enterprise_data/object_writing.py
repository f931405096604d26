"""Objects of the body → XML, by writers that are compiled from the schema once.

A writer checks what it writes by the same schema as a reader does; `Unfit.path` leads to
the element that does not fit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from provodka.connectors.onec.enterprise_data.facets import Unfit
from provodka.connectors.onec.enterprise_data.literals import codec_of
from provodka.connectors.onec.enterprise_data.misfits import missing
from provodka.connectors.onec.enterprise_data.schema import (
    MESSAGE,
    ObjectType,
    Property,
    Schema,
    ValueType,
    message_schema,
    schema_of,
)
from provodka.foundation.i18n import _
from provodka.foundation.nearest import nearest

__all__ = ["Writers", "header_writers", "writers_of"]

# Characters that XML 1.0 cannot hold at all (section 2.2).
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SPECIAL = re.compile("[&<>\r]")
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
NO_ROWS: tuple[Any, ...] = ([], ())
Lines = list[str]
Writer = Callable[[Any, str, Lines], None]
Each = tuple[Property, Writer]


class Writers:
    """Writers of the types of a schema, each compiled when it is first asked for.

    A writer takes a value, its indentation and the lines to add to. Elements of the envelope
    get the prefix `msg:`, those of the body none.
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.kinds = frozenset(schema.kinds())
        self._made: dict[str, Writer] = {}

    def content_of(self, name: str) -> Writer:
        """The writer of what is inside an object of this type; `KeyError` if there is none."""
        if name not in self._made:
            kind = self.schema.object_type(name)
            elements: list[Each] = []
            # Noted before its elements are compiled: a type may hold itself.
            self._made[name] = _content(kind, elements)
            elements += [(one, self._element(one)) for one in kind.properties]
        return self._made[name]

    def _element(self, one: Property) -> Writer:
        kind = self.schema.types[one.type]
        tag = _tag(one)
        if isinstance(kind, ObjectType):
            write = _object(tag, self.content_of(one.type))
        elif kind.primitive == "anyType":
            write = _any_type(tag, self.schema)
        else:
            write = _simple(tag, codec_of(kind).encode)
        return _nillable(tag, write, allowed=one.nillable)


def _tag(one: Property) -> str:
    return f"msg:{one.name}" if one.namespace == MESSAGE else one.name


def _content(kind: ObjectType, elements: list[Each]) -> Writer:
    names = frozenset(one.name for one in kind.properties)

    def write(value: Any, indent: str, lines: Lines) -> None:
        if not isinstance(value, Mapping):
            raise Unfit(repr(value), _("вложенный объект"))
        if not value.keys() <= names:
            raise _surplus(value, names)
        for one, write_one in elements:
            name = one.name
            if name not in value or (one.repeated and value[name] in NO_ROWS):
                if one.minimum:
                    raise missing(name)
                continue
            try:
                if one.repeated:
                    _write_rows(one, value[name], write_one, indent, lines)
                else:
                    write_one(value[name], indent, lines)
            except Unfit as error:
                raise error.inside(name) from None

    return write


def _write_rows(one: Property, rows: Any, write: Writer, indent: str, lines: Lines) -> None:
    if not isinstance(rows, (list, tuple)):
        raise Unfit(repr(rows), _("список"))
    if one.maximum is not None and len(rows) > one.maximum:
        found = _("элементов: {count}").format(count=len(rows))
        raise Unfit(found, _("не больше {count}").format(count=one.maximum))
    for number, row in enumerate(rows, start=1):
        try:
            write(row, indent, lines)
        except Unfit as error:
            raise error.inside(f"[{number}]") from None


def _object(tag: str, content: Writer) -> Writer:
    def write(value: Any, indent: str, lines: Lines) -> None:
        lines.append(f"{indent}<{tag}>\n")
        content(value, indent + "\t", lines)
        lines.append(f"{indent}</{tag}>\n")

    return write


def _simple(tag: str, encode: Callable[[Any], str]) -> Writer:
    def write(value: Any, indent: str, lines: Lines) -> None:
        lines.append(f"{indent}<{tag}>{_escaped(encode(value))}</{tag}>\n")

    return write


def _nillable(tag: str, write: Writer, *, allowed: bool) -> Writer:
    def write_or_nil(value: Any, indent: str, lines: Lines) -> None:
        if value is not None:
            write(value, indent, lines)
        elif allowed:
            lines.append(f'{indent}<{tag} xsi:nil="true"/>\n')
        else:
            raise Unfit("None", _("значение; пустой элемент не пишут вовсе"))

    return write_or_nil


def _any_type(tag: str, schema: Schema) -> Writer:
    def write(value: Any, indent: str, lines: Lines) -> None:
        name = next((name for kind, name in NATURAL if type(value) is kind), None)
        kind = schema.types.get(f"xs:{name}")
        if not isinstance(kind, ValueType):
            raise Unfit(repr(value), _("простое значение"))
        text = _escaped(codec_of(kind).encode(value))
        lines.append(f'{indent}<{tag} xsi:type="xs:{name}">{text}</{tag}>\n')

    return write


NATURAL = (
    (str, "string"),
    (bool, "boolean"),
    (int, "integer"),
    (Decimal, "decimal"),
    (datetime, "dateTime"),
    (date, "date"),
    (bytes, "base64Binary"),
)


def _escaped(text: str) -> str:
    forbidden = FORBIDDEN.search(text)
    if forbidden:
        raise Unfit(repr(forbidden.group()), _("символы, допустимые в XML"))
    return SPECIAL.sub(lambda found: ESCAPES[found.group()], text)


def _surplus(value: Mapping[str, Any], names: frozenset[str]) -> Unfit:
    name = next(each for each in value if each not in names)
    why = Unfit(_("элемент, которого нет в схеме"), nearest(str(name), names))
    return why.inside(str(name))


@lru_cache(maxsize=4)
def writers_of(version: str) -> Writers:
    """Writers of a version's types; a version whose schema is not held is `Misunderstood`."""
    return Writers(schema_of(version))


@lru_cache(maxsize=1)
def header_writers() -> Writers:
    """Writers of the envelope's types."""
    return Writers(message_schema())
