"""A message, written as a stream: the header, then objects as they come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO
from uuid import UUID

from provodka.connectors.onec.enterprise_data.body import REFERENCE, deletion_targets
from provodka.connectors.onec.enterprise_data.facets import Unfit
from provodka.connectors.onec.enterprise_data.header import header_value
from provodka.connectors.onec.enterprise_data.object_writing import (
    header_writers,
    writers_of,
)
from provodka.connectors.onec.enterprise_data.schema import DELETION, MESSAGE, schema_of
from provodka.connectors.onec.enterprise_data.values import Header
from provodka.connectors.onec.enterprise_data.versions import namespace_of
from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _
from provodka.foundation.nearest import nearest

__all__ = ["deletion", "encode_object", "write_message"]

OPENING = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<Message xmlns:msg="{MESSAGE}" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
)
Outgoing = tuple[str, Mapping[str, Any]]


def write_message(target: BinaryIO, header: Header, objects: Iterable[Outgoing]) -> int:
    """Write a message in the version that the header's `format` names; how many objects it holds.

    `objects` are pairs of a type's name and a value as `Found` has it; they are written as
    they come. A header or an object that does not fit the schema is `Misunderstood` that
    names the element, and what was written so far is then no message. `encode_object` tells
    beforehand which objects fit.
    """
    version = header.version
    if version is None:
        raise _misfit(Unfit(repr(header.format), namespace_of("1.21")).inside("Format"))
    schema_of(version)
    target.write(OPENING.encode())
    target.write(_header(header))
    target.write(f'\t<Body xmlns="{namespace_of(version)}">\n'.encode())
    count = 0
    for kind, value in objects:
        target.write(encode_object(kind, value, version))
        count += 1
    target.write(b"\t</Body>\n</Message>\n")
    return count


def encode_object(kind: str, value: Mapping[str, Any], version: str) -> bytes:
    """One object of a body as XML in UTF-8; one that does not fit is `Misunderstood`.

    `value` is as `Found` has it: a required element must be there, an absent one is left out,
    None writes `xsi:nil` where the schema lets it. A `datetime` must be the base's local
    time, without a zone.
    """
    writers = writers_of(version)
    lines = [f"\t\t<{kind}>\n"]
    try:
        if kind not in writers.kinds:
            raise Unfit(_("неизвестный тип объекта"), nearest(kind, writers.kinds))
        writers.content_of(kind)(value, "\t\t\t", lines)
    except Unfit as error:
        raise _misfit(error.inside(kind)) from None
    lines.append(f"\t\t</{kind}>\n")
    return "".join(lines).encode()


def deletion(kind: str, key: str, version: str) -> Outgoing:
    """The object that tells of a deletion: `deletion("Документ.ЗаказКлиента", guid, "1.21")`.

    A type that has no references in this version, or a key that is no GUID, is
    `Misunderstood`.
    """
    try:
        guid = str(UUID(key))
    except ValueError:
        raise _misfit(Unfit(repr(key), "GUID").inside(kind)) from None
    targets = deletion_targets(version)
    name = next((name for name, target in targets.items() if target == kind), None)
    if name is None:
        why = Unfit(_("на этот тип нет ссылок"), nearest(kind, set(targets.values())))
        raise _misfit(why.inside(kind))
    return DELETION, {REFERENCE: {REFERENCE: {name: guid}}}


def _header(header: Header) -> bytes:
    lines = ["\t<msg:Header>\n"]
    try:
        header_writers().content_of("Header")(header_value(header), "\t\t", lines)
    except Unfit as error:
        raise _misfit(error.inside("Header")) from None
    lines.append("\t</msg:Header>\n")
    return "".join(lines).encode()


def _misfit(why: Unfit) -> Misunderstood:
    return Misunderstood(
        "/".join(why.path).replace("/[", "["),
        found=why.found,
        expected=why.expected,
        next_step=_("исправьте документ или соответствие, по которому он собран"),
        code="bad_enterprise_data",
    )
