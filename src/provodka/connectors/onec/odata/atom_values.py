"""Texts of an Atom feed as the values that the same base gives in JSON.

So a mapping reads a row alike, whichever way it came: fractions are `Decimal`, other numbers of
a fractional type `int`, whole types stay text (1C quotes them in JSON), dates and references are
text, truth is `bool`. A text that does not fit its type stays a text: the mapping then sets that
one document aside, and says which field is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from provodka.connectors.onec.odata.metadata import Property

__all__ = ["Convert", "converters", "value_of"]

Convert = Callable[[str], object]

LONGEST_NUMBER = 64
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?", re.ASCII)
TRUTH = {"true": True, "false": False}


def _number(text: str) -> object:
    found = NUMBER.fullmatch(text) if len(text) <= LONGEST_NUMBER else None
    if found is None:
        return text
    return Decimal(text) if found[1] or found[2] else int(text)


def _truth(text: str) -> object:
    return TRUTH.get(text, text)


_BY_TYPE: Mapping[str, Convert] = {
    "Edm.Double": _number,
    "Edm.Decimal": _number,
    "Edm.Single": _number,
    "Edm.Boolean": _truth,
}


def converters(properties: Mapping[str, Property]) -> dict[str, Convert]:
    """How to read each field that is not kept as text, by its name."""
    return {name: _BY_TYPE[one.type] for name, one in properties.items() if one.type in _BY_TYPE}


def value_of(text: str, stated: str | None, known: Convert | None) -> object:
    """The value of a field: by the type that the feed states, else by that of `$metadata`."""
    convert = _BY_TYPE.get(stated) if stated else known
    return text if convert is None else convert(text)
