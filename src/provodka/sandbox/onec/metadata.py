"""`$metadata`: the EDMX document of what is published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from provodka.sandbox.onec.schema import Entity, Field, Fields, Schema
from provodka.sandbox.onec.virtual import Function, functions

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<edmx:Edmx xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx" Version="1.0">'
    '<edmx:DataServices xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" '
    'm:DataServiceVersion="3.0" m:MaxDataServiceVersion="3.0">'
    '<Schema xmlns="http://schemas.microsoft.com/ado/2009/11/edm" Namespace="StandardODATA">'
)
_TAIL = "</Schema></edmx:DataServices></edmx:Edmx>"
_PERIODS = (
    "Period", "SecondPeriod", "MinutePeriod", "HourPeriod", "DayPeriod", "WeekPeriod",
    "TenDaysPeriod", "MonthPeriod", "QuarterPeriod", "HalfYearPeriod", "YearPeriod",
)  # fmt: skip
_PARAMETER_TYPES = {"Period": "Edm.DateTime", "Top": "Edm.Int64"}


def render_metadata(schema: Schema, names: Iterable[str]) -> bytes:
    """The EDMX of the named entities, as a live base lays it out."""
    entities = [schema.entities[name] for name in names]
    published = {entity.name for entity in entities}
    parts = [_HEAD]
    for entity in entities:
        parts.extend(_entity_types(entity, published))
    for entity in entities:
        parts.extend(_complex_types(entity))
    for entity in entities:
        parts.extend(_associations(entity, published))
    parts.extend(_enums(schema, entities))
    parts.append('<EntityContainer Name="EnterpriseV8" m:IsDefaultEntityContainer="true">')
    for entity in entities:
        parts.extend(
            f'<EntitySet Name="{name}" EntityType="StandardODATA.{name}"/>'
            for name in set_names(entity)
        )
    for entity in entities:
        parts.extend(_association_sets(entity, published))
        parts.extend(_functions(entity))
    parts.extend(("</EntityContainer>", _TAIL))
    return "".join(parts).encode()


def set_names(entity: Entity) -> list[str]:
    """The sets that one entity publishes: its own, and those of its sections or rows."""
    if entity.is_recorded:
        return [entity.name, f"{entity.name}_RecordType"]
    return [entity.name, *(f"{entity.name}_{section}" for section in entity.sections)]


def _property(item: Field, key: tuple[str, ...]) -> str:
    nullable = "false" if item.name in key else "true"
    return f'<Property Name="{item.name}" Type="{item.edm}" Nullable="{nullable}"/>'


def _collection(name: str, row_type: str, nullable: str = "true") -> str:
    kind = f"Collection(StandardODATA.{row_type})"
    return f'<Property Name="{name}" Type="{kind}" Nullable="{nullable}"/>'


def _entity_type(name: str, fields: Fields, key: tuple[str, ...], inner: Iterable[str]) -> str:
    is_open = any(item.kind == "any" for item in fields.values())
    mark = ' OpenType="true"' if is_open else ""
    keys = "".join(f'<PropertyRef Name="{part}"/>' for part in key)
    properties = "".join(_property(item, key) for item in fields.values())
    return (
        f'<EntityType Name="{name}"{mark}><Key>{keys}</Key>{properties}{"".join(inner)}'
        "</EntityType>"
    )


def _entity_types(entity: Entity, published: set[str]) -> Iterator[str]:
    if entity.is_recorded:
        key = ("Recorder", "Recorder_Type")
        own = {name: entity.fields[name] for name in key}
        rows = _collection("RecordSet", f"{entity.name}_RowType", "false")
        yield _entity_type(entity.name, own, key, [rows])
        record_key = ("Recorder", "LineNumber", "Recorder_Type")
        name = f"{entity.name}_RecordType"
        yield _entity_type(name, entity.fields, record_key, _navigation(entity, published))
        return
    inner = [_collection(name, f"{entity.name}_{name}_RowType") for name in entity.sections]
    inner.extend(_navigation(entity, published))
    yield _entity_type(entity.name, entity.fields, entity.key, inner)
    for name, fields in entity.sections.items():
        yield _entity_type(f"{entity.name}_{name}", fields, ("Ref_Key", "LineNumber"), [])


def _complex_types(entity: Entity) -> Iterator[str]:
    types = {f"{entity.name}_{name}_RowType": rows for name, rows in entity.sections.items()}
    if entity.is_recorded:
        types[f"{entity.name}_RowType"] = entity.fields
    for function in functions(entity):
        if function.row.name not in types and not _is_set(entity, function):
            types[function.row.name] = _described(function)
    for name, fields in types.items():
        properties = "".join(
            f'<Property Name="{title}" Type="{item.edm}" Nullable="true"/>'
            for title, item in fields.items()
        )
        yield f'<ComplexType Name="{name}">{properties}</ComplexType>'


def _is_set(entity: Entity, function: Function) -> bool:
    """Whether a virtual table returns the records of a set, as slices do."""
    return function.row.name in set_names(entity)


def _described(function: Function) -> Fields:
    """The row type: turnovers are described with every period they could be split by."""
    fields = dict(function.row.fields)
    if "Turnover" in function.name:
        fields |= {name: Field(name, "date") for name in _PERIODS}
        fields |= {
            "Recorder": Field("Recorder", "any"),
            "LineNumber": Field("LineNumber", "int"),
            "Recorder_Type": Field("Recorder_Type", "type"),
        }
    return fields


def _enums(schema: Schema, entities: Iterable[Entity]) -> Iterator[str]:
    """Every enumeration that a published property has, though properties say `Edm.String`."""
    used = {
        item.target
        for entity in entities
        for fields in (entity.fields, *entity.sections.values())
        for item in fields.values()
        if item.kind == "enum"
    }
    for name in sorted(used & schema.enums.keys()):
        members = "".join(f'<Member Name="{value}"/>' for value in schema.enums[name])
        yield f'<EnumType Name="{name}" UnderlyingType="Edm.Int32">{members}</EnumType>'


def _holder(entity: Entity) -> str:
    """The entity type that has the navigation properties."""
    return f"{entity.name}_RecordType" if entity.is_recorded else entity.name


def _navigation(entity: Entity, published: set[str]) -> list[str]:
    holder = _holder(entity)
    return [
        f'<NavigationProperty Name="{name}" Relationship="StandardODATA.{holder}_{name}" '
        'FromRole="Begin" ToRole="End"/>'
        for name, _ in _links(entity, published)
    ]


def _links(entity: Entity, published: set[str]) -> list[tuple[str, str]]:
    return [
        (name, item.target) for name, item in entity.navigation.items() if item.target in published
    ]


def _associations(entity: Entity, published: set[str]) -> Iterator[str]:
    holder = _holder(entity)
    for name, target in _links(entity, published):
        yield (
            f'<Association Name="{holder}_{name}">'
            f'<End Role="Begin" Type="StandardODATA.{holder}" Multiplicity="*"/>'
            f'<End Role="End" Type="StandardODATA.{target}" Multiplicity="0..1"/></Association>'
        )


def _association_sets(entity: Entity, published: set[str]) -> Iterator[str]:
    holder = _holder(entity)
    for name, target in _links(entity, published):
        link = f"{holder}_{name}"
        yield (
            f'<AssociationSet Name="{link}" Association="StandardODATA.{link}">'
            f'<End Role="Begin" EntitySet="{holder}"/>'
            f'<End Role="End" EntitySet="{target}"/></AssociationSet>'
        )


def _functions(entity: Entity) -> Iterator[str]:
    if entity.kind == "Document":
        binding = _binding(entity.name)
        for name in ("Post", "Unpost"):
            yield (
                f'<FunctionImport Name="{name}" IsBindable="true" IsSideEffecting="true">{binding}'
                '<Parameter Name="PostingModeOperational" Type="Edm.Boolean"/></FunctionImport>'
            )
    for function in functions(entity):
        bound = function.row.name if _is_set(entity, function) else entity.name
        parameters = "".join(
            f'<Parameter Name="{name}" Type="{_parameter_type(name)}"/>'
            for name in function.parameters
        )
        yield (
            f'<FunctionImport Name="{function.name}" IsBindable="true" IsSideEffecting="false" '
            f'ReturnType="Collection(StandardODATA.{function.row.name})">{_binding(bound)}'
            f"{parameters}</FunctionImport>"
        )


def _binding(name: str) -> str:
    return f'<Parameter Name="bindingParameter" Type="StandardODATA.{name}"/>'


def _parameter_type(name: str) -> str:
    kind = "Period" if name.endswith("Period") else name
    return _PARAMETER_TYPES.get(kind, "Edm.String")
