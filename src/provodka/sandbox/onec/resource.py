"""The resource part of an OData address: set, key, what follows the key."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from provodka.sandbox.onec.errors import segment_not_found, set_not_found

_SET = re.compile(r"^([^/()]+)(?:\((.*?)\))?(?:/(.*))?$", re.DOTALL)
_ARGUMENT = re.compile(
    r"\s*(?:([^\W\d]\w*)\s*=\s*)?(?:guid'([^']*)'|datetime'([^']*)'|'((?:[^']|'')*)'|([^,'\s]+))\s*,?"
)


@dataclass(frozen=True, slots=True)
class Resource:
    """`Set(key)/tail(arguments)`; the key by property name, a lone unnamed value under ``""``."""

    set_name: str
    key: dict[str, str] | None = None
    tail: str = ""
    arguments: dict[str, str] = field(default_factory=dict)


def parse_resource(path: str) -> Resource:
    """Split a path (already percent-decoded, without the service's root)."""
    match = _SET.match(path)
    if match is None:
        raise set_not_found(path)
    set_name, key, rest = match.groups()
    if rest is None and key is None:
        return Resource(set_name)
    tail, arguments = rest or "", {}
    call = re.match(r"^(\w+)\((.*)\)$", tail, re.DOTALL)
    if call:
        tail, arguments = call.group(1), parse_arguments(call.group(2))
    return Resource(set_name, None if key is None else parse_arguments(key), tail, arguments)


def parse_arguments(text: str) -> dict[str, str]:
    """`Name=guid'…',Other='…'` as a dictionary of bare values."""
    values: dict[str, str] = {}
    position = 0
    while position < len(text.rstrip()):
        match = _ARGUMENT.match(text, position)
        if match is None or match.end() == position:
            raise segment_not_found(text)
        name, guid, moment, string, bare = match.groups()
        if string is not None:
            string = string.replace("''", "'")
        found = next(item for item in (guid, moment, string, bare) if item is not None)
        values[name or ""] = found.lower() if guid is not None else found
        position = match.end()
    return values
