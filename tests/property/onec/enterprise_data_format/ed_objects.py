"""Random objects that fit the schema, for Hypothesis."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st

from provodka.connectors.onec.enterprise_data.schema import (
    Facets,
    ObjectType,
    Property,
    Schema,
    ValueType,
    schema_of,
)

USED = (
    "Справочник.Контрагенты",
    "Справочник.Номенклатура",
    "Справочник.Договоры",
    "Справочник.Организации",
    "Справочник.БанковскиеСчета",
    "Документ.ЗаказКлиента",
    "Документ.РеализацияТоваровУслуг",
    "Документ.ПБДСРасчетыСКонтрагентами",
    "Документ.ПКОРасчетыСКонтрагентами",
)
DEEPEST = 4
LETTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]) | st.sampled_from(
    "\t\n\r &<>\"']"
)
MOMENTS = st.datetimes().map(lambda moment: moment.replace(microsecond=0))


def texts(facets: Facets) -> st.SearchStrategy[str]:
    """Texts that the facets let through."""
    if facets.enumeration:
        return st.sampled_from(facets.enumeration)
    if facets.patterns:
        return st.dates(date(1800, 1, 1), date(2099, 12, 28)).map(lambda day: f"{day:%d.%m.%Y}")
    least = facets.length or facets.min_length or 0
    most = facets.length or facets.max_length or max(least, 12)
    return st.text(LETTERS, min_size=least, max_size=max(least, min(most, 30)))


def numbers(facets: Facets) -> st.SearchStrategy[Decimal]:
    """Numbers with no more digits than the facets let through."""
    places = 4 if facets.fraction_digits is None else facets.fraction_digits
    limit = Decimal(10) ** (facets.total_digits or 20) - 1
    whole = st.integers(-int(limit), int(limit))
    return whole.map(lambda number: Decimal(number).scaleb(-places))


@cache
def values(kind: ValueType) -> st.SearchStrategy[Any]:
    """Values of a simple type."""
    if kind.members:
        return st.one_of(*map(values, kind.members))
    whole = 10 ** (kind.facets.total_digits or 9) - 1
    by_primitive: dict[str, st.SearchStrategy[Any]] = {
        "string": texts(kind.facets),
        "decimal": numbers(kind.facets),
        "integer": st.integers(-whole, whole),
        "int": st.integers(-min(whole, 2**31), min(whole, 2**31 - 1)),
        "boolean": st.booleans(),
        "dateTime": MOMENTS,
        "date": st.dates(),
        "base64Binary": st.binary(max_size=20),
        "anyType": st.text(LETTERS, max_size=8) | st.booleans() | MOMENTS | st.dates(),
    }
    return by_primitive[kind.primitive]


@st.composite
def objects(draw: st.DrawFn, schema: Schema, name: str, depth: int = 0) -> dict[str, Any]:
    """Values of an object type: what is required, and some of the rest."""
    kind = schema.object_type(name)
    optional = [one.name for one in kind.properties if not one.minimum]
    most = 0 if depth > DEEPEST else min(len(optional), 3 if depth else 6)
    chosen = draw(st.sets(st.sampled_from(optional), max_size=most)) if most else set()
    return {
        one.name: _value(draw, schema, one, depth)
        for one in kind.properties
        if one.minimum or one.name in chosen
    }


def _value(draw: st.DrawFn, schema: Schema, one: Property, depth: int) -> Any:
    kind = schema.types[one.type]
    if isinstance(kind, ObjectType):
        strategy: st.SearchStrategy[Any] = objects(schema, one.type, depth + 1)
    else:
        strategy = values(kind)
    if one.nillable:
        strategy = strategy | st.none()
    if one.repeated:
        strategy = st.lists(strategy, min_size=1, max_size=3)
    return draw(strategy)


@st.composite
def outgoing(draw: st.DrawFn, version: str) -> tuple[str, dict[str, Any]]:
    """An object of one of the kinds that the hub exchanges, with its type's name."""
    kind = draw(st.sampled_from(USED))
    return kind, draw(objects(schema_of(version), kind))
