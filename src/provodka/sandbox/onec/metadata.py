"""`$metadata`: the EDMX document of what is published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from provodka.sandbox.onec.registers import turnovers_entity
from provodka.sandbox.onec.schema import Entity, Field, Fields, Schema

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<edmx:Edmx xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx" Version="1.0">'
    '<edmx:DataServices xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" '
    'm:DataServiceVersion="3.0" m:MaxDataServiceVersion="3.0">'
    '<Schema xmlns="http://schemas.microsoft.com/ado/2009/11/edm" Namespace="StandardODATA">'
)
_TAIL = "</Schema></edmx:DataServices></edmx:Edmx>"


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
    if entity.kind == "AccumulationRegister":
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
    if entity.kind == "AccumulationRegister":
        key = ("Recorder", "Recorder_Type")
        own = {name: entity.fields[name] for name in key}
        rows = _collection("RecordSet", f"{entity.name}_RowType", "false")
        yield _entity_type(entity.name, own, key, [rows])
        record_key = ("Recorder", "LineNumber", "Recorder_Type")
        yield _entity_type(f"{entity.name}_RecordType", entity.fields, record_key, [])
        return
    inner = [_collection(name, f"{entity.name}_{name}_RowType") for name in entity.sections]
    inner += [
        f'<NavigationProperty Name="{name}" Relationship="StandardODATA.{entity.name}_{name}" '
        'FromRole="Begin" ToRole="End"/>'
        for name, _ in _links(entity, published)
    ]
    yield _entity_type(entity.name, entity.fields, entity.key, inner)
    for name, fields in entity.sections.items():
        yield _entity_type(f"{entity.name}_{name}", fields, ("Ref_Key", "LineNumber"), [])


def _complex_types(entity: Entity) -> Iterator[str]:
    types = {f"{entity.name}_{name}_RowType": rows for name, rows in entity.sections.items()}
    if entity.kind == "AccumulationRegister":
        types[f"{entity.name}_RowType"] = entity.fields
        types[f"{entity.name}_Turnover"] = turnovers_entity(entity).fields
    for name, fields in types.items():
        properties = "".join(
            f'<Property Name="{title}" Type="{item.edm}" Nullable="true"/>'
            for title, item in fields.items()
        )
        yield f'<ComplexType Name="{name}">{properties}</ComplexType>'


def _links(entity: Entity, published: set[str]) -> list[tuple[str, str]]:
    return [
        (name, item.target) for name, item in entity.navigation.items() if item.target in published
    ]


def _associations(entity: Entity, published: set[str]) -> Iterator[str]:
    for name, target in _links(entity, published):
        yield (
            f'<Association Name="{entity.name}_{name}">'
            f'<End Role="Begin" Type="StandardODATA.{entity.name}" Multiplicity="*"/>'
            f'<End Role="End" Type="StandardODATA.{target}" Multiplicity="0..1"/></Association>'
        )


def _association_sets(entity: Entity, published: set[str]) -> Iterator[str]:
    for name, target in _links(entity, published):
        link = f"{entity.name}_{name}"
        yield (
            f'<AssociationSet Name="{link}" Association="StandardODATA.{link}">'
            f'<End Role="Begin" EntitySet="{entity.name}"/>'
            f'<End Role="End" EntitySet="{target}"/></AssociationSet>'
        )


def _functions(entity: Entity) -> Iterator[str]:
    binding = f'<Parameter Name="bindingParameter" Type="StandardODATA.{entity.name}"/>'
    if entity.kind == "Document":
        for name in ("Post", "Unpost"):
            yield (
                f'<FunctionImport Name="{name}" IsBindable="true" IsSideEffecting="true">{binding}'
                '<Parameter Name="PostingModeOperational" Type="Edm.Boolean"/></FunctionImport>'
            )
    if entity.kind == "AccumulationRegister":
        kind = f"Collection(StandardODATA.{entity.name}_Turnover)"
        parameters = "".join(
            f'<Parameter Name="{name}" Type="{edm}"/>'
            for name, edm in (
                ("Condition", "Edm.String"),
                ("Dimensions", "Edm.String"),
                ("EndPeriod", "Edm.DateTime"),
                ("StartPeriod", "Edm.DateTime"),
            )
        )
        yield (
            f'<FunctionImport Name="Turnovers" IsBindable="true" IsSideEffecting="false" '
            f'ReturnType="{kind}">{binding}{parameters}</FunctionImport>'
        )
