"""`$metadata` of the benchmark's base, derived from one object of each set."""

from __future__ import annotations

import json
from collections.abc import Mapping

from benchmarks.rows import Rows

_INTEGERS = {"LineNumber", "СрокОплаты", "КратностьВзаиморасчетов"}
_DATES = {"Date", "Дата", "СрокДействия"}
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx">'
    '<edmx:DataServices m:DataServiceVersion="3.0" m:MaxDataServiceVersion="3.0" '
    'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">'
    '<Schema Namespace="StandardODATA" xmlns="http://schemas.microsoft.com/ado/2009/11/edm">'
)
_TAIL = "</Schema></edmx:DataServices></edmx:Edmx>"


def _edm_type(name: str, value: object) -> str:
    if name in {"Ref_Key"} or name.endswith("_Key"):
        return "Edm.Guid"
    if name in _INTEGERS:
        return "Edm.Int64"
    if name in _DATES:
        return "Edm.DateTime"
    if isinstance(value, bool):
        return "Edm.Boolean"
    return "Edm.Double" if isinstance(value, (int, float)) else "Edm.String"


def _property(owner: str, name: str, value: object) -> str:
    if isinstance(value, list):
        type_name = f"Collection(StandardODATA.{owner}_{name}_RowType)"
    else:
        type_name = _edm_type(name, value)
    nullable = "false" if name in {"Ref_Key", "LineNumber"} else "true"
    return f'<Property Name="{name}" Type="{type_name}" Nullable="{nullable}"/>'


def _properties(owner: str, sample: Mapping[str, object]) -> str:
    return "".join(_property(owner, name, value) for name, value in sample.items())


def _entity(name: str, sample: Mapping[str, object], keys: tuple[str, ...] = ("Ref_Key",)) -> str:
    refs = "".join(f'<PropertyRef Name="{key}"/>' for key in keys)
    body = _properties(name, sample)
    return f'<EntityType Name="{name}"><Key>{refs}</Key>{body}</EntityType>'


def _section(name: str, sample: Mapping[str, object]) -> str:
    complex_type = f'<ComplexType Name="{name}_RowType">{_properties(name, sample)}</ComplexType>'
    return _entity(name, sample, ("Ref_Key", "LineNumber")) + complex_type


def _set(name: str) -> str:
    return f'<EntitySet Name="{name}" EntityType="StandardODATA.{name}"/>'


def _first_row(value: list[Mapping[str, object]]) -> Mapping[str, object]:
    return value[0] if value else {"Ref_Key": "", "LineNumber": "1"}


def metadata(sets: Mapping[str, Rows]) -> bytes:
    """The EDMX document for these sets and their tabular sections."""
    types, names = [], []
    for name, rows in sets.items():
        sample = json.loads(rows.page(0, 1))
        types.append(_entity(name, sample))
        names.append(name)
        for field, value in sample.items():
            if isinstance(value, list):
                types.append(_section(f"{name}_{field}", _first_row(value)))
                names.append(f"{name}_{field}")
    container = "".join(map(_set, names))
    body = (
        f'{"".join(types)}<EntityContainer Name="EnterpriseV8" '
        f'm:IsDefaultEntityContainer="true">{container}</EntityContainer>'
    )
    return f"{_HEAD}{body}{_TAIL}".encode()
